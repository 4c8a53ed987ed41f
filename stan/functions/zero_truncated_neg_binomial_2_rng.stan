/**
 * Draw a count of a negative binomial distribution without its 0. Where zeros are not too frequent, they are drawn and thrown
 * away, and also where the mean is large; else the distribution function is inverted, counting up from 1. Either takes a
 * time of 1 / P(y > 0), the latter times the mean.
 *
 * @param mu Mean of the distribution with its 0.
 * @param phi Its precision: the variance is mu + mu^2 / phi.
 * @return Draw, at least 1.
 */
int zero_truncated_neg_binomial_2_rng(real mu, real phi) {
  real log_p_zero = -phi * log1p(mu / phi);
  real p_above = -expm1(log_p_zero);
  int y = 0;
  if (p_above > 0.1 || mu > 10) {
    while (y == 0) {
      y = neg_binomial_2_rng(mu, phi);
    }
  } else {
    // What is left of u times the probability of a count above 0; rounding may leave a little to the end of the tail.
    real left = uniform_rng(0, 1) * p_above;
    real p = exp(log_p_zero) * phi * mu / (mu + phi);
    y = 1;
    while (left > p && p > 1e-18 * p_above) {
      left -= p;
      p *= (y + phi) / (y + 1) * mu / (mu + phi);
      y += 1;
    }
  }
  return y;
}
