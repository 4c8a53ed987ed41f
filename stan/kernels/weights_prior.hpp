#ifndef STANMIX_KERNELS_WEIGHTS_PRIOR_HPP
#define STANMIX_KERNELS_WEIGHTS_PRIOR_HPP

// The prior of the weights, declared in stan/kernels/weights_prior_lpdf.stan.

#include <stan/model/model_header.hpp>

#include "mixture_node.hpp"

#include <cmath>

namespace stan::math {

template <bool propto, typename Theta>
return_type_t<Theta> weights_prior_lpdf(const Theta& theta, const Eigen::VectorXd& alpha, std::ostream*) {
  static constexpr const char* function = "weights_prior_lpdf";
  const auto& weights = to_ref(theta);
  const Eigen::VectorXd value = value_of(weights);
  check_size_match(function, "weights", value.size(), "concentrations", alpha.size());
  check_positive_finite(function, "concentrations", alpha);
  check_simplex(function, "weights", value);
  double lp = lgamma(alpha.sum());
  for (int k = 0; k < value.size(); ++k) {
    lp -= lgamma(alpha[k]);
    if (alpha[k] != 1) lp += (alpha[k] - 1) * std::log(value[k]);
  }
  auto result = make_partials_propagator(weights);
  if (!(std::abs(lp) < stanmix::infinity)) return result.build(lp);  // at an edge of the simplex, with gradient 0
  for (int k = 0; k < value.size(); ++k) {
    if (alpha[k] != 1) stanmix::set_partial<0, Theta>(result, k, (alpha[k] - 1) / value[k]);
  }
  return result.build(lp);
}

}  // namespace stan::math

#endif
