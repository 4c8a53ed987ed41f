/**
 * Log likelihood of a Student-t mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] student_t(y[n] | nu[k], mu[k], sigma[k]).
 *
 * @param y Distinct observations.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param nu Degrees of freedom of each component.
 * @param mu Component locations.
 * @param sigma Component scales.
 * @return Log likelihood.
 */
real student_t_mixture_lpdf(vector y, vector count, vector log_theta, vector nu, vector mu,
                            vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(student_t_log_components(y[n], log_theta, nu, mu, sigma));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real student_t_mixture_lpdf(vector y, vector count, matrix log_theta, vector nu, vector mu,
                            vector sigma) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(student_t_log_components(y[n], log_theta[n]', nu, mu, sigma));
  }
  return lp;
}
