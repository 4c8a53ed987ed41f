/**
 * Means of some columns.
 *
 * @param mu Means of all columns, K vectors.
 * @param columns The columns.
 * @return K vectors of the size of `columns`.
 */
array[] vector marginal_means(array[] vector mu, array[] int columns) {
  array[size(mu)] vector[size(columns)] some;
  for (k in 1 : size(mu)) {
    some[k] = mu[k][columns];
  }
  return some;
}
