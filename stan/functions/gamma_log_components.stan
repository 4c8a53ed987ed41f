/**
 * Log joint density of one observation and each component of a gamma mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them.
 * @param alpha Component shapes.
 * @param beta Component rates.
 * @return Vector of K values log theta[k] + log gamma(y | alpha[k], beta[k]).
 */
vector gamma_log_components(real y, vector log_theta, vector alpha, vector beta) {
  int K = rows(log_theta);
  vector[K] lp = log_theta;
  for (k in 1 : K) {
    lp[k] += gamma_lpdf(y | alpha[k], beta[k]);
  }
  return lp;
}
