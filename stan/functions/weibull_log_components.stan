/**
 * Log joint density of one observation and each component of a Weibull mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param alpha Component shapes.
 * @param sigma Component scales.
 * @return Vector of the values log theta[k] + log weibull(y | alpha[k], sigma[k]).
 */
vector weibull_log_components(real y, vector log_theta, vector alpha, vector sigma) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(alpha)) {
    lp[k] += weibull_lpdf(y | alpha[k], sigma[k]);
  }
  return lp;
}
