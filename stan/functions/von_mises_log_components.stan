/**
 * Log joint density of one observation and each component of a von Mises mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them.
 * @param mu Component mean directions.
 * @param kappa Component concentrations; one of 0 is the uniform distribution.
 * @return Vector of K values log theta[k] + log von_mises(y | mu[k], kappa[k]).
 */
vector von_mises_log_components(real y, vector log_theta, vector mu, vector kappa) {
  int K = rows(log_theta);
  vector[K] lp = log_theta;
  for (k in 1 : K) {
    lp[k] += von_mises_lpdf(y | mu[k], kappa[k]);
  }
  return lp;
}
