/**
 * Draw a count with zeros beside those of a negative binomial distribution.
 *
 * @param zi Probability of a zero beside those of the negative binomial distribution.
 * @param mu Mean of that distribution.
 * @param phi Its precision: its variance is mu + mu^2 / phi.
 * @return Draw.
 */
int zero_inflated_neg_binomial_2_rng(real zi, real mu, real phi) {
  // Not by a conditional expression: a call in one of its branches is wrong where stanc inlines both functions.
  int y = 0;
  if (bernoulli_rng(zi) == 0) {
    y = neg_binomial_2_rng(mu, phi);
  }
  return y;
}
