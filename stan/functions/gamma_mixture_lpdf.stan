/**
 * Log likelihood of a gamma mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] gamma(y[n] | alpha[k], beta[k]).
 *
 * @param y Distinct observations, above 0.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param alpha Component shapes.
 * @param beta Component rates.
 * @return Log likelihood.
 */
real gamma_mixture_lpdf(vector y, vector count, vector log_theta, vector alpha, vector beta) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(gamma_log_components(y[n], log_theta, alpha, beta));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real gamma_mixture_lpdf(vector y, vector count, matrix log_theta, vector alpha, vector beta) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(gamma_log_components(y[n], log_theta[n]', alpha, beta));
  }
  return lp;
}
