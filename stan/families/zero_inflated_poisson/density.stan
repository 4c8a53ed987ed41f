/**
 * Log probability of a count with zeros beside those of a Poisson distribution:
 * that of 0 is zi + (1 - zi) poisson(0 | lambda), that of another y is (1 - zi) poisson(y | lambda).
 *
 * @param y Count.
 * @param zi Probability of a zero beside those of the Poisson distribution.
 * @param lambda Rate; one of 0 gives zeros alone.
 * @return Log probability.
 */
real zero_inflated_poisson_lpmf(int y, real zi, real lambda) {
  real of_base = poisson_lpmf(y | lambda);
  return y == 0 ? log_mix(zi, 0, of_base) : log1m(zi) + of_base;
}
