/**
 * Draw a count with zeros beside those of a Poisson distribution.
 *
 * @param zi Probability of a zero beside those of the Poisson distribution.
 * @param lambda Rate.
 * @return Draw.
 */
int zero_inflated_poisson_rng(real zi, real lambda) {
  // Not by a conditional expression: a call in one of its branches is wrong where stanc inlines both functions.
  int y = 0;
  if (bernoulli_rng(zi) == 0) {
    y = poisson_rng(lambda);
  }
  return y;
}
