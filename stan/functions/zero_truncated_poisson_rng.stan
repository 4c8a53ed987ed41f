/**
 * Draw a count of a Poisson distribution without its 0: with the first event of a Poisson process up to the time lambda at t,
 * drawn given that there is one, the others are those from t on.
 *
 * @param lambda Rate, above 0.
 * @return Draw, at least 1.
 */
int zero_truncated_poisson_rng(real lambda) {
  real rest = lambda + log1p(uniform_rng(0, 1) * expm1(-lambda));
  // Rounding may leave no time, or less.
  return rest > 0 ? 1 + poisson_rng(rest) : 1;
}
