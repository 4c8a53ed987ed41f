// Multivariate normal components: passes over the data. Read once for each instruction set.
//
// The gradient needs, for each component, the sums of r, r z and r z z' (its diagonal where covariances are diagonal), where
// z = L^-1 (y - mu) is computed in the centred form.

namespace stanmix::STANMIX_SET {

/** Read a block of observations, D x rows vectors; those beyond the data repeat the first. */
STANMIX_INLINE void read(const MatrixData& data, const Block& block, int rows, double* y) {
  for (int d = 0; d < data.D; ++d) {
    const double* column = data.y + d * data.N + block.n;
    for (int i = 0; i < rows; ++i) {
      store(y + (d * rows + i) * lanes, i < block.rows ? load(column + i * lanes, block.some(i)) : broadcast(column[0]));
    }
  }
}

/** z = inverse (y - mu) for a block: padded x rows vectors, with zeros beyond D. `difference` is room of the same size. */
template <int T>
STANMIX_INLINE void whiten(const double* y, const double* mu, const double* inverse, int D, int DP, int rows,
                           double* difference, double* z) {
  for (int d = 0; d < D; ++d) {
    for (int i = 0; i < rows; ++i) store(difference + (d * rows + i) * lanes, load(y + (d * rows + i) * lanes) - mu[d]);
  }
  constexpr int W = Register::width, R = Register::number / (2 * T) < 4 ? Register::number / (2 * T) : 4;
  const int width = rows * lanes;
  for (int a = 0; a < DP; a += T) {
    const int last = a + T < D ? a + T : D;
    for (int i = 0; i < width; i += R * W) {
      Register sum[T][R];
      for (int t = 0; t < T; ++t) {
        for (int j = 0; j < R; ++j) sum[t][j] = 0.0;
      }
      for (int b = 0; b < last; ++b) {
        Register right[R];
        for (int j = 0; j < R; ++j) right[j] = Register::from(difference + b * width + i + j * W);
        for (int t = 0; t < T; ++t) {
          const Register left = inverse[(a + t) * DP + b];
          for (int j = 0; j < R; ++j) sum[t][j] += left * right[j];
        }
      }
      for (int t = 0; t < T; ++t) {
        for (int j = 0; j < R; ++j) sum[t][j].to(z + (a + t) * width + i + j * W);
      }
    }
  }
}

/** Add the sums of r z and of r z z' (tiles on and below the diagonal) of a block. `weighted` is room for r z. */
template <int T>
STANMIX_INLINE void add_products(const Vec* r, double* z, int DP, int rows, double* weighted, double* first, double* second) {
  for (int a = 0; a < DP; ++a) {
    Vec sum = Vec{};
    for (int i = 0; i < rows; ++i) {
      double* place = z + (a * rows + i) * lanes;
      const Vec value = select(r[i] > 0.0, load(place), 0.0);  // z may be infinite where r is 0
      const Vec rz = r[i] * value;
      store(place, value);
      store(weighted + (a * rows + i) * lanes, rz);
      sum += rz;
    }
    store(first + a * lanes, load(first + a * lanes) + sum);
  }
  constexpr int C = Register::number / 8 < T ? Register::number / 8 : T;  // columns whose sums stay in registers
  const int width = rows * lanes;
  for (int a = 0; a < DP; a += T) {
    for (int b = 0; b < a + T; b += C) {
      for (int lane = 0; lane < lanes; lane += Register::width) {
        Register sum[T][C];
        for (int s = 0; s < T; ++s) {
          for (int t = 0; t < C; ++t) sum[s][t] = 0.0;
        }
        for (int i = lane; i < width; i += lanes) {
          Register right[C];
          for (int t = 0; t < C; ++t) right[t] = Register::from(z + (b + t) * width + i);
          for (int s = 0; s < T; ++s) {
            const Register left = Register::from(weighted + (a + s) * width + i);
            for (int t = 0; t < C; ++t) sum[s][t] += left * right[t];
          }
        }
        for (int s = 0; s < T; ++s) {
          for (int t = 0; t < C; ++t) {
            double* place = second + ((a + s) * DP + b + t) * lanes + lane;
            (Register::from(place) + sum[s][t]).to(place);
          }
        }
      }
    }
  }
}

/** The density of a normal component along z, as full_pass asks for it. */
struct NormalRadial {
  static constexpr int sums = 0, kept = 0;

