/**
 * Log likelihood of a Weibull mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] weibull(y[n] | alpha[k], sigma[k]).
 *
 * @param y Distinct observations, above 0.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param alpha Component shapes.
 * @param sigma Component scales.
 * @return Log likelihood.
 */
real weibull_mixture_lpdf(vector y, vector count, vector log_theta, vector alpha, vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(weibull_log_components(y[n], log_theta, alpha, sigma));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real weibull_mixture_lpdf(vector y, vector count, matrix log_theta, vector alpha, vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(weibull_log_components(y[n], log_theta[n]', alpha, sigma));
  }
  return lp;
}
