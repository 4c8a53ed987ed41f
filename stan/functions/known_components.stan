/**
 * Log weights of every observation where the components of some of them are known.
 *
 * @param log_theta Log weights, K of them.
 * @param label Component of each of N observations, 0 where it is not known.
 * @return N x K matrix: log_theta, with -inf for components that an observation is known not to belong to.
 */
matrix known_components(vector log_theta, array[] int label) {
  int N = size(label);
  int K = rows(log_theta);
  matrix[N, K] log_weights = rep_matrix(log_theta', N);
  for (n in 1 : N) {
    if (label[n] > 0) {
      for (k in 1 : K) {
        if (k != label[n]) {
          log_weights[n, k] = negative_infinity();
        }
      }
    }
  }
  return log_weights;
}
