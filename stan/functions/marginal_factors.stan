/**
 * Cholesky factors of the covariances of some columns.
 *
 * @param L Cholesky factors of the covariances of all columns, D x D.
 * @param columns The columns, in increasing order.
 * @return As many Cholesky factors, of the size of `columns`.
 */
array[] matrix marginal_factors(array[] matrix L, array[] int columns) {
  int D = rows(L[1]);
  int size_of_some = size(columns);
  array[size(L)] matrix[size_of_some, size_of_some] some;
  for (k in 1 : size(L)) {
    if (columns[size_of_some] == size_of_some) {
      // the first ones
      some[k] = L[k][1 : size_of_some, 1 : size_of_some];
    } else {
      some[k] = cholesky_decompose(tcrossprod(L[k][columns]));
    }
  }
  return some;
}
