/**
 * Log joint density of one observation and each component of a normal mixture with diagonal covariances.
 *
 * @param y Observation, of size D.
 * @param log_theta Log weights, K of them.
 * @param mu Component means, K of size D.
 * @param sigma Standard deviations, of size D: K of them, or one that all components share.
 * @return Vector of K values log theta[k] + sum over d of log normal(y[d] | mu[k, d], sigma[k, d]).
 */
vector multi_normal_diag_log_components(vector y, vector log_theta, array[] vector mu,
                                        array[] vector sigma) {
  int K = rows(log_theta);
  vector[K] lp = log_theta;
  for (k in 1 : K) {
    lp[k] += normal_lpdf(y | mu[k], sigma[size(sigma) == 1 ? 1 : k]);
  }
  return lp;
}

/**
 * The same with spherical covariances: one standard deviation for all columns.
 *
 * @param sigma Standard deviations: K of them, or one that all components share.
 */
vector multi_normal_diag_log_components(vector y, vector log_theta, array[] vector mu,
                                        vector sigma) {
  int K = rows(log_theta);
  vector[K] lp = log_theta;
  for (k in 1 : K) {
    lp[k] += normal_lpdf(y | mu[k], sigma[size(sigma) == 1 ? 1 : k]);
  }
  return lp;
}
