/**
 * Log likelihood of a beta mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] beta(y[n] | alpha[k], beta[k]).
 * Defined in stan/kernels/beta_mixture.hpp with its gradient; stan/functions/beta_mixture_lpdf.stan is
 * the same function in Stan.
 *
 * @param y Distinct observations, above 0 and below 1.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param alpha First shape of each component.
 * @param beta Second shape of each component.
 * @return Log likelihood.
 */
real beta_mixture_lpdf(vector y, vector count, vector log_theta, vector alpha, vector beta);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real beta_mixture_lpdf(vector y, vector count, matrix log_theta, vector alpha, vector beta);