  /**
   * Log density less its constant.
   *
   * @param k The component.
   * @param square z' z.
   * @param keep Room for `kept` vectors for weigh, block_rows vectors apart.
   */
  STANMIX_INLINE Vec log_density(int, Vec square, double*) const { return -0.5 * square; }

  /**
   * The weight of z and z z' in the gradient.
   *
   * @param k The component.
   * @param r Responsibility.
   * @param keep What log_density kept.
   * @param own The component's `sums` further sums.
   */
  STANMIX_INLINE Vec weigh(int, Vec r, const double*, Vec*) const { return r; }
};

/**
 * Run over some of the observations, with full covariances.
 *
 * @param radial The density of a component along z; see NormalRadial.
 * @param found Sums to add to: the log likelihood, then for each component those of r, of w z (padded) and w z z' (padded x
 *   padded, of which the tiles on and below the diagonal are filled), with the weights w of radial, and its further sums.
 */
template <int T, typename Radial>
STANMIX_INLINE void full_pass_in_tiles(const MatrixData& data, const double* count, std::ptrdiff_t begin, std::ptrdiff_t end,
                                       const LogWeights& weights, const MultiNormalComponents& components, const Radial& radial,
                                       double* found) {
  const int K = components.K, D = data.D, DP = (D + T - 1) / T * T;
  // A component's z stays in the first cache.
  const int rows = DP <= 16 ? 16 : DP <= 32 ? 8 : 4;
  const std::ptrdiff_t sums = 1 + DP + DP * DP + Radial::sums, room = DP * rows * lanes;
  const std::ptrdiff_t of_kept = Radial::kept * block_rows * lanes;
  std::vector<double> memory(lanes * (K * (sums + block_rows) + weights.noise * block_rows) + room * (2 + K) + of_kept * K,
                             0.0);
  double* total = memory.data();
  Block block;
  block.joint = total + lanes * K * sums;
  double* y = block.joint + lanes * (K + weights.noise) * block_rows;
  double* spare = y + room;
  double* z = spare + room;
  double* kept = z + room * K;
  Vec lp = Vec{}, of_noise = Vec{};
  for (std::ptrdiff_t n = begin; n < end; n += rows * lanes) {
    open(block, count, n, end, rows);
    read(data, block, rows, y);
    for (int k = 0; k < K; ++k) {
      whiten<T>(y, components.mu + k * D, components.inverse + k * DP * DP, D, DP, rows, spare, z + k * room);
      for (int i = 0; i < block.rows; ++i) {
        Vec square = Vec{};
        for (int a = 0; a < D; ++a) {
          const Vec value = load(z + k * room + (a * rows + i) * lanes);
          square += value * value;
        }
        put(block, weights, k, i, components.constant[k] + radial.log_density(k, square, kept + k * of_kept + i * lanes));
      }
    }
    put_noise(block, weights, K);
    normalise(block, K + weights.noise, lp);
    of_noise += noise_responsibility(block, weights, K);
    for (int k = 0; k < K; ++k) {
      Vec w[block_rows], sum = Vec{}, further[Radial::sums + 1];
      for (int j = 0; j < Radial::sums; ++j) further[j] = Vec{};
      for (int i = 0; i < rows; ++i) {
        const Vec r = i < block.rows ? responsibility(block, weights, k, i) : Vec{};
        sum += r;
        w[i] = i < block.rows ? radial.weigh(k, r, kept + k * of_kept + i * lanes, further) : Vec{};
      }
      if (!any(sum > 0.0)) continue;  // nothing of this block belongs to the component
      double* own = total + k * sums * lanes;
      store(own, load(own) + sum);
      add_products<T>(w, z + k * room, DP, rows, spare, own + lanes, own + (1 + DP) * lanes);
      for (int j = 0; j < Radial::sums; ++j) {
        double* place = own + (1 + DP + DP * DP + j) * lanes;
        store(place, load(place) + further[j]);
      }
    }
  }
  found[0] += stanmix::STANMIX_SET::sum(lp);
  for (std::ptrdiff_t i = 0; i < K * sums; ++i) found[1 + i] += stanmix::STANMIX_SET::sum(load(total + i * lanes));
  if (weights.noise) found[1 + K * sums] += stanmix::STANMIX_SET::sum(of_noise);
}

/** The same in tiles that suit the number of columns. */
template <typename Radial>
STANMIX_INLINE void full_pass(const MatrixData& data, const double* count, std::ptrdiff_t begin, std::ptrdiff_t end,
                              const LogWeights& weights, const MultiNormalComponents& components, const Radial& radial,
                              double* found) {
  switch (tile_of(data.D)) {
    case 1:
      return full_pass_in_tiles<1>(data, count, begin, end, weights, components, radial, found);
    case 2:
      return full_pass_in_tiles<2>(data, count, begin, end, weights, components, radial, found);
    default:
      return full_pass_in_tiles<4>(data, count, begin, end, weights, components, radial, found);
  }
}

STANMIX_TARGET inline void full_normal_pass(const MatrixData& data, const double* count, std::ptrdiff_t begin,
                                            std::ptrdiff_t end, const LogWeights& weights,
                                            const MultiNormalComponents& components, double* found) {
  full_pass(data, count, begin, end, weights, components, NormalRadial{}, found);
}

/**
 * Run over some of the observations, with diagonal covariances.
 *
 * @param found Sums to add to: the log likelihood, then for each component those of r, r z and r z^2.
 */
STANMIX_TARGET inline void diagonal_normal_pass(const MatrixData& data, const double* count, std::ptrdiff_t begin,
                                                std::ptrdiff_t end, const LogWeights& weights,
                                                const MultiNormalComponents& components, double* found) {
  const int K = components.K, D = data.D;
  const int rows = D <= 32 ? block_rows : 4;
  const std::ptrdiff_t sums = 1 + 2 * D;
  std::vector<double> memory(lanes * (K * (sums + block_rows) + weights.noise * block_rows + D * rows), 0.0);
  double* total = memory.data();
  Block block;
  block.joint = total + lanes * K * sums;
  double* y = block.joint + lanes * (K + weights.noise) * block_rows;
  Vec lp = Vec{}, of_noise = Vec{};
  for (std::ptrdiff_t n = begin; n < end; n += rows * lanes) {
    open(block, count, n, end, rows);
    read(data, block, rows, y);
    for (int k = 0; k < K; ++k) {
      Vec square[block_rows];
      for (int i = 0; i < block.rows; ++i) square[i] = Vec{};
      for (int d = 0; d < D; ++d) {
        const double mu = components.mu[k * D + d], precision = components.inverse[k * D + d];
        for (int i = 0; i < block.rows; ++i) {
          const Vec z = (load(y + (d * rows + i) * lanes) - mu) * precision;
          square[i] += z * z;
        }
      }
      for (int i = 0; i < block.rows; ++i) put(block, weights, k, i, components.constant[k] - 0.5 * square[i]);
    }
    put_noise(block, weights, K);
    normalise(block, K + weights.noise, lp);
    of_noise += noise_responsibility(block, weights, K);
    for (int k = 0; k < K; ++k) {
      double* own = total + k * sums * lanes;
      Vec r[block_rows], sum = Vec{};
      for (int i = 0; i < block.rows; ++i) {
        r[i] = responsibility(block, weights, k, i);
        sum += r[i];
      }
      store(own, load(own) + sum);
      for (int d = 0; d < D; ++d) {
        const double mu = components.mu[k * D + d], precision = components.inverse[k * D + d];
        Vec first = Vec{}, second = Vec{};
        for (int i = 0; i < block.rows; ++i) {
          const Vec z = select(r[i] > 0.0, (load(y + (d * rows + i) * lanes) - mu) * precision, 0.0);
          first += r[i] * z;
          second += r[i] * z * z;
        }
        double* place = own + (1 + d) * lanes;
        store(place, load(place) + first);
        store(place + D * lanes, load(place + D * lanes) + second);
      }
    }
  }
  found[0] += stanmix::STANMIX_SET::sum(lp);
  for (std::ptrdiff_t i = 0; i < K * sums; ++i) found[1 + i] += stanmix::STANMIX_SET::sum(load(total + i * lanes));
  if (weights.noise) found[1 + K * sums] += stanmix::STANMIX_SET::sum(of_noise);
}

}  // namespace stanmix::STANMIX_SET
