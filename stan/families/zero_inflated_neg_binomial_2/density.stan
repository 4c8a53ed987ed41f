/**
 * Log probability of a count with zeros beside those of a negative binomial distribution: that of 0 is
 * zi + (1 - zi) neg_binomial_2(0 | mu, phi), that of another y is (1 - zi) neg_binomial_2(y | mu, phi).
 *
 * @param y Count.
 * @param zi Probability of a zero beside those of the negative binomial distribution.
 * @param mu Mean of that distribution.
 * @param phi Its precision: its variance is mu + mu^2 / phi.
 * @return Log probability.
 */
real zero_inflated_neg_binomial_2_lpmf(int y, real zi, real mu, real phi) {
  real of_base = neg_binomial_2_lpmf(y | mu, phi);
  return y == 0 ? log_mix(zi, 0, of_base) : log1m(zi) + of_base;
}
