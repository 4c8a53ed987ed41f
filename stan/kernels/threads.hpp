#ifndef STANMIX_KERNELS_THREADS_HPP
#define STANMIX_KERNELS_THREADS_HPP

// The threads of one chain, and sums over the data whose last digits do not depend on how many they are.

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <thread>
#include <vector>

namespace stanmix {

/** Threads that a chain may use: STAN_NUM_THREADS as CmdStan reads it (-1: all of the machine), 1 where it is not set. */
inline int threads_per_chain() {
  static const int threads = [] {
    const char* text = std::getenv("STAN_NUM_THREADS");
    const int wanted = text == nullptr ? 1 : std::atoi(text);
    return wanted == -1 ? static_cast<int>(std::thread::hardware_concurrency()) : std::max(wanted, 1);
  }();
  return threads;
}

/** Observations that one task runs over. It does not depend on the number of threads, hence neither do the sums. */
constexpr std::ptrdiff_t grain = 2048;

/**
 * Add up what `pass` finds in fixed pieces of 0 to N, in their order, by one thread or by many with the same bits.
 *
 * @param N Number of observations.
 * @param size Number of sums.
 * @param pass Function (begin, end, sums): adds those of the observations from begin to end to sums, which are 0 at first.
 * @return Sums over all observations.
 */
template <class Pass>
std::vector<double> sum_over(std::ptrdiff_t N, std::size_t size, const Pass& pass) {
  const std::ptrdiff_t pieces = (N + grain - 1) / grain;
  std::vector<double> total(size, 0.0);
  const auto add = [&](const double* piece) {
    for (std::size_t i = 0; i < size; ++i) total[i] += piece[i];
  };
  if (threads_per_chain() == 1 || pieces < 2) {
    std::vector<double> piece(size);
    for (std::ptrdiff_t p = 0; p < pieces; ++p) {
      std::fill(piece.begin(), piece.end(), 0.0);
      pass(p * grain, std::min(N, (p + 1) * grain), piece.data());
      add(piece.data());
    }
    return total;
  }
  // Only doubles cross threads: Stan's autodiff needs no STAN_THREADS for this.
  static tbb::task_arena arena(threads_per_chain());
  std::vector<double> found(pieces * size, 0.0);
  arena.execute([&] {
    tbb::parallel_for(std::ptrdiff_t{0}, pieces,
                      [&](std::ptrdiff_t p) { pass(p * grain, std::min(N, (p + 1) * grain), found.data() + p * size); });
  });
  for (std::ptrdiff_t p = 0; p < pieces; ++p) add(found.data() + p * size);
  return total;
}

}  // namespace stanmix

#endif
