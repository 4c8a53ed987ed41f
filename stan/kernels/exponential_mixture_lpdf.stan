/**
 * Log likelihood of an exponential mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] exponential(y[n] | beta[k]).
 * Defined in stan/kernels/exponential_mixture.hpp with its gradient; stan/functions/exponential_mixture_lpdf.stan is
 * the same function in Stan.
 *
 * @param y Distinct observations, 0 or above.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param beta Component rates.
 * @return Log likelihood.
 */
real exponential_mixture_lpdf(vector y, vector count, vector log_theta, vector beta);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real exponential_mixture_lpdf(vector y, vector count, matrix log_theta, vector beta);
