/**
 * The value of a parameter for every component, from its free values and its fixed ones.
 *
 * @param free Free values; components that share a value point at the same one.
 * @param index For each component the position of its free value, or 0 where it is fixed.
 * @param fixed For each component its fixed value; not read where the component is free.
 * @return Vector of K values.
 */
vector expand(vector free, array[] int index, vector fixed) {
  int K = size(index);
  vector[K] value = fixed;
  for (k in 1 : K) {
    if (index[k] > 0) {
      value[k] = free[index[k]];
    }
  }
  return value;
}
