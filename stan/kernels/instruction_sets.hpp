#ifndef STANMIX_KERNELS_INSTRUCTION_SETS_HPP
#define STANMIX_KERNELS_INSTRUCTION_SETS_HPP

// Kernels for several instruction sets in one executable.
//
// The files in simd/ are read once for each instruction set, into a namespace of its own in which every function carries that
// set as its target, and `chosen` picks the best one that the machine has when the program starts. So a portable executable
// runs at the speed of a native one, and its objects stay compatible with all others (which -march=native breaks
// through Eigen's alignment). GCC's target_clones would be shorter, but it clones after vectors were split for the
// plain set, which costs half of the speed.
//
// STANMIX_PORTABLE leaves the plain set only: the same last digits on every machine of an architecture. With -march the
// compiler already knows the processor, so there is nothing to choose either.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#if defined(__x86_64__) && !defined(STANMIX_PORTABLE) && !defined(__AVX__)
#define STANMIX_SETS 3
#else
#define STANMIX_SETS 1
#endif

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors never cross a call that is not inlined

namespace stanmix {

/** Doubles in a vector: one AVX-512 register, two of AVX2, four of NEON or SSE2. */
constexpr std::ptrdiff_t lanes = 8;
typedef double Vec __attribute__((vector_size(sizeof(double) * lanes)));
typedef std::int64_t Int __attribute__((vector_size(sizeof(std::int64_t) * lanes)));
typedef int Counts __attribute__((vector_size(sizeof(int) * lanes)));

constexpr double infinity = std::numeric_limits<double>::infinity();

/** Vectors of eight observations in a block, at most. A block's joint densities stay in the first cache up to K = 16. */
constexpr int block_rows = 16;

/**
 * Log weights: K that all observations share, or K for each of them (N x K, column by column). With noise there is one more,
 * its log joint density, which is that of a component of log density 0.
 */
struct LogWeights {
  const double* value;
  std::ptrdiff_t N;  // rows of the matrix; 0 where all observations share the weights
  double* gradient;  // N x K, the responsibilities, or null where they are not wanted
  int noise;         // 1 with noise, else 0

  bool by_row() const { return N > 0; }
};

constexpr double half_log_two_pi = 0.91893853320467274178;

/** A scale's reciprocal, finite for every positive double, so that 0 times it is never NaN. */
inline double reciprocal(double scale) {
  return 1 / std::max(scale, 5.6e-309);
}

/** Choose among the versions of a function by what the machine has. */
template <typename Function>
Function chosen(Function plain, [[maybe_unused]] Function avx2, [[maybe_unused]] Function avx512) {
#if STANMIX_SETS == 3
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw")) {
    return avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2;
#endif
  return plain;
}

}  // namespace stanmix

/** The version of a function in the namespaces of the instruction sets for this machine. */
#if STANMIX_SETS == 3
#define STANMIX_CHOSEN(function) \
  stanmix::chosen(&stanmix::plain::function, &stanmix::avx2::function, &stanmix::avx512::function)
#else
#define STANMIX_CHOSEN(function) (&stanmix::plain::function)
#endif

#define STANMIX_KERNEL "simd/vector.hpp"
#include "each_instruction_set.hpp"
#define STANMIX_KERNEL "simd/mixture.hpp"
#include "each_instruction_set.hpp"

#endif
