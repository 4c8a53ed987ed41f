/**
 * Log joint density of one observation and each component of a von Mises mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param mu Component mean directions.
 * @param kappa Component concentrations; one of 0 is the uniform distribution.
 * @return Vector of the values log theta[k] + log von_mises(y | mu[k], kappa[k]).
 */
vector von_mises_log_components(real y, vector log_theta, vector mu, vector kappa) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(mu)) {
    lp[k] += von_mises_lpdf(y | mu[k], kappa[k]);
  }
  return lp;
}
