#ifndef STANMIX_KERNELS_PRIOR_HPP
#define STANMIX_KERNELS_PRIOR_HPP

// Priors chosen by the data, declared in stan/kernels/prior_lpdf.stan: one node on the autodiff stack for all parameters
// of a kind, and eleven distributions that Stan's templates need not be compiled for.

#include <stan/model/model_header.hpp>

#include "mixture_node.hpp"

#include <cmath>
#include <vector>

namespace stanmix {

/** A log density and its derivative. */
struct LogDensity {
  double value, derivative;
};

constexpr LogDensity zero_density{-infinity, 0};
constexpr double log_pi = 1.14472988584940017414;

inline LogDensity normal_density(double x, double mu, double sigma) {
  const double z = (x - mu) / sigma;
  return {-half_log_two_pi - std::log(sigma) - 0.5 * z * z, -z / sigma};
}

inline LogDensity student_t_density(double x, double nu, double mu, double sigma) {
  const double z = (x - mu) / sigma;
  const double constant =
      stan::math::lgamma(0.5 * (nu + 1)) - stan::math::lgamma(0.5 * nu) - 0.5 * (std::log(nu) + log_pi) - std::log(sigma);
  return {constant - 0.5 * (nu + 1) * std::log1p(z * z / nu), -(nu + 1) * z / ((nu + z * z) * sigma)};
}

inline LogDensity cauchy_density(double x, double mu, double sigma) {
  const double z = (x - mu) / sigma;
  return {-log_pi - std::log(sigma) - std::log1p(z * z), -2 * z / ((1 + z * z) * sigma)};
}

inline LogDensity lognormal_density(double x, double mu, double sigma) {
  if (!(x > 0)) return zero_density;
  const LogDensity of_log = normal_density(std::log(x), mu, sigma);
  return {of_log.value - std::log(x), (of_log.derivative - 1) / x};
}

inline LogDensity gamma_density(double x, double alpha, double beta) {
  const double constant = alpha * std::log(beta) - stan::math::lgamma(alpha);
  return {constant + (alpha - 1) * std::log(x) - beta * x, (alpha - 1) / x - beta};
}

inline LogDensity inv_gamma_density(double x, double alpha, double beta) {
  if (!(x > 0)) return zero_density;
  const double constant = alpha * std::log(beta) - stan::math::lgamma(alpha);
  return {constant - (alpha + 1) * std::log(x) - beta / x, (beta / x - alpha - 1) / x};
}

inline LogDensity uniform_density(double x, double lower, double upper) {
  if (x < lower || x > upper) return zero_density;
  return {-std::log(upper - lower), 0};
}

inline LogDensity beta_density(double x, double alpha, double beta) {
  const double constant = stan::math::lgamma(alpha + beta) - stan::math::lgamma(alpha) - stan::math::lgamma(beta);
  return {constant + (alpha - 1) * std::log(x) + (beta - 1) * std::log1p(-x), (alpha - 1) / x - (beta - 1) / (1 - x)};
}

/** The beta distribution stretched over -1 to 1, times exp(-(atanh(x) / limit)^4): not normalised. */
inline LogDensity damped_beta_density(double x, double alpha, double beta, double limit) {
  if (!(std::abs(x) < 1)) return zero_density;
  const LogDensity of_share = beta_density(0.5 * (x + 1), alpha, beta);
  const double z = std::atanh(x) / limit;
  const double slope = 1 / (limit * (1 - x) * (1 + x));
  return {of_share.value - std::log(2.0) - z * z * z * z, 0.5 * of_share.derivative - 4 * z * z * z * slope};
}

/** The density of a distribution by its code; see stan/kernels/prior_lpdf.stan. */
inline LogDensity prior_density(const char* function, double x, int code, const Eigen::VectorXd& a) {
  switch (code) {
    case 1:
      return normal_density(x, a[1], a[2]);
    case 2:
      return student_t_density(x, a[0], a[1], a[2]);
    case 3:
      return cauchy_density(x, a[1], a[2]);
    case 4:
      return lognormal_density(x, a[1], a[2]);
    case 5:
      stan::math::check_positive_finite(function, "parameter with a gamma prior", x);
      return gamma_density(x, a[0], a[1]);
    case 6:
      return inv_gamma_density(x, a[0], a[1]);
    case 7:
      return {std::log(a[0]) - a[0] * x, -a[0]};
    case 8:
      return uniform_density(x, a[0], a[1]);
    case 9:
      stan::math::check_bounded(function, "parameter with a beta prior", x, 0.0, 1.0);
      return beta_density(x, a[0], a[1]);
    case 10: {  // the beta distribution stretched over -1 to 1
      stan::math::check_bounded(function, "parameter with a signed beta prior", x, -1.0, 1.0);
      const LogDensity of_share = beta_density(0.5 * (x + 1), a[0], a[1]);
      return {of_share.value - std::log(2.0), 0.5 * of_share.derivative};
    }
    case 11: {  // the same with damped ends
      stan::math::check_bounded(function, "parameter with a damped beta prior", x, -1.0, 1.0);
      return damped_beta_density(x, a[0], a[1], a[2]);
    }
    default:
      stan::math::invalid_argument(function, "code of a prior", code, "is ", ", which is none of 1 to 11");
      return {};
  }
}

}  // namespace stanmix

namespace stan::math {

template <bool propto, typename X>
return_type_t<X> prior_lpdf(const X& x, const std::vector<int>& dist, const std::vector<Eigen::VectorXd>& a,
                            const Eigen::VectorXd& log_mass, std::ostream*) {
  static constexpr const char* function = "prior_lpdf";
  const auto& parameters = to_ref(x);
  const Eigen::VectorXd value = value_of(parameters);
  check_not_nan(function, "parameters", value);
  double lp = -log_mass.sum();
  Eigen::VectorXd derivative(value.size());
  for (int i = 0; i < value.size(); ++i) {
    const stanmix::LogDensity own = stanmix::prior_density(function, value[i], dist[i], a[i]);
    lp += own.value;
    derivative[i] = own.derivative;
  }
  auto result = make_partials_propagator(parameters);
  if (!(lp > -stanmix::infinity)) return result.build(-stanmix::infinity);  // with gradient 0
  for (int i = 0; i < value.size(); ++i) stanmix::set_partial<0, X>(result, i, derivative[i]);
  return result.build(lp);
}

}  // namespace stan::math

#endif
