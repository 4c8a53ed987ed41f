// Multivariate Student-t components: the pass over the data. Read once for each instruction set, after multi_normal.hpp.
//
// With z = L^-1 (y - mu) and q = z' z, log f = constant - (nu + D) / 2 log(1 + q / nu). Its gradient by mu and L is the normal
// one with r (nu + D) / (nu + q) in place of the responsibility r, and by nu it needs the sums of r log(1 + q / nu) and of
// r q / (nu + q).

namespace stanmix::STANMIX_SET {

/**
 * Run over some of the observations.
 *
 * @param found Sums to add to: the log likelihood, then for each component those of r, of w z (padded) and w z z' (padded x
 *   padded, of which the tiles on and below the diagonal are filled) with w = r (nu + D) / (nu + q), of r log(1 + q / nu), and
 * of r q / (nu + q).
 */
template <int T>
STANMIX_INLINE void full_t_pass(const MatrixData& data, const double* count, std::ptrdiff_t begin, std::ptrdiff_t end,
                                const LogWeights& weights, const MultiStudentTComponents& components, double* found) {
  const int K = components.normal.K, D = data.D, DP = (D + T - 1) / T * T;
  // A component's z stays in the first cache.
  const int rows = DP <= 16 ? 16 : DP <= 32 ? 8 : 4;
  const std::ptrdiff_t sums = 3 + DP + DP * DP, room = DP * rows * lanes, of_tails = 2 * block_rows * lanes;
  std::vector<double> memory(lanes * (K * (sums + block_rows) + weights.noise * block_rows) + room * (2 + K) + of_tails * K,
                             0.0);
  double* total = memory.data();
  Block block;
  block.joint = total + lanes * K * sums;
  double* y = block.joint + lanes * (K + weights.noise) * block_rows;
  double* spare = y + room;
  double* z = spare + room;
  double* tails = z + room * K;  // of each component: log(1 + q / nu), then 1 / (nu + q)
  Vec lp = Vec{}, of_noise = Vec{};
  for (std::ptrdiff_t n = begin; n < end; n += rows * lanes) {
    open(block, count, n, end, rows);
    read(data, block, rows, y);
    for (int k = 0; k < K; ++k) {
      const double nu = components.nu[k];
      whiten<T>(y, components.normal.mu + k * D, components.normal.inverse + k * DP * DP, D, DP, rows, spare, z + k * room);
      for (int i = 0; i < block.rows; ++i) {
        Vec square = Vec{};
        for (int a = 0; a < D; ++a) {
          const Vec value = load(z + k * room + (a * rows + i) * lanes);
          square += value * value;
        }
        const Vec tail = log_1p(square / nu);
        store(tails + k * of_tails + i * lanes, tail);
        store(tails + k * of_tails + (block_rows + i) * lanes, 1.0 / (nu + square));
        put(block, weights, k, i, components.normal.constant[k] - 0.5 * (nu + D) * tail);
      }
    }
    put_noise(block, weights, K);
    normalise(block, K + weights.noise, lp);
    of_noise += noise_responsibility(block, weights, K);
    for (int k = 0; k < K; ++k) {
      const double nu = components.nu[k];
      double* own = total + k * sums * lanes;
      Vec w[block_rows], sum = Vec{}, of_log = Vec{}, of_share = Vec{};
      for (int i = 0; i < rows; ++i) {
        const Vec r = i < block.rows ? responsibility(block, weights, k, i) : Vec{};
        const Vec inverse = i < block.rows ? load(tails + k * of_tails + (block_rows + i) * lanes) : Vec{};
        const Vec tail = i < block.rows ? load(tails + k * of_tails + i * lanes) : Vec{};
        w[i] = r * (nu + D) * inverse;
        sum += r;
        of_log += r > 0.0 ? r * tail : Vec{};  // which may be infinite where r is 0
        of_share += r * (1.0 - nu * inverse);
      }
      if (!any(sum > 0.0)) continue;  // nothing of this block belongs to the component
      store(own, load(own) + sum);
      add_products<T>(w, z + k * room, DP, rows, spare, own + lanes, own + (1 + DP) * lanes);
      double* last = own + (1 + DP + DP * DP) * lanes;
      store(last, load(last) + of_log);
      store(last + lanes, load(last + lanes) + of_share);
    }
  }
  found[0] += stanmix::STANMIX_SET::sum(lp);
  for (std::ptrdiff_t i = 0; i < K * sums; ++i) found[1 + i] += stanmix::STANMIX_SET::sum(load(total + i * lanes));
  if (weights.noise) found[1 + K * sums] += stanmix::STANMIX_SET::sum(of_noise);
}

STANMIX_TARGET inline void full_student_t_pass(const MatrixData& data, const double* count, std::ptrdiff_t begin,
                                               std::ptrdiff_t end, const LogWeights& weights,
                                               const MultiStudentTComponents& components, double* found) {
  switch (tile_of(data.D)) {
    case 1:
      return full_t_pass<1>(data, count, begin, end, weights, components, found);
    case 2:
      return full_t_pass<2>(data, count, begin, end, weights, components, found);
    default:
      return full_t_pass<4>(data, count, begin, end, weights, components, found);
  }
}

}  // namespace stanmix::STANMIX_SET
