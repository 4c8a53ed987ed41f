/**
 * Log joint density of one observation and each component of a negative binomial mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them.
 * @param mu Component means.
 * @param phi Component precisions: the variance is mu + mu^2 / phi.
 * @return Vector of K values log theta[k] + log neg_binomial_2(y | mu[k], phi[k]).
 */
vector neg_binomial_2_log_components(int y, vector log_theta, vector mu, vector phi) {
  int K = rows(log_theta);
  vector[K] lp = log_theta;
  for (k in 1 : K) {
    lp[k] += neg_binomial_2_lpmf(y | mu[k], phi[k]);
  }
  return lp;
}
