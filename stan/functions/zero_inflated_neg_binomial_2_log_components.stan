/**
 * Log joint density of one observation and each component of a zero-inflated negative binomial mixture.
 * The probability of 0 is zi[k] + (1 - zi[k]) neg_binomial_2(0 | mu[k], phi[k]),
 * that of another y is (1 - zi[k]) neg_binomial_2(y | mu[k], phi[k]).
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param zi Component probabilities of a zero beside those of the negative binomial distribution.
 * @param mu Component means of that distribution.
 * @param phi Component precisions: its variance is mu + mu^2 / phi.
 * @return Vector of the values log theta[k] + log zero_inflated_neg_binomial_2(y | zi[k], mu[k], phi[k]).
 */
vector zero_inflated_neg_binomial_2_log_components(
         int y,
         vector log_theta,
         vector zi,
         vector mu,
         vector phi
       ) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(zi)) {
    real of_base = neg_binomial_2_lpmf(y | mu[k], phi[k]);
    lp[k] += y == 0 ? log_mix(zi[k], 0, of_base) : log1m(zi[k]) + of_base;
  }
  return lp;
}
