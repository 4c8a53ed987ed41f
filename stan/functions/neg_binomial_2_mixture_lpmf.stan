/**
 * Log likelihood of a negative binomial mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] neg_binomial_2(y[n] | mu[k], phi[k]).
 *
 * @param y Distinct counts.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param mu Component means.
 * @param phi Component precisions: the variance is mu + mu^2 / phi.
 * @return Log likelihood.
 */
real neg_binomial_2_mixture_lpmf(array[] int y, vector count, vector log_theta, vector mu,
                                 vector phi) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n] * log_sum_exp(neg_binomial_2_log_components(y[n], log_theta, mu, phi));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real neg_binomial_2_mixture_lpmf(array[] int y, vector count, matrix log_theta, vector mu,
                                 vector phi) {
  real lp = 0;
  for (n in 1 : size(y)) {
    lp += count[n] * log_sum_exp(neg_binomial_2_log_components(y[n], log_theta[n]', mu, phi));
  }
  return lp;
}
