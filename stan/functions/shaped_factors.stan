/**
 * Cholesky factors of the covariances of each component, from volumes, shapes along the columns and partial
 * correlations: VEI, EVI, VEE and EVV by mclust's names.
 *
 * The covariance of component k is sigma[k]^2 times a matrix whose determinant is 1. The standard deviations of its
 * columns are to one another as the shapes, of which the last is the reciprocal of the product of the others.
 *
 * @param value Values of the parameters: D means, sigma, D - 1 shapes, then no partial correlations or those of columns 2 and
 *   1, 3 and 1, 3 and 2, 4 and 1, ...
 * @param D Number of columns.
 * @return K lower triangular D x D matrices.
 */
array[] matrix shaped_factors(array[] vector value, int D) {
  int K = rows(value[1]);
  int correlated = size(value) > 2 * D;
  array[K] matrix[D, D] L;
  for (k in 1 : K) {
    vector[D] scale;
    vector[D] log_diagonal;
    int next = 2 * D;
    L[k] = rep_matrix(0, D, D);
    scale[D] = 1;
    for (d in 1 : D - 1) {
      scale[d] = value[D + 1 + d, k];
      scale[D] /= scale[d];
    }
    for (i in 1 : D) {
      real left = 1; // variance that the columns before do not explain
      if (correlated) {
        for (j in 1 : i - 1) {
          next += 1;
          L[k, i, j] = scale[i] * value[next, k] * sqrt(left);
          left *= (1 - value[next, k]) * (1 + value[next, k]);
        }
      }
      L[k, i, i] = scale[i] * sqrt(left);
      log_diagonal[i] = log(L[k, i, i]);
    }
    L[k] *= value[D + 1, k] / exp(mean(log_diagonal));
  }
  return L;
}
