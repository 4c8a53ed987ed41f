#ifndef STANMIX_KERNELS_WEIBULL_MIXTURE_HPP
#define STANMIX_KERNELS_WEIBULL_MIXTURE_HPP

// The Weibull family, declared in stan/kernels/weibull_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/weibull.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Alpha, typename Sigma>
return_type_t<LogTheta, Alpha, Sigma> weibull_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta,
                                                           const Alpha& alpha, const Sigma& sigma, std::ostream*) {
  static constexpr const char* function = "weibull_mixture_lpdf";
  const auto& data = to_ref(y);
  check_positive_finite(function, "observations", data);
  check_positive_finite(function, "shapes", value_of(alpha));
  check_positive_finite(function, "scales", value_of(sigma));
  return stanmix::elementwise_mixture<stanmix::plain::WeibullComponent>(
      function, STANMIX_PASS(WeibullComponent), {data.data(), data.size()}, count, log_theta, alpha, sigma);
}

}  // namespace stan::math

#endif
