/**
 * Log likelihood of a hurdle Poisson mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] hurdle_poisson(y[n] | hu[k], lambda[k]).
 * The probability of 0 is hu[k],
 * that of another y is (1 - hu[k]) poisson(y | lambda[k]) / (1 - poisson(0 | lambda[k])).
 *
 * @param y Distinct counts.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param hu Component probabilities of a zero.
 * @param lambda Component rates, above 0, of the Poisson distribution without 0 that the other counts have.
 * @return Log likelihood.
 */
real hurdle_poisson_mixture_lpmf(array[] int y, vector count, vector log_theta, vector hu,
                                 vector lambda) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n] * log_sum_exp(hurdle_poisson_log_components(y[n], log_theta, hu, lambda));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real hurdle_poisson_mixture_lpmf(array[] int y, vector count, matrix log_theta, vector hu,
                                 vector lambda) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n] * log_sum_exp(hurdle_poisson_log_components(y[n], log_theta[n]', hu, lambda));
  }
  return lp;
}
