// Beta-binomial components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** log f = log C(trials, y) + log B(y + alpha, trials - y + beta) - log B(alpha, beta). */
struct BetaBinomialComponent {
  using Data = TrialsData;
  using Row = TrialsRow;
  static constexpr int P = 2;     // alpha, beta
  static constexpr int sums = 2;  // of r times the derivatives
  static constexpr int kept = 2;  // d log f / d alpha and d log f / d beta

  LogRising of_alpha, of_beta, of_both;

  STANMIX_TARGET explicit BetaBinomialComponent(const double* p) : of_alpha(p[0]), of_beta(p[1]), of_both(p[0] + p[1]) {}

  STANMIX_INLINE Vec log_density(const Row& row, double* kept) const {
    Vec by_alpha, by_beta, by_both;
    const Vec log_ratio = of_alpha(row.y, by_alpha) + of_beta(row.failures, by_beta) - of_both(row.y + row.failures, by_both);
    store(kept, by_alpha - by_both);
    store(kept + lanes, by_beta - by_both);
    return row.log_choose + log_ratio;
  }

  STANMIX_INLINE void add(const Row&, const double* kept, const Vec& r, Vec* sum) const {
    sum[0] += r * load(kept);
    sum[1] += r * load(kept + lanes);
  }

  void gradient(double, const double* sum, double* d) const {
    d[0] = sum[0];
    d[1] = sum[1];
  }
};

}  // namespace stanmix::STANMIX_SET
