#ifndef STANMIX_KERNELS_MULTI_NORMAL_MIXTURE_HPP
#define STANMIX_KERNELS_MULTI_NORMAL_MIXTURE_HPP

// Multivariate normal components with full covariances, each with its own or all with one: declared in
// stan/kernels/multi_normal_mixture_lpdf.stan.

#include "multi_normal.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Mean, typename Factor>
return_type_t<LogTheta, Mean, Factor> multi_normal_mixture_lpdf(const Y& y_in, const Count& count_in,
                                                                const LogTheta& log_theta_in, const std::vector<Mean>& mu,
                                                                const std::vector<Factor>& L, std::ostream*) {
  static constexpr const char* function = "multi_normal_mixture_lpdf";
  const auto& y = to_ref(y_in);
  const auto& count = to_ref(count_in);
  const auto& log_theta = to_ref(log_theta_in);
  const stanmix::WeightsOf<plain_type_t<LogTheta>> weights(function, log_theta, mu.size());
  const int K = mu.size(), D = y.cols(), DP = stanmix::padded(D);
  weights.check(function, y.rows(), count);
  const std::vector<double> mean = stanmix::checked_means(function, y, mu, K);
  const stanmix::CholeskyFactors factors(function, L, K, D);
  std::vector<double> constant(K);
  for (int k = 0; k < K; ++k) constant[k] = -factors.log_determinant(k) - D * stanmix::half_log_two_pi;
  const stanmix::MultiNormalComponents components{K, mean.data(), factors.inverses.data(), constant.data()};
  const std::ptrdiff_t sums = 1 + DP + DP * DP;
  const std::vector<double> found =
      stanmix::matrix_sums(STANMIX_CHOSEN(full_normal_pass), y, count, weights.view, K, components, sums);

  auto result = make_partials_propagator(log_theta, mu, L);
  if (!(found[0] > -stanmix::infinity)) return result.build(-stanmix::infinity);  // with gradient 0
  const double* own = found.data() + 1;
  weights.template fill<0>(result, [&](int k) { return own[k * sums]; });
  for (int k = 0; k < K; ++k) {
    const double* of_k = own + k * sums;
    if constexpr (is_autodiff_v<scalar_type_t<Mean>>) partials_vec<1>(result)[k] = factors.mean_gradient(k, of_k);
    if constexpr (is_autodiff_v<scalar_type_t<Factor>>) {
      partials_vec<2>(result)[factors.of(k)] += factors.gradient(k, of_k);
    }
  }
  return result.build(found[0]);
}

}  // namespace stan::math

#endif
