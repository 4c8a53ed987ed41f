// Student-t components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** With z = (y - mu) / sigma: log f = constant - (nu + 1) / 2 log(1 + z^2 / nu). */
struct StudentTComponent {
  using Data = RealData;
  using Row = RealRow;
  static constexpr int P = 3;     // nu, mu, sigma
  static constexpr int sums = 3;  // of r z / (nu + z^2), of r z^2 / (nu + z^2), and of r log(1 + z^2 / nu)
  static constexpr int kept = 1;  // log(1 + z^2 / nu)

  double nu, mu, precision, constant;

  explicit StudentTComponent(const double* p)
      : nu(p[0]),
        mu(p[1]),
        precision(reciprocal(p[2])),
        constant(stan::math::lgamma(0.5 * (nu + 1)) - stan::math::lgamma(0.5 * nu) - 0.5 * std::log(nu * stan::math::pi()) -
                 std::log(p[2])) {}

  STANMIX_INLINE Vec log_density(const Row& row, double* kept) const {
    const Vec z = (row.y - mu) * precision;
    const Vec tail = log_1p(z * z / nu);
    store(kept, tail);
    return constant - 0.5 * (nu + 1) * tail;
  }

  STANMIX_INLINE void add(const Row& row, const double* kept, const Vec& r, Vec* sum) const {
    const Vec z = select(r > 0.0, (row.y - mu) * precision, 0.0);  // which may be infinite where r is 0
    const Vec w = 1.0 / (nu + z * z);
    sum[0] += r * z * w;
    sum[1] += r * (1.0 - nu * w);
    sum[2] += select(r > 0.0, r * load(kept), 0.0);
  }

  void gradient(double r, const double* sum, double* d) const {
    const double constants = stan::math::digamma(0.5 * (nu + 1)) - stan::math::digamma(0.5 * nu) - 1 / nu;
    d[0] = 0.5 * (r * constants - sum[2] + (nu + 1) / nu * sum[1]);
    d[1] = (nu + 1) * sum[0] * precision;
    d[2] = ((nu + 1) * sum[1] - r) * precision;
  }
};

}  // namespace stanmix::STANMIX_SET
