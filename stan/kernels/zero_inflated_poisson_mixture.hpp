#ifndef STANMIX_KERNELS_ZERO_INFLATED_POISSON_MIXTURE_HPP
#define STANMIX_KERNELS_ZERO_INFLATED_POISSON_MIXTURE_HPP

// The zero-inflated Poisson family, declared in stan/kernels/zero_inflated_poisson_mixture_lpmf.stan.

#include "poisson_mixture.hpp"
#include "zeros.hpp"

#define STANMIX_KERNEL "simd/zero_inflated_poisson.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename Zi, typename Lambda>
return_type_t<LogTheta, Zi, Lambda> zero_inflated_poisson_mixture_lpmf(const std::vector<int>& y, const Count& count,
                                                                       const LogTheta& log_theta, const Zi& zi,
                                                                       const Lambda& lambda, std::ostream*) {
  static constexpr const char* function = "zero_inflated_poisson_mixture_lpmf";
  stanmix::check_zero_probabilities(function, zi);
  stanmix::check_poisson(function, y, lambda);
  return stanmix::elementwise_mixture<stanmix::plain::ZeroInflatedPoissonComponent>(
      function, STANMIX_PASS(ZeroInflatedPoissonComponent), {y.data(), std::ptrdiff_t(y.size())}, count, log_theta, zi, lambda);
}

}  // namespace stan::math

#endif
