/**
 * Log likelihood of an exponential mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] exponential(y[n] | beta[k]).
 *
 * @param y Distinct observations, 0 or above.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param beta Component rates.
 * @return Log likelihood.
 */
real exponential_mixture_lpdf(vector y, vector count, vector log_theta, vector beta) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(exponential_log_components(y[n], log_theta, beta));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real exponential_mixture_lpdf(vector y, vector count, matrix log_theta, vector beta) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(exponential_log_components(y[n], log_theta[n]', beta));
  }
  return lp;
}
