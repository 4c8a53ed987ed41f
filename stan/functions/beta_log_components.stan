/**
 * Log joint density of one observation and each component of a beta mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them.
 * @param alpha First shape of each component.
 * @param beta Second shape of each component.
 * @return Vector of K values log theta[k] + log beta(y | alpha[k], beta[k]).
 */
vector beta_log_components(real y, vector log_theta, vector alpha, vector beta) {
  int K = rows(log_theta);
  vector[K] lp = log_theta;
  for (k in 1 : K) {
    lp[k] += beta_lpdf(y | alpha[k], beta[k]);
  }
  return lp;
}
