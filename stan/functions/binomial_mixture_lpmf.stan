/**
 * Log likelihood of a binomial mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] binomial(y[n] | trials[n], p[k]).
 *
 * @param y Distinct numbers of successes.
 * @param count How often each of them was observed, or its weight.
 * @param trials Number of trials of each.
 * @param log_theta Log weights, K of them.
 * @param p Component probabilities of a success.
 * @return Log likelihood.
 */
real binomial_mixture_lpmf(array[] int y, vector count, array[] int trials, vector log_theta,
                           vector p) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n] * log_sum_exp(binomial_log_components(y[n], trials[n], log_theta, p));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real binomial_mixture_lpmf(array[] int y, vector count, array[] int trials, matrix log_theta,
                           vector p) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n] * log_sum_exp(binomial_log_components(y[n], trials[n], log_theta[n]', p));
  }
  return lp;
}
