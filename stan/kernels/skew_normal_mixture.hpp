#ifndef STANMIX_KERNELS_SKEW_NORMAL_MIXTURE_HPP
#define STANMIX_KERNELS_SKEW_NORMAL_MIXTURE_HPP

// The skew normal family, declared in stan/kernels/skew_normal_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/skew_normal.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Xi, typename Omega, typename Alpha>
return_type_t<LogTheta, Xi, Omega, Alpha> skew_normal_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta,
                                                                   const Xi& xi, const Omega& omega, const Alpha& alpha,
                                                                   std::ostream*) {
  static constexpr const char* function = "skew_normal_mixture_lpdf";
  const auto& data = to_ref(y);
  check_not_nan(function, "observations", data);
  check_finite(function, "locations", value_of(xi));
  check_positive_finite(function, "scales", value_of(omega));
  check_finite(function, "shapes", value_of(alpha));
  return stanmix::elementwise_mixture<stanmix::plain::SkewNormalComponent>(
      function, STANMIX_PASS(SkewNormalComponent), {data.data(), data.size()}, count, log_theta, xi, omega, alpha);
}

}  // namespace stan::math

#endif
