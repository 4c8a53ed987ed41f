/**
 * Log likelihood of a multivariate Student-t mixture with the assignments summed out, one observation at a time:
 * sum over n of count[n] * log sum over k of theta[k] multi_student_t(y[n] | nu[k], mu[k], L[k] * L[k]').
 * Defined in stan/kernels/multi_student_t_mixture.hpp with its gradient; stan/functions/multi_student_t_mixture_lpdf.stan is
 * the same function in Stan.
 *
 * @param y Distinct observations, N x D.
 * @param count How often each of them was observed, or its weight.
 * @param log_theta Log weights, K of them.
 * @param nu Degrees of freedom of each component.
 * @param mu Component locations, K of size D.
 * @param L Cholesky factors of the scale matrices, D x D: K of them, or one that all components share.
 * @return Log likelihood.
 */
real multi_student_t_mixture_lpdf(matrix y, vector count, vector log_theta, vector nu,
                                  array[] vector mu, array[] matrix L);

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real multi_student_t_mixture_lpdf(matrix y, vector count, matrix log_theta, vector nu,
                                  array[] vector mu, array[] matrix L);
