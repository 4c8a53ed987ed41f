// Skew normal components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/**
 * log(2 Phi(t)) of the standard normal distribution, and phi(t) / Phi(t).
 *
 * With u = |t| / sqrt 2, 2 Phi(t) is exp(-u^2) times the scaled erfc(u) below 0, where the factor never underflows because its
 * logarithm is added, and 2 less that product above 0.
 */
STANMIX_INLINE Vec log_twice_normal_cdf(const Vec& t, Vec& ratio) {
  const Vec u = minimum(maximum(t, -t) * 0.70710678118654752440, 1e150);
  const Vec square = u * u, scaled = scaled_erfc(u), decay = exp_nonpositive(-square);
  const Vec twice = select(t > 0.0, settled(2.0 - decay * scaled), scaled);
  ratio = 0.79788456080286535588 * select(t > 0.0, decay, 1.0) / twice;  // the square root of 2 / pi
  return log_normal_number(twice) - select(t > 0.0, 0.0, square);
}

/** With z = (y - xi) / omega: log f = log(phi(z) / omega) + log(2 Phi(alpha z)), and m = phi(alpha z) / Phi(alpha z). */
struct SkewNormalComponent {
  using Data = RealData;
  using Row = RealRow;
  static constexpr int P = 3;     // xi (location), omega (scale), alpha (shape)
  static constexpr int sums = 4;  // of r z, of r z^2, of r m and of r z m
  static constexpr int kept = 1;  // m

  double xi, precision, alpha, constant;

  explicit SkewNormalComponent(const double* p)
      : xi(p[0]), precision(reciprocal(p[1])), alpha(p[2]), constant(-std::log(p[1]) - half_log_two_pi) {}

  /** z, bounded so that 0 times it is never NaN; its square still overflows. */
  STANMIX_INLINE Vec standardised(const Row& row) const { return maximum(minimum((row.y - xi) * precision, 1e160), -1e160); }

  STANMIX_INLINE Vec log_density(const Row& row, double* kept) const {
    const Vec z = standardised(row);
    Vec m;
    const Vec skewed = log_twice_normal_cdf(alpha * z, m);
    store(kept, m);
    return constant - 0.5 * (z * z) + skewed;
  }

  STANMIX_INLINE void add(const Row& row, const double* kept, const Vec& r, Vec* sum) const {
    const Vec z = select(r > 0.0, standardised(row), 0.0);
    const Vec rz = r * z, m = load(kept);
    sum[0] += rz;
    sum[1] += rz * z;
    sum[2] += r * m;
    sum[3] += rz * m;
  }

  void gradient(double r, const double* sum, double* d) const {
    d[0] = (sum[0] - alpha * sum[2]) * precision;
    d[1] = (sum[1] - alpha * sum[3] - r) * precision;
    d[2] = sum[3];
  }
};

}  // namespace stanmix::STANMIX_SET
