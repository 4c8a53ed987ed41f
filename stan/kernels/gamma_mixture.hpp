#ifndef STANMIX_KERNELS_GAMMA_MIXTURE_HPP
#define STANMIX_KERNELS_GAMMA_MIXTURE_HPP

// The gamma family, declared in stan/kernels/gamma_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/gamma.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Alpha, typename Beta>
return_type_t<LogTheta, Alpha, Beta> gamma_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta,
                                                        const Alpha& alpha, const Beta& beta, std::ostream*) {
  static constexpr const char* function = "gamma_mixture_lpdf";
  const auto& data = to_ref(y);
  check_positive_finite(function, "observations", data);
  check_positive_finite(function, "shapes", value_of(alpha));
  check_positive_finite(function, "rates", value_of(beta));
  return stanmix::elementwise_mixture<stanmix::plain::GammaComponent>(
      function, STANMIX_PASS(GammaComponent), {data.data(), data.size()}, count, log_theta, alpha, beta);
}

}  // namespace stan::math

#endif
