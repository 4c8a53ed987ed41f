// Log likelihood of a finite mixture with the assignments summed out, and its gradient, in one pass over the data.
//
//   log p(y) = sum_n c_n log sum_k w_k f_k(y_n)          r_nk = c_n w_k f_k(y_n) / sum_j w_j f_j(y_n)
//   d / d log w_k = sum_n r_nk                           d / d phi_k = sum_n r_nk  d log f_k(y_n) / d phi_k
//
// The pass runs in doubles over blocks of observations, eight in each vector, and keeps K (1 + P) sums; nothing of the size of
// the data is allocated. Stan's autodiff sees one node with the gradient of all parameters.
//
// Here is what all families share: the weights, and the step from log joint densities to responsibilities.

namespace stanmix::STANMIX_SET {

/** A block of observations on its way from log joint densities to responsibilities. */
struct Block {
  int rows;                 // vectors in this block
  std::ptrdiff_t n;         // its first observation
  std::ptrdiff_t size;      // observations
  double* joint;            // K x block_rows x lanes: log w_k f_k(y), then w_k f_k(y) up to a factor of each observation; noise
  Vec count[block_rows];    // 0 in lanes beyond the data
  Vec largest[block_rows];  // of the log joint densities
  Vec scale[block_rows];    // what turns `joint` into responsibilities

  STANMIX_INLINE double* place(int k, int i) const { return joint + (k * block_rows + i) * lanes; }
  /** Observations in vector i. */
  STANMIX_INLINE std::ptrdiff_t some(int i) const { return size - i * lanes < lanes ? size - i * lanes : lanes; }
};

/** Begin the block at observation n. */
STANMIX_INLINE void open(Block& block, const double* count, std::ptrdiff_t n, std::ptrdiff_t end, int rows) {
  block.n = n;
  block.size = end - n < rows * lanes ? end - n : rows * lanes;
  block.rows = (block.size + lanes - 1) / lanes;
  for (int i = 0; i < block.rows; ++i) {
    block.largest[i] = -infinity;
    if (block.some(i) == lanes) {
      block.count[i] = load(count + n + i * lanes);
    } else {
      double copy[lanes] = {};
      for (int j = 0; j < block.some(i); ++j) copy[j] = count[n + i * lanes + j];
      block.count[i] = load(copy);
    }
  }
}

/** Put the log density of component k for vector i of the block into its place, with the log weight added. */
STANMIX_INLINE void put(Block& block, const LogWeights& weights, int k, int i, const Vec& log_density) {
  const Vec log_w =
      weights.by_row() ? load(weights.value + k * weights.N + block.n + i * lanes, block.some(i)) : broadcast(weights.value[k]);
  const Vec joint = log_w + log_density;
  store(block.place(k, i), joint);
  block.largest[i] = maximum(joint, block.largest[i]);
}

/** Put the log joint density of noise into its place, after those of K components. */
STANMIX_INLINE void put_noise(Block& block, const LogWeights& weights, int K) {
  for (int i = 0; weights.noise && i < block.rows; ++i) put(block, weights, K, i, Vec{});
}

/**
 * Turn log joint densities into densities and scales, and add the block's log likelihood.
 *
 * An observation to which every component gives density 0 makes the log likelihood -inf and adds nothing to any other sum:
 * never NaN. Where all counts are 1 the densities of a block are multiplied and one logarithm is taken: 16 numbers between
 * 1 and K neither overflow nor lose digits.
 *
 * @param block The block.
 * @param K Number of components, noise among them.
 * @param lp Log likelihood to add to, eight lanes.
 */
STANMIX_INLINE void normalise(Block& block, int K, Vec& lp) {
  Vec total[block_rows];
  Mask dead = {}, repeated = {};
  for (int i = 0; i < block.rows; ++i) {
    total[i] = Vec{};
    dead = dead | ((block.largest[i] == -infinity) & (block.count[i] > 0.0));
    repeated = repeated | ((block.count[i] != 1.0) & (block.count[i] != 0.0));
    block.largest[i] = select(block.largest[i] > -infinity, block.largest[i], 0.0);
  }
  if (K == 2) {  // the larger density is 1: half of the work
    for (int i = 0; i < block.rows; ++i) {
      const Vec first = load(block.place(0, i)), second = load(block.place(1, i));
      const Vec density = exp_nonpositive(minimum(first, second) - block.largest[i]);
      const Vec of_first = select(first < block.largest[i], density, 1.0);
      const Vec of_second = select(second < block.largest[i], density, 1.0);
      store(block.place(0, i), of_first);
      store(block.place(1, i), of_second);
      total[i] = of_first + of_second;
    }
  } else {
    for (int k = 0; k < K; ++k) {
      for (int i = 0; i < block.rows; ++i) {
        const Vec density = exp_nonpositive(load(block.place(k, i)) - block.largest[i]);
        store(block.place(k, i), density);
        total[i] += density;
      }
    }
  }
  Vec product = 1.0;
  for (int i = 0; i < block.rows; ++i) {
    block.scale[i] = select(total[i] > 0.0, block.count[i] / total[i], 0.0);
    lp += block.count[i] * block.largest[i];
    total[i] = select(block.count[i] > 0.0, maximum(total[i], 1.0), 1.0);
  }
  if (any(repeated)) {
    for (int i = 0; i < block.rows; ++i) lp += block.count[i] * log_normal_number(total[i]);
  } else {
    for (int i = 0; i < block.rows; ++i) product *= total[i];
    lp += log_normal_number(product);
  }
  if (any(dead)) lp += -infinity;
}

/** Responsibilities of component k, with the counts as factors, for vector i of a block. */
STANMIX_INLINE Vec responsibility(const Block& block, const LogWeights& weights, int k, int i) {
  const Vec r = load(block.place(k, i)) * block.scale[i];
  if (weights.gradient != nullptr) {
    double* place = weights.gradient + k * weights.N + block.n + i * lanes;
    if (block.some(i) == lanes) {
      store(place, r);
    } else {
      double copy[lanes];
      store(copy, r);
      for (int j = 0; j < block.some(i); ++j) place[j] = copy[j];
    }
  }
  return r;
}

/** Responsibilities of noise in a block, which stands after K components. */
STANMIX_INLINE Vec noise_responsibility(const Block& block, const LogWeights& weights, int K) {
  Vec sum = Vec{};
  for (int i = 0; weights.noise && i < block.rows; ++i) sum += responsibility(block, weights, K, i);
  return sum;
}

}  // namespace stanmix::STANMIX_SET
