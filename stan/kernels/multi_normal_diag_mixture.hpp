#ifndef STANMIX_KERNELS_MULTI_NORMAL_DIAG_MIXTURE_HPP
#define STANMIX_KERNELS_MULTI_NORMAL_DIAG_MIXTURE_HPP

// Multivariate normal components with diagonal or spherical covariances, each with its own or all with one: declared in
// stan/kernels/multi_normal_diag_mixture_lpdf.stan.

#include "multi_normal.hpp"

namespace stanmix {

/** The standard deviation of component k in column d: an array of vectors, or a vector where they are spherical. */
template <typename Sigma>
struct Scales {
  static constexpr bool spherical = stan::is_eigen_col_vector<Sigma>::value;
  static constexpr bool is_parameter = stan::is_autodiff_v<stan::scalar_type_t<Sigma>>;

  std::vector<Eigen::VectorXd> value;

  Scales(const char* function, const Sigma& sigma, int K, int D) {
    for (int k = 0; k < static_cast<int>(sigma.size()); ++k) {
      if constexpr (spherical) {
        value.push_back(Eigen::VectorXd::Constant(D, stan::math::value_of(sigma[k])));
      } else {
        value.push_back(stan::math::value_of(sigma[k]));
        stan::math::check_size_match(function, "size of standard deviations", value[k].size(), "columns of the observations",
                                     D);
      }
      stan::math::check_positive_finite(function, "standard deviations", value[k]);
    }
    if (value.size() != 1) stan::math::check_size_match(function, "standard deviations", value.size(), "components", K);
  }

  const Eigen::VectorXd& of(int k) const { return value[value.size() == 1 ? 0 : k]; }

  /** Add to the derivative by the standard deviation of component k in column d, the i-th operand. */
  template <std::size_t i, typename Result>
  void add(Result& result, int k, int d, double derivative) const {
    const int l = value.size() == 1 ? 0 : k;
    if constexpr (is_parameter && spherical) {
      stan::math::partials<i>(result)[l] += derivative;
    } else if constexpr (is_parameter) {
      stan::math::partials_vec<i>(result)[l][d] += derivative;
    }
  }
};

}  // namespace stanmix

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Mean, typename Sigma>
return_type_t<LogTheta, Mean, Sigma> multi_normal_diag_mixture_lpdf(const Y& y_in, const Count& count_in,
                                                                    const LogTheta& log_theta_in, const std::vector<Mean>& mu,
                                                                    const Sigma& sigma_in, std::ostream*) {
  static constexpr const char* function = "multi_normal_diag_mixture_lpdf";
  const auto& y = to_ref(y_in);
  const auto& count = to_ref(count_in);
  const auto& log_theta = to_ref(log_theta_in);
  const auto& sigma = to_ref(sigma_in);
  const stanmix::WeightsOf<plain_type_t<LogTheta>> weights(function, log_theta, mu.size());
  const int K = mu.size(), D = y.cols();
  weights.check(function, y.rows(), count);
  const std::vector<double> mean = stanmix::checked_means(function, y, mu, K);
  const stanmix::Scales<plain_type_t<Sigma>> scales(function, sigma, K, D);

  std::vector<double> precision, constant(K);
  for (int k = 0; k < K; ++k) {
    for (int d = 0; d < D; ++d) precision.push_back(stanmix::reciprocal(scales.of(k)[d]));
    constant[k] = -scales.of(k).array().log().sum() - D * stanmix::half_log_two_pi;
  }
  const stanmix::MultiNormalComponents components{K, mean.data(), precision.data(), constant.data()};
  const std::ptrdiff_t sums = 1 + 2 * D;
  const std::vector<double> found =
      stanmix::matrix_sums(STANMIX_CHOSEN(diagonal_normal_pass), y, count, weights.view, K, components, sums);

  auto result = make_partials_propagator(log_theta, mu, sigma);
  if (!(found[0] > -stanmix::infinity)) return result.build(-stanmix::infinity);  // with gradient 0
  const double* own = found.data() + 1;
  weights.template fill<0>(result, [&](int k) { return own[k * sums]; });
  for (int k = 0; k < K; ++k) {
    const double r = own[k * sums];
    const double* first = own + k * sums + 1;
    for (int d = 0; d < D; ++d) {
      if constexpr (is_autodiff_v<scalar_type_t<Mean>>) partials_vec<1>(result)[k][d] = first[d] * precision[k * D + d];
      scales.template add<2>(result, k, d, (first[D + d] - r) * precision[k * D + d]);
    }
  }
  return result.build(found[0]);
}

}  // namespace stan::math

#endif
