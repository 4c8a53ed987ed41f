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
  using Eigen::MatrixXd;
  static constexpr const char* function = "multi_student_t_mixture_lpdf";
  const auto& y = to_ref(y_in);
  const auto& count = to_ref(count_in);
  const auto& log_theta = to_ref(log_theta_in);
  const auto& nu_parameters = to_ref(nu_in);
  const Eigen::VectorXd nu = value_of(nu_parameters);
  const stanmix::WeightsOf<plain_type_t<LogTheta>> weights(function, log_theta, mu.size());
  const int K = mu.size(), D = y.cols(), DP = stanmix::padded(D), factors = L.size();
  weights.check(function, y.rows(), count);
  check_size_match(function, "degrees of freedom", nu.size(), "components", K);
  check_positive_finite(function, "degrees of freedom", nu);
  const std::vector<double> mean = stanmix::checked_means(function, y, mu, K);
  if (factors != 1) check_size_match(function, "Cholesky factors", factors, "components", K);

  std::vector<MatrixXd> factor, inverse;
  std::vector<double> padded(K * DP * DP, 0.0), constant(K);
  for (int k = 0; k < factors; ++k) {
    factor.push_back(value_of(L[k]));
    check_square(function, "a Cholesky factor", factor[k]);
    check_size_match(function, "rows of a Cholesky factor", factor[k].rows(), "columns of the observations", D);
    check_finite(function, "Cholesky factors", factor[k]);
    check_positive(function, "diagonal of a Cholesky factor", factor[k].diagonal());
    inverse.push_back(factor[k].triangularView<Eigen::Lower>().solve(MatrixXd::Identity(D, D)));
  }
  for (int k = 0; k < K; ++k) {
    const int l = factors == 1 ? 0 : k;
    Eigen::Map<Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(padded.data() + k * DP * DP, DP, DP).topLeftCorner(D, D) =
        inverse[l].triangularView<Eigen::Lower>();
    constant[k] = stan::math::lgamma(0.5 * (nu[k] + D)) - stan::math::lgamma(0.5 * nu[k]) -
                  0.5 * D * std::log(nu[k] * stan::math::pi()) - factor[l].diagonal().array().log().sum();
  }
  const stanmix::MultiStudentTComponents components{{K, mean.data(), padded.data(), constant.data()}, nu.data()};
  const std::ptrdiff_t sums = 3 + DP + DP * DP;
  const stanmix::MatrixData data{y.data(), y.rows(), D};
  const auto pass = STANMIX_CHOSEN(full_student_t_pass);
  const std::vector<double> found = stanmix::sum_over(data.N, 1 + K * sums + weights.view.noise,
                                                      [&](std::ptrdiff_t begin, std::ptrdiff_t end, double* piece) {
                                                        pass(data, count.data(), begin, end, weights.view, components, piece);
                                                      });

  auto result = make_partials_propagator(log_theta, nu_parameters, mu, L);
  if (!(found[0] > -stanmix::infinity)) return result.build(-stanmix::infinity);  // with gradient 0
  const double* own = found.data() + 1;
  weights.template fill<0>(result, [&](int k) { return own[k * sums]; });
  for (int k = 0; k < K; ++k) {
    const int l = factors == 1 ? 0 : k;
    const double* of_k = own + k * sums;
    const double* tails = of_k + 1 + DP + DP * DP;
    if constexpr (is_autodiff_v<scalar_type_t<Nu>>) {
      const double constants = stan::math::digamma(0.5 * (nu[k] + D)) - stan::math::digamma(0.5 * nu[k]) - D / nu[k];
      partials<1>(result)[k] = 0.5 * (of_k[0] * constants - tails[0] + (nu[k] + D) / nu[k] * tails[1]);
    }
    if constexpr (is_autodiff_v<scalar_type_t<Mean>>) {
      partials_vec<2>(result)[k] = inverse[l].transpose() * Eigen::Map<const Eigen::VectorXd>(of_k + 1, D);
    }
    if constexpr (is_autodiff_v<scalar_type_t<Factor>>) {
      // d log f / d L = w L^-T z z' - diag(1 / L_ii), below and on the diagonal
      const MatrixXd product =
          Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(of_k + 1 + DP, DP, DP).topLeftCorner(D, D);
      MatrixXd gradient = inverse[l].transpose() * MatrixXd(product.selfadjointView<Eigen::Lower>());
      gradient.diagonal() -= of_k[0] * inverse[l].diagonal();
      partials_vec<3>(result)[l] += MatrixXd(gradient.triangularView<Eigen::Lower>());
    }
  }
  return result.build(found[0]);
}

}  // namespace stan::math

#endif
