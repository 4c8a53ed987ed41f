/**
 * Dirichlet log density of the weights.
 *
 * @param theta Weights, a simplex.
 * @param alpha Concentrations, one for each component.
 * @return Log density.
 */
real weights_prior_lpdf(vector theta, vector alpha) {
  return dirichlet_lpdf(theta | alpha);
}
