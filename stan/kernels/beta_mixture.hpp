#ifndef STANMIX_KERNELS_BETA_MIXTURE_HPP
#define STANMIX_KERNELS_BETA_MIXTURE_HPP

// The beta family, declared in stan/kernels/beta_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/beta.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Alpha, typename Beta>
return_type_t<LogTheta, Alpha, Beta> beta_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta,
                                                       const Alpha& alpha, const Beta& beta, std::ostream*) {
  static constexpr const char* function = "beta_mixture_lpdf";
  const auto& data = to_ref(y);
  check_positive(function, "observations", data);
  check_less(function, "observations", data, 1.0);
  check_positive_finite(function, "first shapes", value_of(alpha));
  check_positive_finite(function, "second shapes", value_of(beta));
  return stanmix::elementwise_mixture<stanmix::plain::BetaComponent>(function, STANMIX_PASS(BetaComponent),
                                                                     {data.data(), data.size()}, count, log_theta, alpha, beta);
}

}  // namespace stan::math

#endif
