/**
 * Log likelihood of a beta-binomial mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] beta_binomial(y[n] | trials[n], alpha[k], beta[k]).
 *
 * @param y Distinct numbers of successes.
 * @param count How often each of them was observed, or its weight.
 * @param trials Number of trials of each.
 * @param log_theta Log weights, K of them.
 * @param alpha First shape of each component.
 * @param beta Second shape of each component.
 * @return Log likelihood.
 */
real beta_binomial_mixture_lpmf(array[] int y, vector count, array[] int trials,
                                vector log_theta, vector alpha, vector beta) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n]
          * log_sum_exp(beta_binomial_log_components(y[n], trials[n], log_theta, alpha, beta));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real beta_binomial_mixture_lpmf(array[] int y, vector count, array[] int trials,
                                matrix log_theta, vector alpha, vector beta) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n]
          * log_sum_exp(
                        beta_binomial_log_components(y[n], trials[n], log_theta[n]', alpha, beta));
  }
  return lp;
}
