#include zero_truncated_poisson_rng.stan

/**
 * Draw a count whose zeros have a probability of their own.
 *
 * @param hu Probability of a zero.
 * @param lambda Rate, above 0, of the Poisson distribution without 0 that the other counts have.
 * @return Draw.
 */
int hurdle_poisson_rng(real hu, real lambda) {
  // Not by a conditional expression: a call in one of its branches is wrong where stanc inlines both functions.
  int y = 0;
  if (bernoulli_rng(hu) == 0) {
    y = zero_truncated_poisson_rng(lambda);
  }
  return y;
}
