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
// Vectors have eight doubles in all of them, in one register or in several (simd/vector.hpp). So AVX2 and AVX-512, which both
// have fused multiplication and addition, give the same bits.
//
// STANMIX_INSTRUCTIONS in the environment names a set, to measure or test it. STANMIX_PORTABLE leaves the plain set only:
// SSE2, or NEON on Arm. With -march the compiler already knows the processor, so there is nothing to choose either.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__x86_64__) && !defined(STANMIX_PORTABLE) && !defined(__AVX__)
#define STANMIX_SETS 3
#else
#define STANMIX_SETS 1
#endif

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors never cross a call that is not inlined

namespace stanmix {

/** Doubles in a vector, whatever the width of the registers: so sums have one order. */
constexpr std::ptrdiff_t lanes = 8;

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

/** The instruction sets that kernels may be compiled for. The plain one is what every processor of an architecture has. */
enum class InstructionSet { plain, avx2, avx512 };
constexpr const char* instruction_set_names[] = {"plain", "avx2", "avx512"};

/** Whether this executable has kernels for an instruction set, and the machine has the set. */
inline bool is_available(InstructionSet set) {
  if (set == InstructionSet::plain) return true;
#if STANMIX_SETS == 3
  if (set == InstructionSet::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw");
#else
  return false;
#endif
}

/** The last of the instruction sets that is available, or the one that STANMIX_INSTRUCTIONS in the environment names. */
inline InstructionSet find_instruction_set() {
  const char* wanted = std::getenv("STANMIX_INSTRUCTIONS");
  InstructionSet best = InstructionSet::plain;
  std::string available;
  for (const InstructionSet set : {InstructionSet::plain, InstructionSet::avx2, InstructionSet::avx512}) {
    if (!is_available(set)) continue;
    const char* name = instruction_set_names[static_cast<int>(set)];
    if (wanted != nullptr && std::strcmp(wanted, name) == 0) return set;
    best = set;
    available += (available.empty() ? "" : ", ") + std::string(name);
  }
  if (wanted == nullptr || *wanted == 0) return best;
  // Not a domain error, which Stan would take for a point without density.
  throw std::runtime_error("STANMIX_INSTRUCTIONS is '" + std::string(wanted) +
                           "', but this program has on this machine: " + available + ". Name one of these in it, or unset it.");
}

/** The instruction set whose kernels run, the same as long as the process lives. */
inline InstructionSet instruction_set() {
  static const InstructionSet set = find_instruction_set();
  return set;
}

/** Choose among the versions of a function. */
template <typename Function>
Function chosen(Function plain, Function avx2, Function avx512) {
  const InstructionSet set = instruction_set();
  return set == InstructionSet::avx512 ? avx512 : set == InstructionSet::avx2 ? avx2 : plain;
}

}  // namespace stanmix

/** The version of a function in the namespaces of the instruction sets for this machine. */
#if STANMIX_SETS == 3
#define STANMIX_CHOSEN(function) \
  stanmix::chosen(&stanmix::plain::function, &stanmix::avx2::function, &stanmix::avx512::function)
#else
#define STANMIX_CHOSEN(function) \
  stanmix::chosen(&stanmix::plain::function, &stanmix::plain::function, &stanmix::plain::function)
#endif

#define STANMIX_KERNEL "simd/vector.hpp"
#include "each_instruction_set.hpp"
#define STANMIX_KERNEL "simd/mixture.hpp"
#include "each_instruction_set.hpp"

#endif
