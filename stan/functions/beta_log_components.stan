/**
 * Log joint density of one observation and each component of a beta mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param alpha First shape of each component.
 * @param beta Second shape of each component.
 * @return Vector of the values log theta[k] + log beta(y | alpha[k], beta[k]).
 */
vector beta_log_components(real y, vector log_theta, vector alpha, vector beta) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(alpha)) {
    lp[k] += beta_lpdf(y | alpha[k], beta[k]);
  }
  return lp;
}
