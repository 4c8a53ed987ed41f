// Products of categorical distributions: the pass over the data. Read once for each instruction set.
//
// Log f is linear in the indicators of the answers: for each observation the rows of the answers given, in a table of
// log probabilities with the components side by side, are added up, and the responsibilities are added to the same rows of
// the gradient. So eight components share a vector, not eight observations.

namespace stanmix::STANMIX_SET {

/**
 * Run over some of the observations.
 *
 * @param found Sums to add to: the log likelihood, then the responsibilities (padded), then those of the observations that
 *   gave each answer (answers x padded).
 */
STANMIX_TARGET inline void categorical_pass(const CategoricalData& data, const double* count, std::ptrdiff_t begin,
                                            std::ptrdiff_t end, const LogWeights& weights, const double* table, int K,
                                            double* found) {
  const int vectors = (K + lanes - 1) / lanes, padded = vectors * lanes;
  std::vector<double> memory(2 * padded, -infinity);  // lanes beyond K have density 0
  double* log_w = memory.data();
  double* joint = log_w + padded;
  if (!weights.by_row()) std::memcpy(log_w, weights.value, K * sizeof(double));
  double lp = 0;
  double* responsibilities = found + 1;
  double* answers = responsibilities + padded;
  for (std::ptrdiff_t n = begin; n < end; ++n) {
    const int* x = data.x + n * data.items;
    if (weights.by_row()) {
      for (int k = 0; k < K; ++k) log_w[k] = weights.value[k * weights.N + n];
    }
    Vec largest = broadcast(-infinity);
    for (int v = 0; v < vectors; ++v) {
      Vec sum = load(log_w + v * lanes);
      for (int j = 0; j < data.items; ++j) {
        if (x[j] > 0) sum += load(table + (data.first[j] + x[j] - 1) * padded + v * lanes);
      }
      store(joint + v * lanes, sum);
      largest = maximum(largest, sum);
    }
    const double shift = largest_lane(largest);
    if (!(shift > -infinity)) {
      if (count[n] > 0) lp = -infinity;
      for (int k = 0; weights.gradient != nullptr && k < K; ++k) weights.gradient[k * weights.N + n] = 0;
      continue;
    }
    Vec total = Vec{};
    for (int v = 0; v < vectors; ++v) {
      const Vec density = exp_nonpositive(load(joint + v * lanes) - shift);
      store(joint + v * lanes, density);
      total += density;
    }
    const double density = sum(total), scale = count[n] / density;
    lp += count[n] * (shift + std::log(density));
    for (int v = 0; v < vectors; ++v) {
      const Vec r = load(joint + v * lanes) * scale;
      store(responsibilities + v * lanes, load(responsibilities + v * lanes) + r);
      for (int j = 0; j < data.items; ++j) {
        if (x[j] == 0) continue;
        double* place = answers + (data.first[j] + x[j] - 1) * padded + v * lanes;
        store(place, load(place) + r);
      }
      if (weights.gradient != nullptr) {
        for (int k = v * lanes; k < K && k < (v + 1) * lanes; ++k) weights.gradient[k * weights.N + n] = joint[k] * scale;
      }
    }
  }
  found[0] += lp;
}

}  // namespace stanmix::STANMIX_SET
