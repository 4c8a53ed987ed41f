/**
 * Log likelihood of a skew normal mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] skew_normal(y[n] | xi[k], omega[k], alpha[k]).
 *
 * @param y Distinct observations.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param xi Component locations.
 * @param omega Component scales.
 * @param alpha Component shapes; one of 0 is a normal distribution.
 * @return Log likelihood.
 */
real skew_normal_mixture_lpdf(vector y, vector count, vector log_theta, vector xi, vector omega,
                              vector alpha) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(skew_normal_log_components(y[n], log_theta, xi, omega, alpha));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real skew_normal_mixture_lpdf(vector y, vector count, matrix log_theta, vector xi, vector omega,
                              vector alpha) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n]
          * log_sum_exp(skew_normal_log_components(y[n], log_theta[n]', xi, omega, alpha));
  }
  return lp;
}
