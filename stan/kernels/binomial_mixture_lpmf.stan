/**
 * Log likelihood of a binomial mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] binomial(y[n] | trials[n], p[k]).
 * Defined in stan/kernels/binomial_mixture.hpp with its gradient; stan/functions/binomial_mixture_lpmf.stan is
 * the same function in Stan.
 *
 * @param y Distinct numbers of successes.
 * @param count How often each of them was observed, or its weight.
 * @param trials Number of trials of each.
 * @param log_theta Log weights, K of them.
 * @param p Component probabilities of a success.
 * @return Log likelihood.
 */
real binomial_mixture_lpmf(array[] int y, vector count, array[] int trials, vector log_theta,
                           vector p);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real binomial_mixture_lpmf(array[] int y, vector count, array[] int trials, matrix log_theta,
                           vector p);
