/**
 * Log likelihood of a normal mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] normal(y[n] | mu[k], sigma[k]).
 * Defined in stan/kernels/normal_mixture.hpp with its gradient; stan/functions/normal_mixture_lpdf.stan is
 * the same function in Stan.
 *
 * @param y Distinct observations.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param mu Component means.
 * @param sigma Component standard deviations.
 * @return Log likelihood.
 */
real normal_mixture_lpdf(vector y, vector count, vector log_theta, vector mu, vector sigma);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real normal_mixture_lpdf(vector y, vector count, matrix log_theta, vector mu, vector sigma);
