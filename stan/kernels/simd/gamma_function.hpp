// log Gamma and digamma of vectors. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

/** log Gamma(x) = (x - 1/2) log x - x + 1/2 log 2 pi + stirling(x), to 1e-16 for x >= 16 (Abramowitz and Stegun 6.1.41). */
template <typename Number>
STANMIX_INLINE Number stirling(const Number& x) {
  const Number q = 1.0 / (x * x);
  return (1.0 / 12 + q * (-1.0 / 360 + q * (1.0 / 1260 + q * (-1.0 / 1680 + q * (1.0 / 1188 - q * (691.0 / 360360)))))) / x;
}

/** digamma(x) - log x, to 1e-16 for x >= 16 (Abramowitz and Stegun 6.3.18). */
template <typename Number>
STANMIX_INLINE Number digamma_tail(const Number& x) {
  const Number q = 1.0 / (x * x);
  return -0.5 / x -
         q * (1.0 / 12 - q * (1.0 / 120 - q * (1.0 / 252 - q * (1.0 / 240 - q * (1.0 / 132 - q * (691.0 / 32760))))));
}

/** (x + 1) (x + 2) ... (x + 15), by which Gamma(x + 1) and Gamma(x + 16) differ, and its derivative. */
STANMIX_INLINE Vec product_to_15(const Vec& x, Vec& derivative) {
  Vec product = x + 1.0;
  derivative = 1.0;
  for (int j = 2; j < 16; ++j) {
    derivative = derivative * (x + double(j)) + product;
    product *= x + double(j);
  }
  return product;
}

/**
 * log Gamma(a + x) - log Gamma(a) for a > 0 and x >= 0, and its derivative by a.
 *
 * Both terms grow as a log a and cancel. So from a = 16 on they are taken together: with b = a + x and l = log1p(x / a), it is
 * (b - 1/2) l + x log a - x + stirling(b) - stirling(a). Below it, log Gamma(b) and digamma(b) are those of b + 16, where
 * Stirling's series converges, less log b (b + 1) ... (b + 15) and its derivative; 1 / a - 1 / b is taken together too.
 */
struct LogRising {
  double a, log_a, constant, slope;

  STANMIX_TARGET explicit LogRising(double a)
      : a(a),
        log_a(std::log(a)),
        constant(large() ? -stirling(a) : half_log_two_pi - 16 - a - stan::math::lgamma(a)),
        slope(large() ? -digamma_tail(a) : -stan::math::digamma(a + 1)) {}

  STANMIX_INLINE bool large() const { return a >= 16; }

  STANMIX_INLINE Vec operator()(const Vec& x, Vec& derivative) const {
    const Vec b = a + x;
    if (large()) {
      const Vec l = log_1p(x / a);
      derivative = slope + l + digamma_tail(b);
      return (b - 0.5) * l + x * (log_a - 1.0) + stirling(b) + constant;
    }
    Vec product_derivative;
    const Vec product = product_to_15(b, product_derivative);
    const Vec far = b + 16.0, log_far = log_normal_number(far);
    derivative = slope + log_far + digamma_tail(far) - product_derivative / product + x / b / a;
    return (b + 15.5) * log_far - x + stirling(far) - log_normal_number(b * product) + constant;
  }
};

}  // namespace stanmix::STANMIX_SET
