// Beta components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** log f = (alpha - 1) log y + (beta - 1) log(1 - y) - log B(alpha, beta). */
struct BetaComponent {
  using Data = UnitData;
  using Row = UnitRow;
  static constexpr int P = 2;     // alpha, beta (shapes)
  static constexpr int sums = 2;  // of r log y and of r log(1 - y)
  static constexpr int kept = 0;

  double alpha, beta, constant;

  explicit BetaComponent(const double* p) : alpha(p[0]), beta(p[1]), constant(-stan::math::lbeta(alpha, beta)) {}

  STANMIX_INLINE Vec log_density(const Row& row, double*) const {
    return constant + (alpha - 1.0) * row.log_y + (beta - 1.0) * row.log_1m_y;
  }

  STANMIX_INLINE void add(const Row& row, const double*, const Vec& r, Vec* sum) const {
    sum[0] += r * row.log_y;
    sum[1] += r * row.log_1m_y;
  }

  void gradient(double r, const double* sum, double* d) const {
    const double of_both = stan::math::digamma(alpha + beta);
    d[0] = sum[0] + r * (of_both - stan::math::digamma(alpha));
    d[1] = sum[1] + r * (of_both - stan::math::digamma(beta));
  }
};

}  // namespace stanmix::STANMIX_SET
