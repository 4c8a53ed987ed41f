/**
 * Log joint density of one observation and each component of a beta-binomial mixture.
 *
 * @param y Observation.
 * @param trials Number of trials.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param alpha First shape of each component.
 * @param beta Second shape of each component.
 * @return Vector of the values log theta[k] + log beta_binomial(y | trials, alpha[k], beta[k]).
 */
vector beta_binomial_log_components(int y, int trials, vector log_theta, vector alpha,
                                    vector beta) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(alpha)) {
    lp[k] += beta_binomial_lpmf(y | trials, alpha[k], beta[k]);
  }
  return lp;
}
