#ifndef STANMIX_KERNELS_BETA_BINOMIAL_MIXTURE_HPP
#define STANMIX_KERNELS_BETA_BINOMIAL_MIXTURE_HPP

// The beta-binomial family, declared in stan/kernels/beta_binomial_mixture_lpmf.stan.

#include "binomial_mixture.hpp"
#include "gamma_function.hpp"

#define STANMIX_KERNEL "simd/beta_binomial.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename Alpha, typename Beta>
return_type_t<LogTheta, Alpha, Beta> beta_binomial_mixture_lpmf(const std::vector<int>& y, const Count& count,
                                                                const std::vector<int>& trials, const LogTheta& log_theta,
                                                                const Alpha& alpha, const Beta& beta, std::ostream*) {
  static constexpr const char* function = "beta_binomial_mixture_lpmf";
  stanmix::check_trials(function, y, trials);
  check_positive_finite(function, "first shapes", value_of(alpha));
  check_positive_finite(function, "second shapes", value_of(beta));
  return stanmix::elementwise_mixture<stanmix::plain::BetaBinomialComponent>(
      function, STANMIX_PASS(BetaBinomialComponent), {y.data(), trials.data(), std::ptrdiff_t(y.size())}, count, log_theta,
      alpha, beta);
}

}  // namespace stan::math

#endif
