/**
 * Log weights of every observation where they differ: the components of some are known, or noise has a density of its own
 * for each.
 *
 * @param log_theta Log weights, K of them.
 * @param label Component of each of N observations, 0 where it is not known; empty where none is known.
 * @param noise_of_row Log density of noise, the last component, of each; empty where log_theta has that of all.
 * @return N x K matrix: log_theta with the density of noise, and -inf for components that an observation is known not to
 *   belong to.
 */
matrix row_log_weights(vector log_theta, array[] int label, data vector noise_of_row) {
  int N = max(size(label), size(noise_of_row));
  int K = rows(log_theta);
  matrix[N, K] log_weights = rep_matrix(log_theta', N);
  if (size(label) > 0) {
    log_weights = known_components(log_theta, label);
  }
  if (size(noise_of_row) > 0) {
    log_weights[ : , K] += noise_of_row;
  }
  return log_weights;
}
