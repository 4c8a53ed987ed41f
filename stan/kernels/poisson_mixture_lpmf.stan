/**
 * Log likelihood of a Poisson mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] poisson(y[n] | lambda[k]).
 * Defined in stan/kernels/poisson_mixture.hpp with its gradient; stan/functions/poisson_mixture_lpmf.stan is
 * the same function in Stan.
 *
 * @param y Distinct counts.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param lambda Component rates; one of 0 is a component of zeros.
 * @return Log likelihood.
 */
real poisson_mixture_lpmf(array[] int y, vector count, vector log_theta, vector lambda);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real poisson_mixture_lpmf(array[] int y, vector count, matrix log_theta, vector lambda);
