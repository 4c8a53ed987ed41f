/**
 * Log probability of a count whose zeros have a probability of their own:
 * that of 0 is hu, that of another y is (1 - hu) poisson(y | lambda) / (1 - poisson(0 | lambda)).
 *
 * @param y Count.
 * @param hu Probability of a zero.
 * @param lambda Rate, above 0, of the Poisson distribution without 0 that the other counts have.
 * @return Log probability.
 */
real hurdle_poisson_lpmf(int y, real hu, real lambda) {
  if (y == 0) {
    return log(hu);
  }
  return log1m(hu) + poisson_lpmf(y | lambda) - log1m_exp(poisson_lpmf(0 | lambda));
}
