/**
 * Standard deviations of every column in each component of a normal mixture with diagonal covariances.
 *
 * @param value Values of the parameters: D means, then one standard deviation for each column or one for all.
 * @param D Number of columns.
 * @return K vectors of size D.
 */
array[] vector component_scales(array[] vector value, int D) {
  int K = rows(value[1]);
  if (size(value) == 2 * D) {
    return component_vectors(value, D, D);
  }
  array[K] vector[D] sigma;
  for (k in 1 : K) {
    sigma[k] = rep_vector(value[D + 1, k], D);
  }
  return sigma;
}
