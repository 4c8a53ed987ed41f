/**
 * Log likelihood of a gamma mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] gamma(y[n] | alpha[k], beta[k]).
 * Defined in stan/kernels/gamma_mixture.hpp with its gradient; stan/functions/gamma_mixture_lpdf.stan is
 * the same function in Stan.
 *
 * @param y Distinct observations, above 0.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param alpha Component shapes.
 * @param beta Component rates.
 * @return Log likelihood.
 */
real gamma_mixture_lpdf(vector y, vector count, vector log_theta, vector alpha, vector beta);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real gamma_mixture_lpdf(vector y, vector count, matrix log_theta, vector alpha, vector beta);
