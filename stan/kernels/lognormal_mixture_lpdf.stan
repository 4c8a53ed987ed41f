/**
 * Log likelihood of a log-normal mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] lognormal(y[n] | mu[k], sigma[k]).
 * Defined in stan/kernels/lognormal_mixture.hpp with its gradient; stan/functions/lognormal_mixture_lpdf.stan is
 * the same function in Stan.
 *
 * @param y Distinct observations, at least 0.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param mu Component means of log y.
 * @param sigma Component standard deviations of log y.
 * @return Log likelihood.
 */
real lognormal_mixture_lpdf(vector y, vector count, vector log_theta, vector mu, vector sigma);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real lognormal_mixture_lpdf(vector y, vector count, matrix log_theta, vector mu, vector sigma);
