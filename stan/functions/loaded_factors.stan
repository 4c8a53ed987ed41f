/**
 * Cholesky factors of the covariances of each component of a mixture of factor analysers: Lambda Lambda' + diag(psi)^2.
 *
 * @param value Values of the parameters: D means, D standard deviations psi of what is of one column alone, then the loadings of
 *   column 1 on factor 1, of column 2 on factors 1 and 2, and so on; column i has none on factors after i.
 * @param D Number of columns.
 * @param Q Number of factors.
 * @return K lower triangular D x D matrices.
 */
array[] matrix loaded_factors(array[] vector value, int D, int Q) {
  int K = rows(value[1]);
  array[K] matrix[D, D] L;
  for (k in 1 : K) {
    matrix[D, Q] loadings = rep_matrix(0, D, Q);
    matrix[D, D] covariance;
    int next = 2 * D;
    for (i in 1 : D) {
      for (j in 1 : min(i, Q)) {
        next += 1;
        loadings[i, j] = value[next, k];
      }
    }
    covariance = tcrossprod(loadings);
    for (i in 1 : D) {
      covariance[i, i] += square(value[D + i, k]);
    }
    L[k] = cholesky_decompose(covariance);
  }
  return L;
}
