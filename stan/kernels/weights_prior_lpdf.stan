/**
 * Dirichlet log density of the weights.
 * Defined in stan/kernels/weights_prior.hpp with its gradient; stan/functions/weights_prior_lpdf.stan is the same function in
 * Stan.
 *
 * @param theta Weights, a simplex.
 * @param alpha Concentrations, one for each component.
 * @return Log density.
 */
real weights_prior_lpdf(vector theta, data vector alpha);
