/**
 * Log joint density of one observation and each component of an exponential mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them.
 * @param beta Component rates.
 * @return Vector of K values log theta[k] + log exponential(y | beta[k]).
 */
vector exponential_log_components(real y, vector log_theta, vector beta) {
  int K = rows(log_theta);
  vector[K] lp = log_theta;
  for (k in 1 : K) {
    lp[k] += exponential_lpdf(y | beta[k]);
  }
  return lp;
}
