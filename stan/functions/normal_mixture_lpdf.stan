/**
 * Log likelihood of a normal mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] normal(y[n] | mu[k], sigma[k]).
 *
 * @param y Distinct observations.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param mu Component means.
 * @param sigma Component standard deviations.
 * @return Log likelihood.
 */
real normal_mixture_lpdf(vector y, vector count, vector log_theta, vector mu, vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(normal_log_components(y[n], log_theta, mu, sigma));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real normal_mixture_lpdf(vector y, vector count, matrix log_theta, vector mu, vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(normal_log_components(y[n], log_theta[n]', mu, sigma));
  }
  return lp;
}
