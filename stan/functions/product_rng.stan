/**
 * Draw a row of a component of a mixture of products of one distribution for each column.
 *
 * @param family Family of each column; see product_log_components.
 * @param levels Number of levels of each categorical column; not read for others.
 * @param value Values of the parameters: those of the first column in the order of its family, then the second's, ...
 * @param k The component.
 * @return Row of size D.
 */
row_vector product_rng(array[] int family, array[] int levels, array[] vector value, int k) {
  int D = size(family);
  row_vector[D] y;
  int p = 1;
  for (d in 1 : D) {
    if (family[d] == 8) {
      int level = 1;
      while (level < levels[d] && !bernoulli_rng(value[p + level - 1, k])) {
        level += 1;
      }
      y[d] = level;
      p += levels[d] - 1;
    } else {
      if (family[d] == 1) {
        y[d] = normal_rng(value[p, k], value[p + 1, k]);
      } else if (family[d] == 2) {
        y[d] = student_t_rng(value[p, k], value[p + 1, k], value[p + 2, k]);
      } else if (family[d] == 3) {
        y[d] = lognormal_rng(value[p, k], value[p + 1, k]);
      } else if (family[d] == 4) {
        y[d] = gamma_rng(value[p, k], value[p + 1, k]);
      } else if (family[d] == 5) {
        y[d] = beta_rng(value[p, k], value[p + 1, k]);
      } else if (family[d] == 6) {
        y[d] = poisson_rng(value[p, k]);
      } else {
        y[d] = neg_binomial_2_rng(value[p, k], value[p + 1, k]);
      }
      p += family[d] == 2 ? 3 : family[d] == 6 ? 1 : 2;
    }
  }
  return y;
}
