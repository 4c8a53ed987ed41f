#ifndef STANMIX_KERNELS_LOGNORMAL_MIXTURE_HPP
#define STANMIX_KERNELS_LOGNORMAL_MIXTURE_HPP

// The log-normal family, declared in stan/kernels/lognormal_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/lognormal.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Mu, typename Sigma>
return_type_t<LogTheta, Mu, Sigma> lognormal_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta,
                                                          const Mu& mu, const Sigma& sigma, std::ostream*) {
  static constexpr const char* function = "lognormal_mixture_lpdf";
  const auto& data = to_ref(y);
  check_nonnegative(function, "observations", data);
  check_finite(function, "means of the logarithm", value_of(mu));
  check_positive_finite(function, "standard deviations of the logarithm", value_of(sigma));
  return stanmix::elementwise_mixture<stanmix::plain::LognormalComponent>(
      function, STANMIX_PASS(LognormalComponent), {data.data(), data.size()}, count, log_theta, mu, sigma);
}

}  // namespace stan::math

#endif
