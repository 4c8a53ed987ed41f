/**
 * Log joint density of one observation and each component of a skew normal mixture.
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param xi Component locations.
 * @param omega Component scales.
 * @param alpha Component shapes; one of 0 is a normal distribution.
 * @return Vector of the values log theta[k] + log skew_normal(y | xi[k], omega[k], alpha[k]).
 */
vector skew_normal_log_components(real y, vector log_theta, vector xi, vector omega,
                                  vector alpha) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(xi)) {
    lp[k] += skew_normal_lpdf(y | xi[k], omega[k], alpha[k]);
  }
  return lp;
}
