/**
 * Log likelihood of a zero-inflated Poisson mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] zero_inflated_poisson(y[n] | zi[k], lambda[k]).
 * The probability of 0 is zi[k] + (1 - zi[k]) poisson(0 | lambda[k]),
 * that of another y is (1 - zi[k]) poisson(y | lambda[k]).
 *
 * @param y Distinct counts.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param zi Component probabilities of a zero beside those of the Poisson distribution.
 * @param lambda Component rates; one of 0 is a component of zeros.
 * @return Log likelihood.
 */
real zero_inflated_poisson_mixture_lpmf(
       array[] int y,
       vector count,
       vector log_theta,
       vector zi,
       vector lambda
     ) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n]
          * log_sum_exp(zero_inflated_poisson_log_components(y[n], log_theta, zi, lambda));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real zero_inflated_poisson_mixture_lpmf(
       array[] int y,
       vector count,
       matrix log_theta,
       vector zi,
       vector lambda
     ) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n]
          * log_sum_exp(zero_inflated_poisson_log_components(y[n], log_theta[n]', zi, lambda));
  }
  return lp;
}
