/**
 * Log likelihood of a mixture of products of one distribution for each column, the assignments summed out:
 * sum over n of count[n] * log sum over k of theta[k] product over d of the density of y[n, d] in component k.
 *
 * @param y Distinct rows, N x D; NaN where a cell is missing, which leaves its factor out.
 * @param count How often each of them was observed, or its weight.
 * @param family Family of each column; see product_log_components.
 * @param levels Number of levels of each categorical column; not read for others.
 * @param log_theta Log weights, K of them.
 * @param value Values of the parameters: those of the first column in the order of its family, then the second's, ...
 * @return Log likelihood.
 */
real product_mixture_lpdf(data matrix y, data vector count, array[] int family,
                          array[] int levels, vector log_theta, array[] vector value) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n] * log_sum_exp(product_log_components(y[n], family, levels, log_theta, value));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real product_mixture_lpdf(data matrix y, data vector count, array[] int family,
                          array[] int levels, matrix log_theta, array[] vector value) {
  real lp = 0;
  for (n in 1 : rows(y)) {
    lp += count[n]
          * log_sum_exp(product_log_components(y[n], family, levels, log_theta[n]', value));
  }
  return lp;
}
