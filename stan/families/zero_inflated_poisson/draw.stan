/**
 * Draw a count with zeros beside those of a Poisson distribution.
 *
 * @param zi Probability of a zero beside those of the Poisson distribution.
 * @param lambda Rate.
 * @return Draw.
 */
int zero_inflated_poisson_rng(real zi, real lambda) {
  return bernoulli_rng(zi) ? 0 : poisson_rng(lambda);
}
