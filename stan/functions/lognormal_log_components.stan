/**
 * Log joint density of one observation and each component of a log-normal mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param mu Component means of log y.
 * @param sigma Component standard deviations of log y.
 * @return Vector of the values log theta[k] + log lognormal(y | mu[k], sigma[k]).
 */
vector lognormal_log_components(real y, vector log_theta, vector mu, vector sigma) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(mu)) {
    lp[k] += lognormal_lpdf(y | mu[k], sigma[k]);
  }
  return lp;
}
