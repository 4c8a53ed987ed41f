// Log-normal components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** A normal component of log y, with density 0 at y = 0 and at infinity. */
struct LognormalComponent {
  using Data = PositiveData;
  using Row = PositiveRow;
  static constexpr int P = 2;     // mu, sigma, of log y
  static constexpr int sums = 2;  // of r z and of r z^2, where z = (log y - mu) / sigma
  static constexpr int kept = 0;

  double mu, precision, constant;

  explicit LognormalComponent(const double* p)
      : mu(p[0]), precision(reciprocal(p[1])), constant(-std::log(p[1]) - half_log_two_pi) {}

  STANMIX_INLINE Vec log_density(const Row& row, double*) const {
    const Vec z = (row.log_y - mu) * precision;
    return select((row.y > 0.0) & (row.y < infinity), settled(constant - row.log_y - 0.5 * (z * z)), -infinity);
  }

  STANMIX_INLINE void add(const Row& row, const double*, const Vec& r, Vec* sum) const {
    const Vec z = select(r > 0.0, (row.log_y - mu) * precision, 0.0);
    sum[0] += r * z;
    sum[1] += r * z * z;
  }

  void gradient(double r, const double* sum, double* d) const {
    d[0] = sum[0] * precision;
    d[1] = (sum[1] - r) * precision;
  }
};

}  // namespace stanmix::STANMIX_SET
