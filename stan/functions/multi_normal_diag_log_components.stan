/**
 * Log joint density of one observation and each component of a normal mixture with diagonal covariances.
 *
 * @param y Observation, of size D.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param mu Component means, K of size D.
 * @param sigma Standard deviations, of size D: K of them, or one that all components share.
 * @return Vector of the values log theta[k] + sum over d of log normal(y[d] | mu[k, d], sigma[k, d]).
 */
vector multi_normal_diag_log_components(vector y, vector log_theta, array[] vector mu,
                                        array[] vector sigma) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : size(mu)) {
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
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : size(mu)) {
    lp[k] += normal_lpdf(y | mu[k], sigma[size(sigma) == 1 ? 1 : k]);
  }
  return lp;
}
