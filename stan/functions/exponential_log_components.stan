/**
 * Log joint density of one observation and each component of an exponential mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param beta Component rates.
 * @return Vector of the values log theta[k] + log exponential(y | beta[k]).
 */
vector exponential_log_components(real y, vector log_theta, vector beta) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(beta)) {
    lp[k] += exponential_lpdf(y | beta[k]);
  }
  return lp;
}
