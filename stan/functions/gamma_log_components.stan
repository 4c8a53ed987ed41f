/**
 * Log joint density of one observation and each component of a gamma mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param alpha Component shapes.
 * @param beta Component rates.
 * @return Vector of the values log theta[k] + log gamma(y | alpha[k], beta[k]).
 */
vector gamma_log_components(real y, vector log_theta, vector alpha, vector beta) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(alpha)) {
    lp[k] += gamma_lpdf(y | alpha[k], beta[k]);
  }
  return lp;
}
