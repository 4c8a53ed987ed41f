// Negative binomial components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/**
 * With mean mu and variance mu + mu^2 / phi, as in Stan's neg_binomial_2:
 * log f = log Gamma(y + phi) - log Gamma(phi) - log y! + y log mu + phi log phi - (y + phi) log(mu + phi).
 *
 * The terms in phi grow as phi log phi and cancel. So from phi = 32 on they are taken together: with a = y + phi and
 * l = log(a / (mu + phi)) = log1p((y - mu) / (mu + phi)), log f = a l - log1p(y / phi) / 2 + y log mu - y - log y! +
 * stirling(a) - stirling(phi). Below it, log Gamma(a) and digamma(a) are those of a + 16, where Stirling's series
 * converges, less log a (a + 1) ... (a + 15) and its derivative; 1 / phi - 1 / a is taken together too.
 */
struct NegBinomial2Component {
  using Data = CountData;
  using Row = CountRow;
  static constexpr int P = 2;     // mu, phi
  static constexpr int sums = 2;  // of r y and of r d log f / d phi
  static constexpr int kept = 1;  // d log f / d phi

  double mu, phi, log_mu, total, constant, slope;

  STANMIX_TARGET explicit NegBinomial2Component(const double* p)
      : mu(p[0]),
        phi(p[1]),
        log_mu(std::log(mu)),
        total(mu + phi),
        constant(large() ? -stirling(phi) : phi * std::log(phi) - stan::math::lgamma(phi) + half_log_two_pi - 16 - phi),
        slope(large() ? -digamma_tail(phi) : std::log(phi) - std::log(total) - stan::math::digamma(phi + 1)) {}

  STANMIX_INLINE bool large() const { return phi >= 32; }

  STANMIX_INLINE Vec log_density(const Row& row, double* kept) const {
    const Vec a = row.y + phi;
    const Vec shared = row.y * (log_mu - 1.0) - row.log_factorial + constant;
    const Vec excess = (row.y - mu) / total;  // 1 - a / (mu + phi) with the sign turned
    if (large()) {
      const Vec l = log_1p(excess);
      store(kept, slope + l + digamma_tail(a) - excess);
      return shared + a * l - 0.5 * log_1p(row.y / phi) + stirling(a);
    }
    Vec derivative;
    const Vec product = product_to_15(a, derivative);
    const Vec far = a + 16.0, log_far = log_normal_number(far);
    store(kept, slope + log_far + digamma_tail(far) - derivative / product + row.y / a / phi - excess);
    return shared + a * log_normal_number(far / total) + 15.5 * log_far + stirling(far) - log_normal_number(a * product);
  }

  STANMIX_INLINE void add(const Row& row, const double* kept, const Vec& r, Vec* sum) const {
    sum[0] += r * row.y;
    sum[1] += r * load(kept);
  }

  void gradient(double r, const double* sum, double* d) const {
    d[0] = (sum[0] * (phi / mu) - r * phi) / total;
    d[1] = sum[1];
  }

  /** log f(0). */
  double log_zero() const { return -phi * log_ratio(); }

  /** Its gradient. */
  void zero_gradient(double* d) const {
    d[0] = -phi / total;
    d[1] = mu / total - log_ratio();
  }

 private:
  /** log((mu + phi) / phi), where mu / phi may overflow. */
  double log_ratio() const { return mu < 1e16 * phi ? std::log1p(mu / phi) : log_mu - std::log(phi); }
};

}  // namespace stanmix::STANMIX_SET
