#ifndef STANMIX_KERNELS_MIXTURE_HPP
#define STANMIX_KERNELS_MIXTURE_HPP

// Log likelihood of a finite mixture with the assignments summed out, and its gradient, in one pass over the data.
//
//   log p(y) = sum_n c_n log sum_k w_k f_k(y_n)          r_nk = c_n w_k f_k(y_n) / sum_j w_j f_j(y_n)
//   d / d log w_k = sum_n r_nk                           d / d phi_k = sum_n r_nk  d log f_k(y_n) / d phi_k
//
// The pass runs in doubles, eight observations at a time, and keeps K (1 + P) sums; nothing of the size of the data is
// allocated. Stan's autodiff sees one node with the gradient of all parameters.

#include "simd.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace stanmix {

/** Sums over the data from which a family makes the gradient. */
struct MixtureSums {
  double lp = 0;
  std::vector<double> responsibility;  // K values: sum of r_nk
  std::vector<double> scores;          // P x K values, component by component: the family's own sums

  MixtureSums(int components, int sums) : responsibility(components), scores(components * sums) {}
};

namespace internal {

/** What the pass needs beside the data: eight lanes of every sum, and of the log joint densities of eight observations. */
template <class Component>
struct Workspace {
  std::vector<double> memory;
  double* lp;              // lanes
  double* joint;           // K x lanes
  double* responsibility;  // K x lanes
  double* scores;          // K x P x lanes

  explicit Workspace(std::size_t K) : memory(lanes * (1 + K * (2 + Component::sums)), 0.0) {
    lp = memory.data();
    joint = lp + lanes;
    responsibility = joint + lanes * K;
    scores = responsibility + lanes * K;
  }
};

STANMIX_INLINE void store(double* place, const Vec& v) { std::memcpy(place, &v, sizeof(v)); }

/**
 * Add eight observations.
 *
 * Lanes beyond the data have count 0 and a y that occurs in them, so that they add 0. Where every component has density 0
 * the row's log likelihood is -inf and it adds nothing to the sums: never NaN.
 */
template <class Component>
STANMIX_INLINE void add(const Vec& y, const Vec& count, const double* log_w, const Component* components, int K,
                        Workspace<Component>& work) {
  const Vec minus_infinity = broadcast(-std::numeric_limits<double>::infinity());
  Vec largest = minus_infinity;
  for (int k = 0; k < K; ++k) {
    const Vec joint = log_w[k] + components[k].log_density(y);
    store(work.joint + k * lanes, joint);
    largest = maximum(joint, largest);
  }
  const Vec shift = largest > minus_infinity ? largest : Vec{};
  Vec total = Vec{};
  for (int k = 0; k < K; ++k) {
    const Vec density = exp_nonpositive(load(work.joint + k * lanes) - shift);
    store(work.joint + k * lanes, density);
    total += density;
  }
  const Vec row = largest > minus_infinity ? largest + log_from_one(maximum(total, broadcast(1.0))) : minus_infinity;
  store(work.lp, load(work.lp) + (count > 0.0 ? count * row : Vec{}));
  const Vec scale = total > 0.0 ? count / total : Vec{};
  for (int k = 0; k < K; ++k) {
    const Vec r = load(work.joint + k * lanes) * scale;
    double* responsibility = work.responsibility + k * lanes;
    store(responsibility, load(responsibility) + r);
    components[k].add(y, r, work.scores + k * Component::sums * lanes);
  }
}

}  // namespace internal

/**
 * Run over observations.
 *
 * @param y Observations, N of them.
 * @param count How often each was observed.
 * @param N Number of observations, at least 1.
 * @param log_w Log weights, K of them.
 * @param components Components, K of them.
 * @param K Number of components.
 * @param work Sums of eight lanes to add to.
 */
template <class Component>
STANMIX_INLINE void pass(const double* y, const int* count, std::ptrdiff_t N, const double* log_w,
                         const Component* components, int K, internal::Workspace<Component>& work) {
  std::ptrdiff_t n = 0;
  for (; n + lanes <= N; n += lanes) {
    Vec weight;
    for (int i = 0; i < lanes; ++i) weight[i] = count[n + i];
    internal::add(load(y + n), weight, log_w, components, K, work);
  }
  if (n < N) {
    Vec rest = broadcast(y[n]), weight = Vec{};
    for (int i = 0; n + i < N; ++i) {
      rest[i] = y[n + i];
      weight[i] = count[n + i];
    }
    internal::add(rest, weight, log_w, components, K, work);
  }
}

/** Add up the lanes. Of a log likelihood of -inf every sum is 0, so that its gradient is 0. */
template <class Component>
MixtureSums collect(const internal::Workspace<Component>& work, int K) {
  MixtureSums result(K, Component::sums);
  result.lp = sum(load(work.lp));
  if (!(result.lp > -std::numeric_limits<double>::infinity())) {
    result.lp = -std::numeric_limits<double>::infinity();
    return result;
  }
  for (int k = 0; k < K; ++k) result.responsibility[k] = sum(load(work.responsibility + k * lanes));
  for (int i = 0; i < K * Component::sums; ++i) result.scores[i] = sum(load(work.scores + i * lanes));
  return result;
}

}  // namespace stanmix

#endif
