#ifndef STANMIX_KERNELS_MULTI_NORMAL_HPP
#define STANMIX_KERNELS_MULTI_NORMAL_HPP

// What the multivariate normal kernels share: the components as their passes read them, and the means' gradient.

#include "mixture_node.hpp"

namespace stanmix {

/** Observations, N x D, column by column. */
struct MatrixData {
  const double* y;
  std::ptrdiff_t N;
  int D;
};

/** Components, whose z = inverse (y - mu) is standard normal. */
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
 * @param components The components.
 * @param sums Sums of each component, the responsibility first.
 * @return The log likelihood, then K x sums, then the responsibilities of noise.
 */
template <typename Pass, typename Y, typename Count>
std::vector<double> multi_normal_sums(Pass pass, const Y& y, const Count& count, const LogWeights& weights,
                                      const MultiNormalComponents& components, std::ptrdiff_t sums) {
  const MatrixData data{y.data(), y.rows(), static_cast<int>(y.cols())};
  return sum_over(data.N, 1 + components.K * sums + weights.noise,
                  [&](std::ptrdiff_t begin, std::ptrdiff_t end, double* piece) {
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

}  // namespace stanmix

#define STANMIX_KERNEL "simd/multi_normal.hpp"
#include "each_instruction_set.hpp"

#endif
