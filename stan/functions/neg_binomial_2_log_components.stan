/**
 * Log joint density of one observation and each component of a negative binomial mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param mu Component means.
 * @param phi Component precisions: the variance is mu + mu^2 / phi.
 * @return Vector of the values log theta[k] + log neg_binomial_2(y | mu[k], phi[k]).
 */
vector neg_binomial_2_log_components(int y, vector log_theta, vector mu, vector phi) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(mu)) {
    lp[k] += neg_binomial_2_lpmf(y | mu[k], phi[k]);
  }
  return lp;
}
