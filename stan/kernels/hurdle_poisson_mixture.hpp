#ifndef STANMIX_KERNELS_HURDLE_POISSON_MIXTURE_HPP
#define STANMIX_KERNELS_HURDLE_POISSON_MIXTURE_HPP

// The hurdle Poisson family, declared in stan/kernels/hurdle_poisson_mixture_lpmf.stan.

#include "poisson_mixture.hpp"
#include "zeros.hpp"

#define STANMIX_KERNEL "simd/hurdle_poisson.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename Hu, typename Lambda>
return_type_t<LogTheta, Hu, Lambda> hurdle_poisson_mixture_lpmf(const std::vector<int>& y, const Count& count,
                                                                const LogTheta& log_theta, const Hu& hu, const Lambda& lambda,
                                                                std::ostream*) {
  static constexpr const char* function = "hurdle_poisson_mixture_lpmf";
  stanmix::check_zero_probabilities(function, hu);
  stanmix::check_poisson(function, y, lambda);
  check_positive(function, "rates", value_of(lambda));  // one of 0 gives no count above 0
  return stanmix::elementwise_mixture<stanmix::plain::HurdlePoissonComponent>(
      function, STANMIX_PASS(HurdlePoissonComponent), {y.data(), std::ptrdiff_t(y.size())}, count, log_theta, hu, lambda);
}

}  // namespace stan::math

#endif
