/**
 * Log likelihood of a multivariate normal mixture with diagonal covariances, the assignments summed out:
 * sum over n of count[n] * log sum over k of theta[k] product over d of normal(y[n, d] | mu[k, d], sigma[k, d]).
 *
 * @param y Distinct observations, N x D.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param mu Component means, K of size D.
 * @param sigma Standard deviations, of size D: K of them, or one that all components share.
 * @return Log likelihood.
 */
real multi_normal_diag_mixture_lpdf(matrix y, vector count, vector log_theta, array[] vector mu,
                                    array[] vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(multi_normal_diag_log_components(y[n]', log_theta, mu, sigma));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real multi_normal_diag_mixture_lpdf(matrix y, vector count, matrix log_theta, array[] vector mu,
                                    array[] vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n]
          * log_sum_exp(multi_normal_diag_log_components(y[n]', log_theta[n]', mu, sigma));
  }
  return lp;
}

/**
 * The same with spherical covariances: one standard deviation for all columns.
 *
 * @param sigma Standard deviations: K of them, or one that all components share.
 */
real multi_normal_diag_mixture_lpdf(matrix y, vector count, vector log_theta, array[] vector mu,
                                    vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(multi_normal_diag_log_components(y[n]', log_theta, mu, sigma));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real multi_normal_diag_mixture_lpdf(matrix y, vector count, matrix log_theta, array[] vector mu,
                                    vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n]
          * log_sum_exp(multi_normal_diag_log_components(y[n]', log_theta[n]', mu, sigma));
  }
  return lp;
}
