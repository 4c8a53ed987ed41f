#ifndef STANMIX_KERNELS_STUDENT_T_MIXTURE_HPP
#define STANMIX_KERNELS_STUDENT_T_MIXTURE_HPP

// The Student-t family, declared in stan/kernels/student_t_mixture_lpdf.stan.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/student_t.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Nu, typename Mu, typename Sigma>
return_type_t<LogTheta, Nu, Mu, Sigma> student_t_mixture_lpdf(const Y& y, const Count& count, const LogTheta& log_theta,
                                                              const Nu& nu, const Mu& mu, const Sigma& sigma, std::ostream*) {
  static constexpr const char* function = "student_t_mixture_lpdf";
  const auto& data = to_ref(y);
  check_not_nan(function, "observations", data);
  check_positive_finite(function, "degrees of freedom", value_of(nu));
  check_finite(function, "locations", value_of(mu));
  check_positive_finite(function, "scales", value_of(sigma));
  return stanmix::elementwise_mixture<stanmix::plain::StudentTComponent>(
      function, STANMIX_PASS(StudentTComponent), {data.data(), data.size()}, count, log_theta, nu, mu, sigma);
}

}  // namespace stan::math

#endif
