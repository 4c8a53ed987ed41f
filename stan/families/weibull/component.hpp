// Weibull components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** With l = log(y / sigma) and e = exp(alpha l) = (y / sigma)^alpha: log f = log(alpha / sigma) + (alpha - 1) l - e. */
struct WeibullComponent {
  using Data = PositiveData;
  using Row = PositiveRow;
  static constexpr int P = 2;     // alpha (shape), sigma (scale)
  static constexpr int sums = 2;  // of r (1 - e) and of r (1 - e) l
  static constexpr int kept = 1;  // e

  double alpha, sigma, log_sigma, constant;

  explicit WeibullComponent(const double* p)
      : alpha(p[0]), sigma(p[1]), log_sigma(std::log(sigma)), constant(std::log(alpha) - log_sigma) {}

  STANMIX_INLINE Vec log_density(const Row& row, double* kept) const {
    const Vec l = row.log_y - log_sigma;
    const Vec e = exp(alpha * l);
    store(kept, e);
    return select(e < infinity, constant + (alpha - 1.0) * l - e, -infinity);
  }

  STANMIX_INLINE void add(const Row& row, const double* kept, const Vec& r, Vec* sum) const {
    const Vec excess = select(r > 0.0, r * (1.0 - load(kept)), 0.0);  // e may be infinite where r is 0
    sum[0] += excess;
    sum[1] += excess * (row.log_y - log_sigma);
  }

  void gradient(double r, const double* sum, double* d) const {
    d[0] = r / alpha + sum[1];
    d[1] = -alpha / sigma * sum[0];
  }
};

}  // namespace stanmix::STANMIX_SET
