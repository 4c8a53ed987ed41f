/**
 * Log joint probability of one row of answers and each component of a mixture of products of categoricals.
 *
 * @param x Answers to the items, from 1; 0 where one is missing, which leaves its factor out.
 * @param levels Number of possible answers to each item.
 * @param log_theta Log weights, K of them; one more is the log joint density of noise, which has no parameters.
 * @param log_p Log probabilities of the answers to the first item, then to the second, ...: answers x K.
 * @return Vector of the values log theta[k] + sum over items j of log p[k](answer x[j] to item j).
 */
vector categorical_log_components(array[] int x, array[] int levels, vector log_theta,
                                  matrix log_p) {
  vector[rows(log_theta)] lp = log_theta;
  int first = 0;
  for (j in 1 : size(x)) {
    if (x[j] > 0) {
      lp[1 : cols(log_p)] += log_p[first + x[j]]';
    }
    first += levels[j];
  }
  return lp;
}
