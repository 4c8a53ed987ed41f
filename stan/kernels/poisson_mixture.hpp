#ifndef STANMIX_KERNELS_POISSON_MIXTURE_HPP
#define STANMIX_KERNELS_POISSON_MIXTURE_HPP

// The Poisson family, declared in stan/kernels/poisson_mixture_lpmf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/poisson.hpp"
#include "each_instruction_set.hpp"

namespace stanmix {

/** Check counts and the parameters of their Poisson distributions. */
template <typename Lambda>
void check_poisson(const char* function, const std::vector<int>& y, const Lambda& lambda) {
  stan::math::check_nonnegative(function, "counts", y);
  stan::math::check_nonnegative(function, "rates", stan::math::value_of(lambda));
  stan::math::check_finite(function, "rates", stan::math::value_of(lambda));
}

}  // namespace stanmix

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename Lambda>
return_type_t<LogTheta, Lambda> poisson_mixture_lpmf(const std::vector<int>& y, const Count& count, const LogTheta& log_theta,
                                                     const Lambda& lambda, std::ostream*) {
  static constexpr const char* function = "poisson_mixture_lpmf";
  stanmix::check_poisson(function, y, lambda);
  return stanmix::elementwise_mixture<stanmix::plain::PoissonComponent>(
      function, STANMIX_PASS(PoissonComponent), {y.data(), std::ptrdiff_t(y.size())}, count, log_theta, lambda);
}

}  // namespace stan::math

#endif
