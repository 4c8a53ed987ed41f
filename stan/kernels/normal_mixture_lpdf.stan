/**
 * Log likelihood of a normal mixture with the assignments summed out, one observation at a time.
 * Defined in stan/kernels/normal_mixture.hpp with its gradient; stan/functions/normal_mixture_lpdf.stan is
 * the same function in Stan.
 *
 * @param y Distinct observations.
 * @param count How often each of them was observed.
 * @param log_theta Log weights, K of them.
 * @param mu Component means.
 * @param sigma Component standard deviations.
 * @return Log likelihood.
 */
real normal_mixture_lpdf(vector y, array[] int count, vector log_theta, vector mu, vector sigma);
