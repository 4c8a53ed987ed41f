// Products of categorical distributions: the pass over the data. Read once for each instruction set.
//
// Log f is linear in the indicators of the answers: for each observation the rows of the answers given, in a table of
// log probabilities with the components side by side, are added up, and the responsibilities are added to the same rows of
// the gradient. So eight components share a vector, not eight observations.

namespace stanmix::STANMIX_SET {

/** The logarithms of eight observations' densities, taken together. */
struct EightLogs {
  Vec lp = Vec{};
  int filled = 0;
  double count[lanes], shift[lanes], density[lanes];

  STANMIX_TARGET EightLogs() { clear(); }

  STANMIX_INLINE void clear() {
    store(count, 0.0);
    store(shift, 0.0);
    store(density, 1.0);
    filled = 0;
  }

  /** Add count times (shift + log(density)), where density is from 1 to the number of components. */
  STANMIX_INLINE void add(double count_in, double shift_in, double density_in) {
    count[filled] = count_in;
    shift[filled] = shift_in;
    density[filled] = density_in;
    if (++filled == lanes) flush();
  }

  STANMIX_INLINE void flush() {
    lp += load(count) * (load(shift) + log_normal_number(load(density)));
    clear();
  }
};

/** The pass with vectors of type V, of which one is enough where V is narrower than eight doubles. */
template <class V>
STANMIX_INLINE void categorical_pass_in(const CategoricalData& data, const double* count, std::ptrdiff_t begin,
                                        std::ptrdiff_t end, const LogWeights& weights, const double* table, int K,
                                        double* found) {
  const int padded = (K + lanes - 1) / lanes * lanes, used = (K + V::width - 1) / V::width * V::width;
  std::vector<double> memory(2 * padded, -infinity);  // lanes beyond K have density 0
  double* log_w = memory.data();
  double* joint = log_w + padded;
  if (!weights.by_row()) std::memcpy(log_w, weights.value, K * sizeof(double));
  EightLogs logs;
  bool dead = false;
  double* responsibilities = found + 1;
  double* answers = responsibilities + padded;
  for (std::ptrdiff_t n = begin; n < end; ++n) {
    const int* x = data.x + n * data.items;
    if (weights.by_row()) {
      for (int k = 0; k < K; ++k) log_w[k] = weights.value[k * weights.N + n];
    }
    V largest = -infinity;
    for (int v = 0; v < used; v += V::width) {
      V sum = V::from(log_w + v);
      for (int j = 0; j < data.items; ++j) {
        if (x[j] > 0) sum += V::from(table + (data.first[j] + x[j] - 1) * padded + v);
      }
      sum.to(joint + v);
      largest = maximum(largest, sum);
    }
    const double shift = largest_lane(largest);
    if (!(shift > -infinity)) {
      dead = dead || count[n] > 0;
      for (int k = 0; weights.gradient != nullptr && k < K; ++k) weights.gradient[k * weights.N + n] = 0;
      continue;
    }
    V total = 0.0;
    for (int v = 0; v < used; v += V::width) {
      const V density = exp_nonpositive(V::from(joint + v) - shift);
      density.to(joint + v);
      total += density;
    }
    const double density = sum(total), scale = count[n] / density;
    logs.add(count[n], shift, density);
    for (int v = 0; v < used; v += V::width) {
      const V r = V::from(joint + v) * scale;
      (V::from(responsibilities + v) + r).to(responsibilities + v);
      for (int j = 0; j < data.items; ++j) {
        if (x[j] == 0) continue;
        double* place = answers + (data.first[j] + x[j] - 1) * padded + v;
        (V::from(place) + r).to(place);
      }
    }
    for (int k = 0; weights.gradient != nullptr && k < K; ++k) weights.gradient[k * weights.N + n] = joint[k] * scale;
  }
  logs.flush();
  found[0] += dead ? -infinity : sum(logs.lp);
}

/**
 * Run over some of the observations.
 *
 * @param found Sums to add to: the log likelihood, then the responsibilities (padded), then those of the observations that
 *   gave each answer (answers x padded).
 */
STANMIX_TARGET inline void categorical_pass(const CategoricalData& data, const double* count, std::ptrdiff_t begin,
                                            std::ptrdiff_t end, const LogWeights& weights, const double* table, int K,
                                            double* found) {
#if STANMIX_WIDTH < 8
  if (K <= Register::width) return categorical_pass_in<Register>(data, count, begin, end, weights, table, K, found);
#endif
#if STANMIX_WIDTH < 4
  if (K <= 2 * Register::width) return categorical_pass_in<Pair<Register>>(data, count, begin, end, weights, table, K, found);
#endif
  categorical_pass_in<Vec>(data, count, begin, end, weights, table, K, found);
}

}  // namespace stanmix::STANMIX_SET
