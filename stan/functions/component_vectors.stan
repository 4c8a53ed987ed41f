/**
 * One vector for each component, from parameters that stand one after the other.
 *
 * @param value Values of the parameters: of each, those of K components.
 * @param before How many parameters stand before the first of them.
 * @param size How many parameters make a vector.
 * @return K vectors of that size.
 */
array[] vector component_vectors(array[] vector value, int before, int size) {
  int K = rows(value[1]);
  array[K] vector[size] result;
  for (d in 1 : size) {
    for (k in 1 : K) {
      result[k, d] = value[before + d, k];
    }
  }
  return result;
}
