// Mixtures of distributions of single numbers: the pass over the data. Read once for each instruction set.
//
// A component struct (../../families/normal/component.hpp is the simplest) has
//   Data                the observations, of which `row(data, n, some)` reads eight from the n-th on
//   P, sums, kept       numbers of its parameters, of the sums that its gradient needs beside that of the responsibilities,
//                       and of vectors that the log density leaves for the gradient
//   Component(p)        from the values of its parameters
//   log_density(row, kept), add(row, kept, r, sum), and gradient(r, sum, d) once all observations are added

namespace stanmix::STANMIX_SET {

/**
 * Run over some of the observations.
 *
 * @param data The observations.
 * @param count How often each was observed.
 * @param begin, end The first observation to run over, and the one after the last.
 * @param weights Log weights.
 * @param parameters P values for each of the components.
 * @param K Number of components.
 * @param found Sums to add to: the log likelihood, then for each component its responsibilities and its own sums, then the
 *   responsibilities of noise.
 */
template <class Component>
STANMIX_TARGET void elementwise_pass(const typename Component::Data& data, const double* count, std::ptrdiff_t begin,
                                     std::ptrdiff_t end, const LogWeights& weights, const double* parameters, int K,
                                     double* found) {
  constexpr int sums = 1 + Component::sums, kept = Component::kept;
  std::vector<double> memory(lanes * (K * (sums + block_rows * (1 + kept)) + weights.noise * block_rows), 0.0);
  double* total = memory.data();  // K x sums x lanes
  double* spare = total + lanes * (K * (sums + block_rows) + weights.noise * block_rows);
  Block block;
  block.joint = total + lanes * K * sums;
  Vec lp = Vec{}, of_noise = Vec{};
  typename Component::Row rows[block_rows];
  std::vector<Component> components;
  components.reserve(K);
  for (int k = 0; k < K; ++k) components.emplace_back(parameters + k * Component::P);
  for (std::ptrdiff_t n = begin; n < end; n += block_rows * lanes) {
    open(block, count, n, end, block_rows);
    for (int i = 0; i < block.rows; ++i) rows[i] = row(data, n + i * lanes, block.some(i));
    for (int k = 0; k < K; ++k) {
      const Component component = components[k];
      for (int i = 0; i < block.rows; ++i) {
        put(block, weights, k, i, component.log_density(rows[i], spare + (k * block_rows + i) * kept * lanes));
      }
    }
    put_noise(block, weights, K);
    normalise(block, K + weights.noise, lp);
    of_noise += noise_responsibility(block, weights, K);
    for (int k = 0; k < K; ++k) {
      const Component component = components[k];
      Vec sum_r = Vec{}, sum[Component::sums];
      for (int s = 0; s < Component::sums; ++s) sum[s] = Vec{};
      for (int i = 0; i < block.rows; ++i) {
        const Vec r = responsibility(block, weights, k, i);
        sum_r += r;
        component.add(rows[i], spare + (k * block_rows + i) * kept * lanes, r, sum);
      }
      double* place = total + k * sums * lanes;
      store(place, load(place) + sum_r);
      for (int s = 0; s < Component::sums; ++s) {
        place += lanes;
        store(place, load(place) + sum[s]);
      }
    }
  }
  found[0] += stanmix::STANMIX_SET::sum(lp);
  for (int i = 0; i < K * sums; ++i) found[1 + i] += stanmix::STANMIX_SET::sum(load(total + i * lanes));
  if (weights.noise) found[1 + K * sums] += stanmix::STANMIX_SET::sum(of_noise);
}

}  // namespace stanmix::STANMIX_SET
