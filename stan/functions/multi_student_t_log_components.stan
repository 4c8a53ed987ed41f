/**
 * Log joint density of one observation and each component of a multivariate Student-t mixture.
 *
 * @param y Observation, of size D.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param nu Degrees of freedom of each component.
 * @param mu Component locations, K of size D.
 * @param L Cholesky factors of the scale matrices, D x D: K of them, or one that all components share.
 * @return Vector of the values log theta[k] + log multi_student_t(y | nu[k], mu[k], L[k] * L[k]').
 */
vector multi_student_t_log_components(vector y, vector log_theta, vector nu, array[] vector mu,
                                      array[] matrix L) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : size(mu)) {
    lp[k] += multi_student_t_cholesky_lpdf(y | nu[k], mu[k], L[size(L) == 1 ? 1 : k]);
  }
  return lp;
}
