/**
 * Log likelihood of a mixture of products of categorical distributions (latent classes), the assignments summed out:
 * sum over n of count[n] * log sum over k of theta[k] product over items j of p[k](answer x[n, j] to item j).
 *
 * @param x Distinct rows of answers, N x items, from 1; 0 where an answer is missing, which leaves its factor out.
 * @param count How often each of them was observed, or its weight.
 * @param levels Number of possible answers to each item.
 * @param log_theta Log weights, K of them.
 * @param log_p Log probabilities of the answers to the first item, then to the second, ...: answers x K.
 * @return Log likelihood.
 */
real categorical_mixture_lpmf(array[,] int x, vector count, array[] int levels, vector log_theta,
                              matrix log_p) {
  real lp = 0;
  for (n in 1 : size(x)) {
    lp += count[n] * log_sum_exp(categorical_log_components(x[n], levels, log_theta, log_p));
  }
  return lp;
}

/**
 * The same where each observation has weights of its own.
 *
 * @param log_theta Log weights, N x K.
 */
real categorical_mixture_lpmf(array[,] int x, vector count, array[] int levels, matrix log_theta,
                              matrix log_p) {
  real lp = 0;
  for (n in 1 : size(x)) {
    lp += count[n] * log_sum_exp(categorical_log_components(x[n], levels, log_theta[n]', log_p));
  }
  return lp;
}
