/**
 * Cholesky factors of the covariances of each component, by what its parameters are.
 *
 * @param value Values of the parameters: D means, then those of the covariances.
 * @param D Number of columns.
 * @param kind 1: a standard deviation of each column and partial correlations, 2: standard deviations alone, 3: volume, shapes and
 *   partial correlations, 4: volume, stretches and rotations, 5: factors.
 * @param Q Number of factors; 0 without.
 * @return K lower triangular D x D matrices.
 */
array[] matrix structured_factors(array[] vector value, int D, int kind, int Q) {
  int K = rows(value[1]);
  if (kind == 1) {
    return component_factors(value, D, K);
  } else if (kind == 3) {
    return shaped_factors(value, D);
  } else if (kind == 4) {
    return rotated_factors(value, D);
  } else if (kind == 5) {
    return loaded_factors(value, D, Q);
  }
  array[K] vector[D] sigma = component_scales(value, D);
  array[K] matrix[D, D] L;
  for (k in 1 : K) {
    L[k] = diag_matrix(sigma[k]);
  }
  return L;
}
