/**
 * Log likelihood of a zero-inflated Poisson mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] zero_inflated_poisson(y[n] | zi[k], lambda[k]).
 * The probability of 0 is zi[k] + (1 - zi[k]) poisson(0 | lambda[k]),
 * that of another y is (1 - zi[k]) poisson(y | lambda[k]).
 * Defined in stan/kernels/zero_inflated_poisson_mixture.hpp with its gradient;
 * stan/functions/zero_inflated_poisson_mixture_lpmf.stan is the same function in Stan.
 *
 * @param y Distinct counts.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param zi Component probabilities of a zero beside those of the Poisson distribution.
 * @param lambda Component rates; one of 0 is a component of zeros.
 * @return Log likelihood.
 */
real zero_inflated_poisson_mixture_lpmf(
       array[] int y,
       vector count,
       vector log_theta,
       vector zi,
       vector lambda
     );

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real zero_inflated_poisson_mixture_lpmf(
       array[] int y,
       vector count,
       matrix log_theta,
       vector zi,
       vector lambda
     );
