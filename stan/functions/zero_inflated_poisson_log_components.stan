/**
 * Log joint density of one observation and each component of a zero-inflated Poisson mixture.
 * The probability of 0 is zi[k] + (1 - zi[k]) poisson(0 | lambda[k]),
 * that of another y is (1 - zi[k]) poisson(y | lambda[k]).
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param zi Component probabilities of a zero beside those of the Poisson distribution.
 * @param lambda Component rates; one of 0 is a component of zeros.
 * @return Vector of the values log theta[k] + log zero_inflated_poisson(y | zi[k], lambda[k]).
 */
vector zero_inflated_poisson_log_components(int y, vector log_theta, vector zi, vector lambda) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(zi)) {
    real of_base = poisson_lpmf(y | lambda[k]);
    lp[k] += y == 0 ? log_mix(zi[k], 0, of_base) : log1m(zi[k]) + of_base;
  }
  return lp;
}
