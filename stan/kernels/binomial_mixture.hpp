#ifndef STANMIX_KERNELS_BINOMIAL_MIXTURE_HPP
#define STANMIX_KERNELS_BINOMIAL_MIXTURE_HPP

// The binomial family, declared in stan/kernels/binomial_mixture_lpmf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/binomial.hpp"
#include "each_instruction_set.hpp"

namespace stanmix {

/** Check successes and trials. */
inline void check_trials(const char* function, const std::vector<int>& y, const std::vector<int>& trials) {
  stan::math::check_size_match(function, "counts", y.size(), "trials", trials.size());
  for (std::size_t n = 0; n < y.size(); ++n) stan::math::check_bounded(function, "successes", y[n], 0, trials[n]);
}

}  // namespace stanmix

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename P>
return_type_t<LogTheta, P> binomial_mixture_lpmf(const std::vector<int>& y, const Count& count, const std::vector<int>& trials,
                                                 const LogTheta& log_theta, const P& p, std::ostream*) {
  static constexpr const char* function = "binomial_mixture_lpmf";
  stanmix::check_trials(function, y, trials);
  check_bounded(function, "probabilities", value_of(p), 0.0, 1.0);
  return stanmix::elementwise_mixture<stanmix::plain::BinomialComponent>(
      function, STANMIX_PASS(BinomialComponent), {y.data(), trials.data(), std::ptrdiff_t(y.size())}, count, log_theta, p);
}

}  // namespace stan::math

#endif
