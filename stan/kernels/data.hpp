#ifndef STANMIX_KERNELS_DATA_HPP
#define STANMIX_KERNELS_DATA_HPP

// Observations as the elementwise kernels read them.

#include <stan/model/model_header.hpp>

#include "instruction_sets.hpp"

#include <vector>

namespace stanmix {

/** Real observations. */
struct RealData {
  const double* y;
  std::ptrdiff_t N;
};

/** Positive observations, read with their logarithms. */
struct PositiveData {
  const double* y;
  std::ptrdiff_t N;
};

/** Observations between 0 and 1, of which the densities need log y and log(1 - y) only. */
struct UnitData {
  const double* y;
  std::ptrdiff_t N;
};

/** Angles in radians, read as the cosines and sines of their halves. */
struct AngleData {
  const double* y;
  std::ptrdiff_t N;
};

/** Counts, read with the logarithms of their factorials. */
struct CountData {
  const int* y;
  std::ptrdiff_t N;
};

/** Successes and trials, read with the logarithms of their binomial coefficients. */
struct TrialsData {
  const int* y;
  const int* trials;
  std::ptrdiff_t N;
};

/** log(n!), from a table as far as that reaches. */
inline double log_factorial(int n) {
  static const std::vector<double> table = [] {
    std::vector<double> values(4096);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = stan::math::lgamma(i + 1.0);
    return values;
  }();
  return n < static_cast<int>(table.size()) ? table[n] : stan::math::lgamma(n + 1.0);
}

}  // namespace stanmix

#define STANMIX_KERNEL "simd/data.hpp"
#include "each_instruction_set.hpp"

#endif
