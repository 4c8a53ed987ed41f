/**
 * Log joint density of one observation and each component of a hurdle Poisson mixture.
 * The probability of 0 is hu[k],
 * that of another y is (1 - hu[k]) poisson(y | lambda[k]) / (1 - poisson(0 | lambda[k])).
 *
 * @param y Observation.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param hu Component probabilities of a zero.
 * @param lambda Component rates, above 0, of the Poisson distribution without 0 that the other counts have.
 * @return Vector of the values log theta[k] + log hurdle_poisson(y | hu[k], lambda[k]).
 */
vector hurdle_poisson_log_components(int y, vector log_theta, vector hu, vector lambda) {
  vector[rows(log_theta)] lp = log_theta;
  for (k in 1 : rows(hu)) {
    if (y == 0) {
      lp[k] += log(hu[k]);
    } else {
      lp[k] += log1m(hu[k]) + poisson_lpmf(y | lambda[k])
               - log1m_exp(poisson_lpmf(0 | lambda[k]));
    }
  }
  return lp;
}
