/**
 * Log joint density of one observation and each component of a hurdle negative binomial mixture.
 * The probability of 0 is hu[k],
 * that of another y is (1 - hu[k]) neg_binomial_2(y | mu[k], phi[k]) / (1 - neg_binomial_2(0 | mu[k], phi[k])).
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param hu Component probabilities of a zero.
 * @param mu Component means of the negative binomial distribution that the other counts have without its 0.
 * @param phi Component precisions: its variance is mu + mu^2 / phi.
 * @return Vector of the values log theta[k] + log hurdle_neg_binomial_2(y | hu[k], mu[k], phi[k]).
 */
vector hurdle_neg_binomial_2_log_components(
         int y,
         vector log_theta,
         vector hu,
         vector mu,
         vector phi
       ) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(hu)) {
    if (y == 0) {
      lp[k] += log(hu[k]);
    } else {
      lp[k] += log1m(hu[k]) + neg_binomial_2_lpmf(y | mu[k], phi[k])
               - log1m_exp(neg_binomial_2_lpmf(0 | mu[k], phi[k]));
    }
  }
  return lp;
}
