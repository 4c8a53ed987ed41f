// Binomial components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** log f = log C(trials, y) + y log p + (trials - y) log(1 - p), with p from 0 to 1. */
struct BinomialComponent {
  using Data = TrialsData;
  using Row = TrialsRow;
  static constexpr int P = 1;     // p, the probability of a success
  static constexpr int sums = 2;  // of r y and of r (trials - y)
  static constexpr int kept = 0;

  double p, log_p, log_q;

  explicit BinomialComponent(const double* parameter) : p(parameter[0]), log_p(std::log(p)), log_q(std::log1p(-p)) {}

  STANMIX_INLINE Vec log_density(const Row& row, double*) const {
    return row.log_choose + select(row.y > 0.0, row.y * log_p, 0.0) + select(row.failures > 0.0, row.failures * log_q, 0.0);
  }

  STANMIX_INLINE void add(const Row& row, const double*, const Vec& r, Vec* sum) const {
    sum[0] += r * row.y;
    sum[1] += r * row.failures;
  }

  void gradient(double, const double* sum, double* d) const {
    d[0] = (sum[0] > 0 ? sum[0] / p : 0) - (sum[1] > 0 ? sum[1] / (1 - p) : 0);
  }
};

}  // namespace stanmix::STANMIX_SET
