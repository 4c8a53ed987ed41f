/**
 * Log likelihood of a negative binomial mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] neg_binomial_2(y[n] | mu[k], phi[k]).
 * Defined in stan/kernels/neg_binomial_2_mixture.hpp with its gradient; stan/functions/neg_binomial_2_mixture_lpmf.stan is
 * the same function in Stan.
 *
 * @param y Distinct counts.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param mu Component means.
 * @param phi Component precisions: the variance is mu + mu^2 / phi.
 * @return Log likelihood.
 */
real neg_binomial_2_mixture_lpmf(array[] int y, vector count, vector log_theta, vector mu,
                                 vector phi);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real neg_binomial_2_mixture_lpmf(array[] int y, vector count, matrix log_theta, vector mu,
                                 vector phi);
