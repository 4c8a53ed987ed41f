/**
 * Log joint density of one observation and each component of a Student-t mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param nu Degrees of freedom of each component.
 * @param mu Component locations.
 * @param sigma Component scales.
 * @return Vector of the values log theta[k] + log student_t(y | nu[k], mu[k], sigma[k]).
 */
vector student_t_log_components(real y, vector log_theta, vector nu, vector mu, vector sigma) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(nu)) {
    lp[k] += student_t_lpdf(y | nu[k], mu[k], sigma[k]);
  }
  return lp;
}
