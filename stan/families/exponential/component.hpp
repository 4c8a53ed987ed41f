// Exponential components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** log f = log beta - beta y. */
struct ExponentialComponent {
  using Data = RealData;
  using Row = RealRow;
  static constexpr int P = 1;     // beta (rate)
  static constexpr int sums = 1;  // of r y
  static constexpr int kept = 0;

  double beta, log_beta;

  explicit ExponentialComponent(const double* p) : beta(p[0]), log_beta(std::log(beta)) {}

  STANMIX_INLINE Vec log_density(const Row& row, double*) const { return log_beta - beta * row.y; }

  STANMIX_INLINE void add(const Row& row, const double*, const Vec& r, Vec* sum) const { sum[0] += r * row.y; }

  void gradient(double r, const double* sum, double* d) const { d[0] = r / beta - sum[0]; }
};

}  // namespace stanmix::STANMIX_SET
