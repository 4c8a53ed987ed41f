/**
 * Log probability of a count whose zeros have a probability of their own: that of 0 is hu,
 * that of another y is (1 - hu) neg_binomial_2(y | mu, phi) / (1 - neg_binomial_2(0 | mu, phi)).
 *
 * @param y Count.
 * @param hu Probability of a zero.
 * @param mu Mean of the negative binomial distribution that the other counts have without its 0.
 * @param phi Its precision: its variance is mu + mu^2 / phi.
 * @return Log probability.
 */
real hurdle_neg_binomial_2_lpmf(int y, real hu, real mu, real phi) {
  if (y == 0) {
    return log(hu);
  }
  return log1m(hu) + neg_binomial_2_lpmf(y | mu, phi)
         - log1m_exp(neg_binomial_2_lpmf(0 | mu, phi));
}
