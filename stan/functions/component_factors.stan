/**
 * Cholesky factors of the covariances of each component, from standard deviations and partial correlations.
 *
 * The partial correlation of columns i > j is given the columns before j, so that any values between -1 and 1
 * make a correlation matrix (Lewandowski, Kurowicka and Joe 2009).
 *
 * @param value Values of the parameters: D means, D standard deviations, then the partial correlations of columns
 *   2 and 1, 3 and 1, 3 and 2, 4 and 1, ...
 * @param D Number of columns.
 * @param K How many factors to make: those of the first K components.
 * @return K lower triangular D x D matrices.
 */
array[] matrix component_factors(array[] vector value, int D, int K) {
  array[K] matrix[D, D] L;
  for (k in 1 : K) {
    int next = 2 * D;
    L[k] = rep_matrix(0, D, D);
    for (i in 1 : D) {
      real left = 1; // variance that the columns before do not explain
      for (j in 1 : i - 1) {
        next += 1;
        L[k, i, j] = value[D + i, k] * value[next, k] * sqrt(left);
        left *= (1 - value[next, k]) * (1 + value[next, k]); // near 1 the square rounds what is left away
      }
      L[k, i, i] = value[D + i, k] * sqrt(left);
    }
  }
  return L;
}
