#ifndef STANMIX_KERNELS_MULTI_NORMAL_HPP
#define STANMIX_KERNELS_MULTI_NORMAL_HPP

// What the multivariate normal and Student-t kernels share: the components as their passes read them, and gradients.

#include "mixture_node.hpp"

namespace stanmix {

/** Observations, N x D, column by column. */
struct MatrixData {
  const double* y;
  std::ptrdiff_t N;
  int D;
};

/** Components, whose z = inverse (y - mu) is standard normal, or standard Student-t. */
struct MultiNormalComponents {
  int K;
  const double* mu;        // K x D
  const double* inverse;   // full: of the Cholesky factors, K x padded x padded, row by row; diagonal: 1 / sigma, K x D
  const double* constant;  // K: log density at the mean
};

/** The side of square tiles in which products with Cholesky factors are computed: they are padded to a multiple of it. */
inline int tile_of(int D) {
  return D == 1 ? 1 : D < 4 ? 2 : 4;
}
inline int padded(int D) {
  return (D + tile_of(D) - 1) / tile_of(D) * tile_of(D);
}

/**
 * Run a pass over all observations.
 *
 * @param pass The pass of one kind of components; see simd/multi_normal.hpp.
 * @param y Observations, N x D.
 * @param count How often each was observed, or its weight.
 * @param weights The log weights.
 * @param K Number of components.
 * @param components The components.
 * @param sums Sums of each component, the responsibility first.
 * @return The log likelihood, then K x sums, then the responsibilities of noise.
 */
template <typename Pass, typename Y, typename Count, typename Components>
std::vector<double> matrix_sums(Pass pass, const Y& y, const Count& count, const LogWeights& weights, int K,
                                const Components& components, std::ptrdiff_t sums) {
  const MatrixData data{y.data(), y.rows(), static_cast<int>(y.cols())};
  return sum_over(data.N, 1 + K * sums + weights.noise, [&](std::ptrdiff_t begin, std::ptrdiff_t end, double* piece) {
    pass(data, count.data(), begin, end, weights, components, piece);
  });
}

/** Check the data and the means, and copy the means. */
template <typename Y, typename Means>
std::vector<double> checked_means(const char* function, const Y& y, const Means& mu, int K) {
  stan::math::check_not_nan(function, "observations", y);
  stan::math::check_positive(function, "columns of the observations", y.cols());
  stan::math::check_size_match(function, "means", mu.size(), "components", K);
  std::vector<double> copy;
  copy.reserve(K * y.cols());
  for (const auto& mean : mu) {
    stan::math::check_size_match(function, "size of a mean", mean.size(), "columns of the observations", y.cols());
    const Eigen::VectorXd value = stan::math::value_of(mean);
    stan::math::check_finite(function, "means", value);
    copy.insert(copy.end(), value.data(), value.data() + value.size());
  }
  return copy;
}

/** Cholesky factors of all components, or one for all: checked, inverted, and laid out for the passes. */
class CholeskyFactors {
 public:
  template <typename Factors>
  CholeskyFactors(const char* function, const Factors& L, int K, int D)
      : D_(D), DP_(padded(D)), one_(L.size() == 1), inverses(K * DP_ * DP_, 0.0) {
    using Eigen::MatrixXd;
    if (!one_) stan::math::check_size_match(function, "Cholesky factors", L.size(), "components", K);
    for (const auto& factor_in : L) {
      const MatrixXd factor = stan::math::value_of(factor_in);
      stan::math::check_square(function, "a Cholesky factor", factor);
      stan::math::check_size_match(function, "rows of a Cholesky factor", factor.rows(), "columns of the observations", D);
      stan::math::check_finite(function, "Cholesky factors", factor);
      stan::math::check_positive(function, "diagonal of a Cholesky factor", factor.diagonal());
      inverse_.push_back(factor.triangularView<Eigen::Lower>().solve(MatrixXd::Identity(D, D)));
      log_determinant_.push_back(factor.diagonal().array().log().sum());
    }
    for (int k = 0; k < K; ++k) {
      Eigen::Map<RowMajor>(inverses.data() + k * DP_ * DP_, DP_, DP_).topLeftCorner(D, D) =
          inverse_[of(k)].triangularView<Eigen::Lower>();
    }
  }

  /** The number of the factor that a component has. */
  int of(int k) const { return one_ ? 0 : k; }

  /** Logarithm of the determinant of a component's factor. */
  double log_determinant(int k) const { return log_determinant_[of(k)]; }

  /**
   * Gradient by a component's mean, L^-T sum(w z).
   *
   * @param sums The component's sums: of the responsibilities, of w z (padded), and of w z z' (padded x padded).
   */
  Eigen::VectorXd mean_gradient(int k, const double* sums) const {
    return inverse_[of(k)].transpose() * Eigen::Map<const Eigen::VectorXd>(sums + 1, D_);
  }

  /** Gradient by a component's factor, the lower triangle of L^-T sum(w z z') - diag(sum(r) / L_ii). */
  Eigen::MatrixXd gradient(int k, const double* sums) const {
    const Eigen::MatrixXd& inverse = inverse_[of(k)];
    const Eigen::MatrixXd product = Eigen::Map<const RowMajor>(sums + 1 + DP_, DP_, DP_).topLeftCorner(D_, D_);
    Eigen::MatrixXd found = inverse.transpose() * Eigen::MatrixXd(product.selfadjointView<Eigen::Lower>());
    found.diagonal() -= sums[0] * inverse.diagonal();
    return found.triangularView<Eigen::Lower>();
  }

 private:
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  int D_, DP_;
  bool one_;
  std::vector<Eigen::MatrixXd> inverse_;
  std::vector<double> log_determinant_;

 public:
  std::vector<double> inverses;  // of every component, K x padded x padded, row by row
};

}  // namespace stanmix

#define STANMIX_KERNEL "simd/multi_normal.hpp"
#include "each_instruction_set.hpp"

#endif
