// Von Mises components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/**
 * log f = kappa cos(y - mu) - log(2 pi I0(kappa)).
 *
 * With s and c the sine and cosine of (y - mu) / 2, by those of y / 2 and mu / 2, it is -2 kappa s^2 - log(2 pi I0(kappa)
 * exp(-kappa)): for large kappa, cos(y - mu) and log I0(kappa) / kappa are both near 1 and would lose log10(kappa) digits.
 * The derivative by kappa, cos(y - mu) - I1(kappa) / I0(kappa), is 1 - I1(kappa) / I0(kappa) - 2 s^2 likewise.
 */
struct VonMisesComponent {
  using Data = AngleData;
  using Row = AngleRow;
  static constexpr int P = 2;     // mu, kappa; a concentration of 0 is the uniform distribution
  static constexpr int sums = 2;  // of r s c and of r s^2
  static constexpr int kept = 0;

  double kappa, cos_half, sin_half, constant, slope;

  explicit VonMisesComponent(const double* p) : kappa(p[1]), cos_half(std::cos(0.5 * p[0])), sin_half(std::sin(0.5 * p[0])) {
    double term = 1, sum = 0, other = 0;
    if (kappa < 20) {  // the power series: of I0(kappa) - 1, and of I1(kappa) = kappa / 2 (1 + ...)
      const double q = 0.25 * kappa * kappa;
      for (int i = 1; term > 1e-17 * sum; ++i) {
        term *= q / (double(i) * i);
        sum += term;
        other += term / (i + 1);
      }
      constant = kappa - 2 * half_log_two_pi - std::log1p(sum);
      slope = 1 - 0.5 * kappa * (1 + other) / (1 + sum);
    } else {  // Hankel's series of sqrt(2 pi kappa) exp(-kappa) times I0(kappa) - 1, and times I0(kappa) - I1(kappa)
      for (int i = 1; term > 1e-17; ++i) {
        term *= (2.0 * i - 1) * (2.0 * i - 1) / (8 * kappa * i);
        sum += term;
        other += term * 4 * i / (2 * i - 1);
      }
      constant = 0.5 * std::log(kappa) - half_log_two_pi - std::log1p(sum);
      slope = other / (1 + sum);
    }
  }

  STANMIX_INLINE Vec log_density(const Row& row, double*) const {
    const Vec s = row.sin_half * cos_half - row.cos_half * sin_half;
    return constant - (2.0 * kappa) * (s * s);
  }

  STANMIX_INLINE void add(const Row& row, const double*, const Vec& r, Vec* sum) const {
    const Vec s = row.sin_half * cos_half - row.cos_half * sin_half;
    const Vec c = row.cos_half * cos_half + row.sin_half * sin_half;
    sum[0] += r * s * c;
    sum[1] += r * s * s;
  }

  void gradient(double r, const double* sum, double* d) const {
    d[0] = 2 * kappa * sum[0];
    d[1] = r * slope - 2 * sum[1];
  }
};

}  // namespace stanmix::STANMIX_SET
