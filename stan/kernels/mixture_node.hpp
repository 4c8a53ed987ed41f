#ifndef STANMIX_KERNELS_MIXTURE_NODE_HPP
#define STANMIX_KERNELS_MIXTURE_NODE_HPP

// What all mixture likelihoods share in how they meet Stan: the log weights, and partial derivatives.

#include <stan/model/model_header.hpp>

#include "instruction_sets.hpp"
#include "threads.hpp"

#include <vector>

namespace stanmix {

/** The log weights as a kernel reads them, with room for their gradient where they are a matrix of parameters. */
template <typename LogTheta>
struct WeightsOf {
  static constexpr bool by_row = !stan::is_eigen_col_vector<LogTheta>::value;
  static constexpr bool is_parameter = stan::is_autodiff_v<stan::scalar_type_t<LogTheta>>;

  Eigen::MatrixXd value, gradient;
  LogWeights view;

  /** Take the log weights of a mixture of K components: K values, or one more, of noise. */
  WeightsOf(const char* function, const LogTheta& log_theta, int K) : value(stan::math::value_of(log_theta)) {
    if (size() != K + 1) stan::math::check_size_match(function, "log weights", size(), "components", K);
    if (by_row && is_parameter) gradient.resize(value.rows(), value.cols());
    view = {value.data(), by_row ? value.rows() : 0, gradient.size() > 0 ? gradient.data() : nullptr, size() - K};
  }

  /** How many there are for an observation. */
  int size() const { return by_row ? value.cols() : value.rows(); }

  /** Check the weights and the counts of N observations. */
  template <typename Count>
  void check(const char* function, std::ptrdiff_t N, const Count& count) const {
    stan::math::check_size_match(function, "observations", N, "counts", count.size());
    stan::math::check_nonnegative(function, "counts", count);
    if (by_row) stan::math::check_size_match(function, "rows of log weights", value.rows(), "observations", N);
    stan::math::check_not_nan(function, "log weights", value);
  }

  /** Set the derivatives by the log weights, the i-th operand; `r(k)` is the sum of responsibilities of the k-th. */
  template <std::size_t i, typename Result, typename Sum>
  void fill(Result& result, const Sum& r) const {
    if constexpr (is_parameter && by_row) {
      stan::math::partials<i>(result) = gradient;
    } else if constexpr (is_parameter) {
      for (int k = 0; k < size(); ++k) stan::math::partials<i>(result)[k] = r(k);
    }
  }
};

/** Set the derivative by the k-th value of the i-th operand, if it is a parameter. */
template <std::size_t i, typename Operand, typename Result>
void set_partial(Result& result, int k, double d) {
  if constexpr (stan::is_autodiff_v<stan::scalar_type_t<Operand>>) stan::math::partials<i>(result)[k] = d;
}

}  // namespace stanmix

#endif
