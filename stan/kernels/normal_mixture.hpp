#ifndef STANMIX_KERNELS_NORMAL_MIXTURE_HPP
#define STANMIX_KERNELS_NORMAL_MIXTURE_HPP

// The normal family's component, and the function that stan/kernels/normal_mixture_lpdf.stan declares.

#include <stan/model/model_header.hpp>

#include "mixture.hpp"

namespace stanmix {

/** A normal component, in the centred form (y - mu) / sigma: the expanded one loses (mu / sigma)^2 digits. */
struct NormalComponent {
  static constexpr int sums = 2;  // of r z and of r z^2, where z = (y - mu) / sigma

  double mu, precision, constant;

  NormalComponent(double mean, double sd)
      : mu(mean), precision(1 / sd), constant(-std::log(sd) - 0.5 * std::log(2 * stan::math::pi())) {}

  STANMIX_INLINE Vec log_density(const Vec& y) const {
    const Vec z = (y - mu) * precision;
    return constant - 0.5 * (z * z);
  }

  STANMIX_INLINE void add(const Vec& y, const Vec& r, double* scores) const {
    const Vec z = (y - mu) * precision;
    const Vec rz = r > 0.0 ? r * z : Vec{};  // z may be infinite where r is 0
    internal::store(scores, load(scores) + rz);
    internal::store(scores + lanes, load(scores + lanes) + rz * z);
  }
};

STANMIX_DISPATCH inline void normal_pass(const double* y, const int* count, std::ptrdiff_t N, const double* log_w,
                                         const NormalComponent* components, int K,
                                         internal::Workspace<NormalComponent>& work) {
  pass(y, count, N, log_w, components, K, work);
}

}  // namespace stanmix

namespace normal_model_namespace {

template <bool propto, typename Y, typename LogTheta, typename Mu, typename Sigma>
stan::return_type_t<LogTheta, Mu, Sigma> normal_mixture_lpdf(const Y& y_in, const std::vector<int>& count,
                                                             const LogTheta& log_theta_in, const Mu& mu_in,
                                                             const Sigma& sigma_in, std::ostream*) {
  const auto& y = stan::math::to_ref(y_in);
  const auto& log_theta = stan::math::to_ref(log_theta_in);
  const auto& mu = stan::math::to_ref(mu_in);
  const auto& sigma = stan::math::to_ref(sigma_in);
  const Eigen::VectorXd log_w = stan::math::value_of(log_theta);
  const Eigen::VectorXd mean = stan::math::value_of(mu);
  const Eigen::VectorXd sd = stan::math::value_of(sigma);
  const int K = mean.size();
  static constexpr const char* function = "normal_mixture_lpdf";
  stan::math::check_consistent_sizes(function, "log weights", log_w, "means", mean, "standard deviations", sd);
  stan::math::check_size_match(function, "observations", y.size(), "counts", count.size());
  stan::math::check_not_nan(function, "observations", y);
  stan::math::check_not_nan(function, "log weights", log_w);
  stan::math::check_finite(function, "means", mean);
  stan::math::check_positive(function, "standard deviations", sd);
  std::vector<stanmix::NormalComponent> components;
  components.reserve(K);
  for (int k = 0; k < K; ++k) components.emplace_back(mean[k], sd[k]);

  stanmix::internal::Workspace<stanmix::NormalComponent> work(K);
  stanmix::normal_pass(y.data(), count.data(), y.size(), log_w.data(), components.data(), K, work);
  const stanmix::MixtureSums found = stanmix::collect(work, K);

  auto result = stan::math::make_partials_propagator(log_theta, mu, sigma);
  for (int k = 0; k < K; ++k) {
    const double r = found.responsibility[k], rz = found.scores[2 * k], rzz = found.scores[2 * k + 1];
    if constexpr (stan::is_autodiff_v<stan::scalar_type_t<LogTheta>>) stan::math::partials<0>(result)[k] = r;
    if constexpr (stan::is_autodiff_v<stan::scalar_type_t<Mu>>) stan::math::partials<1>(result)[k] = rz / sd[k];
    if constexpr (stan::is_autodiff_v<stan::scalar_type_t<Sigma>>) stan::math::partials<2>(result)[k] = (rzz - r) / sd[k];
  }
  return result.build(found.lp);
}

}  // namespace normal_model_namespace

#endif
