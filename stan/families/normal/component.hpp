// Normal components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** In the centred form z = (y - mu) / sigma: the expanded one loses (mu / sigma)^2 digits. */
struct NormalComponent {
  using Data = RealData;
  using Row = RealRow;
  static constexpr int P = 2;     // mu, sigma
  static constexpr int sums = 2;  // of r z and of r z^2
  static constexpr int kept = 0;

  double mu, precision, constant;

  explicit NormalComponent(const double* p)
      : mu(p[0]), precision(reciprocal(p[1])), constant(-std::log(p[1]) - half_log_two_pi) {}

  STANMIX_INLINE Vec log_density(const Row& row, double*) const {
    const Vec z = (row.y - mu) * precision;
    return constant - 0.5 * (z * z);
  }

  STANMIX_INLINE void add(const Row& row, const double*, const Vec& r, Vec* sum) const {
    const Vec z = (row.y - mu) * precision;
    const Vec rz = select(r > 0.0, r * z, 0.0);  // z may be infinite where r is 0
    sum[0] += rz;
    sum[1] += select(r > 0.0, rz * z, 0.0);
  }

  void gradient(double r, const double* sum, double* d) const {
    d[0] = sum[0] * precision;
    d[1] = (sum[1] - r) * precision;
  }
};

}  // namespace stanmix::STANMIX_SET
