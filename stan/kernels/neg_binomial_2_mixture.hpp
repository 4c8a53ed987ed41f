#ifndef STANMIX_KERNELS_NEG_BINOMIAL_2_MIXTURE_HPP
#define STANMIX_KERNELS_NEG_BINOMIAL_2_MIXTURE_HPP

// The negative binomial family, declared in stan/kernels/neg_binomial_2_mixture_lpmf.stan.

#include "elementwise.hpp"
#include "gamma_function.hpp"

#define STANMIX_KERNEL "simd/neg_binomial_2.hpp"
#include "each_instruction_set.hpp"

namespace stanmix {

/** Check counts and the parameters of their negative binomial distributions. */
template <typename Mu, typename Phi>
void check_neg_binomial_2(const char* function, const std::vector<int>& y, const Mu& mu, const Phi& phi) {
  stan::math::check_nonnegative(function, "counts", y);
  stan::math::check_positive_finite(function, "means", stan::math::value_of(mu));
  stan::math::check_positive_finite(function, "precisions", stan::math::value_of(phi));
}

}  // namespace stanmix

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename Mu, typename Phi>
return_type_t<LogTheta, Mu, Phi> neg_binomial_2_mixture_lpmf(const std::vector<int>& y, const Count& count,
                                                             const LogTheta& log_theta, const Mu& mu, const Phi& phi,
                                                             std::ostream*) {
  static constexpr const char* function = "neg_binomial_2_mixture_lpmf";
  stanmix::check_neg_binomial_2(function, y, mu, phi);
  return stanmix::elementwise_mixture<stanmix::plain::NegBinomial2Component>(
      function, STANMIX_PASS(NegBinomial2Component), {y.data(), std::ptrdiff_t(y.size())}, count, log_theta, mu, phi);
}

}  // namespace stan::math

#endif
