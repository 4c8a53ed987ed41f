/**
 * Log likelihood of a von Mises mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] von_mises(y[n] | mu[k], kappa[k]).
 *
 * @param y Distinct observations, angles in radians.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param mu Component mean directions.
 * @param kappa Component concentrations; one of 0 is the uniform distribution.
 * @return Log likelihood.
 */
real von_mises_mixture_lpdf(vector y, vector count, vector log_theta, vector mu, vector kappa) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(von_mises_log_components(y[n], log_theta, mu, kappa));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real von_mises_mixture_lpdf(vector y, vector count, matrix log_theta, vector mu, vector kappa) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(von_mises_log_components(y[n], log_theta[n]', mu, kappa));
  }
  return lp;
}
