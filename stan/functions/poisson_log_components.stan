/**
 * Log joint density of one observation and each component of a Poisson mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them.
 * @param lambda Component rates; one of 0 is a component of zeros.
 * @return Vector of K values log theta[k] + log poisson(y | lambda[k]).
 */
vector poisson_log_components(int y, vector log_theta, vector lambda) {
  int K = rows(log_theta);
  vector[K] lp = log_theta;
  for (k in 1 : K) {
    lp[k] += poisson_lpmf(y | lambda[k]);
  }
  return lp;
}
