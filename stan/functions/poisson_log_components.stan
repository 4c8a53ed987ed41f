/**
 * Log joint density of one observation and each component of a Poisson mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param lambda Component rates; one of 0 is a component of zeros.
 * @return Vector of the values log theta[k] + log poisson(y | lambda[k]).
 */
vector poisson_log_components(int y, vector log_theta, vector lambda) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(lambda)) {
    lp[k] += poisson_lpmf(y | lambda[k]);
  }
  return lp;
}
