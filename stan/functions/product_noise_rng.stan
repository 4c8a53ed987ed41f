/**
 * Draw a row of noise beside a mixture of products of one distribution for each column.
 *
 * @param family Family of each column; see product_log_components.
 * @param low Smallest value of each column.
 * @param high Largest value of each column.
 * @return Row of size D; whole numbers in columns of counts and categories.
 */
row_vector product_noise_rng(array[] int family, data vector low, data vector high) {
  int D = size(family);
  row_vector[D] y;
  for (d in 1 : D) {
    if (family[d] >= 6) {
      y[d] = discrete_range_rng(to_int(low[d]), to_int(high[d]));
    } else {
      y[d] = uniform_rng(low[d], high[d]);
    }
  }
  return y;
}
