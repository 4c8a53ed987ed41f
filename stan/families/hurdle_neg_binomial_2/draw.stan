#include zero_truncated_neg_binomial_2_rng.stan

/**
 * Draw a count whose zeros have a probability of their own.
 *
 * @param hu Probability of a zero.
 * @param mu Mean of the negative binomial distribution that the other counts have without its 0.
 * @param phi Its precision: its variance is mu + mu^2 / phi.
 * @return Draw.
 */
int hurdle_neg_binomial_2_rng(real hu, real mu, real phi) {
  // Not by a conditional expression: a call in one of its branches is wrong where stanc inlines both functions.
  int y = 0;
  if (bernoulli_rng(hu) == 0) {
    y = zero_truncated_neg_binomial_2_rng(mu, phi);
  }
  return y;
}
