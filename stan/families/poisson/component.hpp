// Poisson components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** log f = y log lambda - lambda - log y!; a rate of 0 is a component of zeros. */
struct PoissonComponent {
  using Data = CountData;
  using Row = CountRow;
  static constexpr int P = 1;     // lambda
  static constexpr int sums = 1;  // of r y
  static constexpr int kept = 0;

  double lambda, log_lambda;

  explicit PoissonComponent(const double* p) : lambda(p[0]), log_lambda(std::log(lambda)) {}

  STANMIX_INLINE Vec log_density(const Row& row, double*) const {
    return select(row.y > 0.0, row.y * log_lambda, 0.0) - lambda - row.log_factorial;
  }

  STANMIX_INLINE void add(const Row& row, const double*, const Vec& r, Vec* sum) const { sum[0] += r * row.y; }

  void gradient(double r, const double* sum, double* d) const { d[0] = (lambda > 0 ? sum[0] / lambda : 0) - r; }

  /** log f(0). */
  double log_zero() const { return -lambda; }

  /** Its gradient. */
  void zero_gradient(double* d) const { d[0] = -1; }
};

}  // namespace stanmix::STANMIX_SET
