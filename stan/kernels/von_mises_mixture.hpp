#ifndef STANMIX_KERNELS_VON_MISES_MIXTURE_HPP
#define STANMIX_KERNELS_VON_MISES_MIXTURE_HPP

// The von Mises family, declared in stan/kernels/von_mises_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/von_mises.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Mu, typename Kappa>
return_type_t<LogTheta, Mu, Kappa> von_mises_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta,
                                                          const Mu& mu, const Kappa& kappa, std::ostream*) {
  static constexpr const char* function = "von_mises_mixture_lpdf";
  const auto& data = to_ref(y);
  check_finite(function, "observations", data);
  check_finite(function, "mean directions", value_of(mu));
  check_nonnegative(function, "concentrations", value_of(kappa));
  check_finite(function, "concentrations", value_of(kappa));
  return stanmix::elementwise_mixture<stanmix::plain::VonMisesComponent>(
      function, STANMIX_PASS(VonMisesComponent), {data.data(), data.size()}, count, log_theta, mu, kappa);
}

}  // namespace stan::math

#endif
