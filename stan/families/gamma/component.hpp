// Gamma components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** log f = alpha log beta - log Gamma(alpha) + (alpha - 1) log y - beta y. */
struct GammaComponent {
  using Data = PositiveData;
  using Row = PositiveRow;
  static constexpr int P = 2;     // alpha (shape), beta (rate)
  static constexpr int sums = 2;  // of r log y and of r y
  static constexpr int kept = 0;

  double alpha, beta, constant;

  explicit GammaComponent(const double* p)
      : alpha(p[0]), beta(p[1]), constant(alpha * std::log(beta) - stan::math::lgamma(alpha)) {}

  STANMIX_INLINE Vec log_density(const Row& row, double*) const { return constant + (alpha - 1.0) * row.log_y - beta * row.y; }

  STANMIX_INLINE void add(const Row& row, const double*, const Vec& r, Vec* sum) const {
    sum[0] += r * row.log_y;
    sum[1] += r * row.y;
  }

  void gradient(double r, const double* sum, double* d) const {
    d[0] = sum[0] + r * (std::log(beta) - stan::math::digamma(alpha));
    d[1] = r * alpha / beta - sum[1];
  }
};

}  // namespace stanmix::STANMIX_SET
