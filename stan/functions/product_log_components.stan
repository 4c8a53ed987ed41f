/**
 * Log joint density of one row and each component of a mixture of products of one distribution for each column.
 *
 * @param y Row, of size D; NaN where a cell is missing, which leaves its factor out.
 * @param family Family of each column: 1 normal, 2 Student-t, 3 log-normal, 4 gamma, 5 beta, 6 Poisson, 7 negative
 *   binomial, 8 categorical, whose parameters are the shares of each level but the last among the levels from it on.
 * @param levels Number of levels of each categorical column; not read for others.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param value Values of the parameters: those of the first column in the order of its family, then the second's, ...
 * @return Vector of the values log theta[k] + sum over d of log density of y[d] in component k.
 */
vector product_log_components(data row_vector y, array[] int family, array[] int levels,
                              vector log_theta, array[] vector value) {
  vector[rows(log_theta)] lp = log_theta;
  int p = 1;
  for (d in 1 : size(family)) {
    if (family[d] == 8) {
      if (!is_nan(y[d])) {
        for (level in 1 : min(to_int(y[d]), levels[d] - 1)) {
          for (k in 1 : rows(value[p])) {
            lp[k] += bernoulli_lpmf(to_int(y[d]) == level | value[p + level - 1, k]);
          }
        }
      }
      p += levels[d] - 1;
    } else {
      if (!is_nan(y[d])) {
        if (family[d] == 1) {
          lp = normal_log_components(y[d], lp, value[p], value[p + 1]);
        } else if (family[d] == 2) {
          lp = student_t_log_components(y[d], lp, value[p], value[p + 1], value[p + 2]);
        } else if (family[d] == 3) {
          lp = lognormal_log_components(y[d], lp, value[p], value[p + 1]);
        } else if (family[d] == 4) {
          lp = gamma_log_components(y[d], lp, value[p], value[p + 1]);
        } else if (family[d] == 5) {
          lp = beta_log_components(y[d], lp, value[p], value[p + 1]);
        } else if (family[d] == 6) {
          lp = poisson_log_components(to_int(y[d]), lp, value[p]);
        } else {
          lp = neg_binomial_2_log_components(to_int(y[d]), lp, value[p], value[p + 1]);
        }
      }
      p += family[d] == 2 ? 3 : family[d] == 6 ? 1 : 2;
    }
  }
  return lp;
}
