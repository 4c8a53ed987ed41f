#ifndef STANMIX_KERNELS_MULTI_STUDENT_T_MIXTURE_HPP
#define STANMIX_KERNELS_MULTI_STUDENT_T_MIXTURE_HPP

// Multivariate Student-t components, each with its own scale matrix or all with one: declared in
// stan/kernels/multi_student_t_mixture_lpdf.stan.

#include "multi_normal.hpp"

namespace stanmix {

/** Components, whose z = inverse (y - mu) has the standard Student-t distribution of nu degrees of freedom. */
struct MultiStudentTComponents {
  MultiNormalComponents normal;
  const double* nu;  // K
};

}  // namespace stanmix

#define STANMIX_KERNEL "simd/multi_student_t.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Nu, typename Mean, typename Factor>
return_type_t<LogTheta, Nu, Mean, Factor> multi_student_t_mixture_lpdf(const Y& y_in, const Count& count_in,
                                                                       const LogTheta& log_theta_in, const Nu& nu_in,
                                                                       const std::vector<Mean>& mu,
                                                                       const std::vector<Factor>& L, std::ostream*) {
  static constexpr const char* function = "multi_student_t_mixture_lpdf";
  const auto& y = to_ref(y_in);
  const auto& count = to_ref(count_in);
  const auto& log_theta = to_ref(log_theta_in);
  const auto& nu_parameters = to_ref(nu_in);
  const Eigen::VectorXd nu = value_of(nu_parameters);
  const stanmix::WeightsOf<plain_type_t<LogTheta>> weights(function, log_theta, mu.size());
  const int K = mu.size(), D = y.cols(), DP = stanmix::padded(D);
  weights.check(function, y.rows(), count);
  check_size_match(function, "degrees of freedom", nu.size(), "components", K);
  check_positive_finite(function, "degrees of freedom", nu);
  const std::vector<double> mean = stanmix::checked_means(function, y, mu, K);
  const stanmix::CholeskyFactors factors(function, L, K, D);
  std::vector<double> constant(K);
  for (int k = 0; k < K; ++k) {
    constant[k] = stan::math::lgamma(0.5 * (nu[k] + D)) - stan::math::lgamma(0.5 * nu[k]) -
                  0.5 * D * std::log(nu[k] * stan::math::pi()) - factors.log_determinant(k);
  }
  const stanmix::MultiStudentTComponents components{{K, mean.data(), factors.inverses.data(), constant.data()}, nu.data()};
  const std::ptrdiff_t sums = 3 + DP + DP * DP;
  const std::vector<double> found =
      stanmix::matrix_sums(STANMIX_CHOSEN(full_student_t_pass), y, count, weights.view, K, components, sums);

  auto result = make_partials_propagator(log_theta, nu_parameters, mu, L);
  if (!(found[0] > -stanmix::infinity)) return result.build(-stanmix::infinity);  // with gradient 0
  const double* own = found.data() + 1;
  weights.template fill<0>(result, [&](int k) { return own[k * sums]; });
  for (int k = 0; k < K; ++k) {
    const double* of_k = own + k * sums;
    const double* tails = of_k + 1 + DP + DP * DP;
    if constexpr (is_autodiff_v<scalar_type_t<Nu>>) {
      const double constants = stan::math::digamma(0.5 * (nu[k] + D)) - stan::math::digamma(0.5 * nu[k]) - D / nu[k];
      partials<1>(result)[k] = 0.5 * (of_k[0] * constants - tails[0] + (nu[k] + D) / nu[k] * tails[1]);
    }
    if constexpr (is_autodiff_v<scalar_type_t<Mean>>) partials_vec<2>(result)[k] = factors.mean_gradient(k, of_k);
    if constexpr (is_autodiff_v<scalar_type_t<Factor>>) {
      partials_vec<3>(result)[factors.of(k)] += factors.gradient(k, of_k);
    }
  }
  return result.build(found[0]);
}

}  // namespace stan::math

#endif
