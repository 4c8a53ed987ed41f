#ifndef STANMIX_KERNELS_ZERO_INFLATED_NEG_BINOMIAL_2_MIXTURE_HPP
#define STANMIX_KERNELS_ZERO_INFLATED_NEG_BINOMIAL_2_MIXTURE_HPP

// The zero-inflated negative binomial family, declared in stan/kernels/zero_inflated_neg_binomial_2_mixture_lpmf.stan.

#include "neg_binomial_2_mixture.hpp"
#include "zeros.hpp"

#define STANMIX_KERNEL "simd/zero_inflated_neg_binomial_2.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename Zi, typename Mu, typename Phi>
return_type_t<LogTheta, Zi, Mu, Phi> zero_inflated_neg_binomial_2_mixture_lpmf(const std::vector<int>& y, const Count& count,
                                                                               const LogTheta& log_theta, const Zi& zi,
                                                                               const Mu& mu, const Phi& phi, std::ostream*) {
  static constexpr const char* function = "zero_inflated_neg_binomial_2_mixture_lpmf";
  stanmix::check_zero_probabilities(function, zi);
  stanmix::check_neg_binomial_2(function, y, mu, phi);
  return stanmix::elementwise_mixture<stanmix::plain::ZeroInflatedNegBinomial2Component>(
      function, STANMIX_PASS(ZeroInflatedNegBinomial2Component), {y.data(), std::ptrdiff_t(y.size())}, count, log_theta, zi, mu,
      phi);
}

}  // namespace stan::math

#endif
