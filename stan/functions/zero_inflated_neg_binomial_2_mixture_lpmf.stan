/**
 * Log likelihood of a zero-inflated negative binomial mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] zero_inflated_neg_binomial_2(y[n] | zi[k], mu[k], phi[k]).
 * The probability of 0 is zi[k] + (1 - zi[k]) neg_binomial_2(0 | mu[k], phi[k]),
 * that of another y is (1 - zi[k]) neg_binomial_2(y | mu[k], phi[k]).
 *
 * @param y Distinct counts.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param zi Component probabilities of a zero beside those of the negative binomial distribution.
 * @param mu Component means of that distribution.
 * @param phi Component precisions: its variance is mu + mu^2 / phi.
 * @return Log likelihood.
 */
real zero_inflated_neg_binomial_2_mixture_lpmf(
       array[] int y,
       vector count,
       vector log_theta,
       vector zi,
       vector mu,
       vector phi
     ) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n]
          * log_sum_exp(
                        zero_inflated_neg_binomial_2_log_components(y[n], log_theta, zi, mu, phi));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real zero_inflated_neg_binomial_2_mixture_lpmf(
       array[] int y,
       vector count,
       matrix log_theta,
       vector zi,
       vector mu,
       vector phi
     ) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n]
          * log_sum_exp(
                        zero_inflated_neg_binomial_2_log_components(y[n], log_theta[n]', zi, mu,
                          phi));
  }
  return lp;
}
