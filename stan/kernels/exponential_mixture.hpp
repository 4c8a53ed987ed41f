#ifndef STANMIX_KERNELS_EXPONENTIAL_MIXTURE_HPP
#define STANMIX_KERNELS_EXPONENTIAL_MIXTURE_HPP

// The exponential family, declared in stan/kernels/exponential_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/exponential.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Beta>
return_type_t<LogTheta, Beta> exponential_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta,
                                                       const Beta& beta, std::ostream*) {
  static constexpr const char* function = "exponential_mixture_lpdf";
  const auto& data = to_ref(y);
  check_nonnegative(function, "observations", data);
  check_finite(function, "observations", data);
  check_positive_finite(function, "rates", value_of(beta));
  return stanmix::elementwise_mixture<stanmix::plain::ExponentialComponent>(function, STANMIX_PASS(ExponentialComponent),
                                                                            {data.data(), data.size()}, count, log_theta, beta);
}

}  // namespace stan::math

#endif
