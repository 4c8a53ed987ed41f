#ifndef STANMIX_KERNELS_NORMAL_MIXTURE_HPP
#define STANMIX_KERNELS_NORMAL_MIXTURE_HPP

// The normal family, declared in stan/kernels/normal_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/normal.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Mu, typename Sigma>
return_type_t<LogTheta, Mu, Sigma> normal_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta, const Mu& mu,
                                                       const Sigma& sigma, std::ostream*) {
  static constexpr const char* function = "normal_mixture_lpdf";
  const auto& data = to_ref(y);
  check_not_nan(function, "observations", data);
  check_finite(function, "means", value_of(mu));
  check_positive(function, "standard deviations", value_of(sigma));
  return stanmix::elementwise_mixture<stanmix::plain::NormalComponent>(function, STANMIX_PASS(NormalComponent),
                                                                       {data.data(), data.size()}, count, log_theta, mu, sigma);
}

}  // namespace stan::math

#endif
