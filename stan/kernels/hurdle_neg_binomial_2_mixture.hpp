#ifndef STANMIX_KERNELS_HURDLE_NEG_BINOMIAL_2_MIXTURE_HPP
#define STANMIX_KERNELS_HURDLE_NEG_BINOMIAL_2_MIXTURE_HPP

// The hurdle negative binomial family, declared in stan/kernels/hurdle_neg_binomial_2_mixture_lpmf.stan.

#include "neg_binomial_2_mixture.hpp"
#include "zeros.hpp"

#define STANMIX_KERNEL "simd/hurdle_neg_binomial_2.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename Hu, typename Mu, typename Phi>
return_type_t<LogTheta, Hu, Mu, Phi> hurdle_neg_binomial_2_mixture_lpmf(const std::vector<int>& y, const Count& count,
                                                                        const LogTheta& log_theta, const Hu& hu, const Mu& mu,
                                                                        const Phi& phi, std::ostream*) {
  static constexpr const char* function = "hurdle_neg_binomial_2_mixture_lpmf";
  stanmix::check_zero_probabilities(function, hu);
  stanmix::check_neg_binomial_2(function, y, mu, phi);
  return stanmix::elementwise_mixture<stanmix::plain::HurdleNegBinomial2Component>(
      function, STANMIX_PASS(HurdleNegBinomial2Component), {y.data(), std::ptrdiff_t(y.size())}, count, log_theta, hu, mu, phi);
}

}  // namespace stan::math

#endif
