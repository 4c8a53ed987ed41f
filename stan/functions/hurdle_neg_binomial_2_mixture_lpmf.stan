/**
 * Log likelihood of a hurdle negative binomial mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] hurdle_neg_binomial_2(y[n] | hu[k], mu[k], phi[k]).
 * The probability of 0 is hu[k],
 * that of another y is (1 - hu[k]) neg_binomial_2(y | mu[k], phi[k]) / (1 - neg_binomial_2(0 | mu[k], phi[k])).
 *
 * @param y Distinct counts.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param hu Component probabilities of a zero.
 * @param mu Component means of the negative binomial distribution that the other counts have without its 0.
 * @param phi Component precisions: its variance is mu + mu^2 / phi.
 * @return Log likelihood.
 */
real hurdle_neg_binomial_2_mixture_lpmf(
       array[] int y,
       vector count,
       vector log_theta,
       vector hu,
       vector mu,
       vector phi
     ) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n]
          * log_sum_exp(hurdle_neg_binomial_2_log_components(y[n], log_theta, hu, mu, phi));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real hurdle_neg_binomial_2_mixture_lpmf(
       array[] int y,
       vector count,
       matrix log_theta,
       vector hu,
       vector mu,
       vector phi
     ) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n]
          * log_sum_exp(hurdle_neg_binomial_2_log_components(y[n], log_theta[n]', hu, mu, phi));
  }
  return lp;
}
