/**
 * Log joint density of one observation and each component of a binomial mixture.
 *
 * @param y Observation.
 * @param trials Number of trials.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param p Component probabilities of a success.
 * @return Vector of the values log theta[k] + log binomial(y | trials, p[k]).
 */
vector binomial_log_components(int y, int trials, vector log_theta, vector p) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(p)) {
    lp[k] += binomial_lpmf(y | trials, p[k]);
  }
  return lp;
}
