/**
 * Log joint density of one observation and each component of a multivariate normal mixture.
 *
 * @param y Observation, of size D.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param mu Component means, K of size D.
 * @param L Cholesky factors of the covariances, D x D: K of them, or one that all components share.
 * @return Vector of the values log theta[k] + log multi_normal(y | mu[k], L[k] * L[k]').
 */
vector multi_normal_log_components(vector y, vector log_theta, array[] vector mu,
                                   array[] matrix L) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : size(mu)) {
    lp[k] += multi_normal_cholesky_lpdf(y | mu[k], L[size(L) == 1 ? 1 : k]);
  }
  return lp;
}
