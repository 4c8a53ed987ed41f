/**
 * Cholesky factors of the covariances of each component, from volumes, stretches along rotated axes, and axes: EVE, VVE, EEV and
 * VEV by mclust's names.
 *
 * The standard deviations along the axes are sigma exp(c), where the D numbers c sum to 0: they are the stretches times
 * orthonormal contrasts (Helmert's), so that independent normal stretches of one scale treat all axes alike. The axes are what
 * Gram and Schmidt make of D - 1 vectors: the first has the direction of the first vector, the second that of what the first
 * axis leaves of the second vector, and so on; the last axis is at right angles to all others. Where the vectors' directions are
 * independent and uniform the axes have the Haar measure.
 *
 * @param value Values of the parameters: D means, sigma, D - 1 stretches, then the D coordinates of each vector.
 * @param D Number of columns.
 * @return K lower triangular D x D matrices.
 */
array[] matrix rotated_factors(array[] vector value, int D) {
  int K = rows(value[1]);
  array[K] matrix[D, D] L;
  for (k in 1 : K) {
    matrix[D, D - 1] vectors = to_matrix(to_vector(value[2 * D + 1 : D * (D + 1), k]), D, D - 1);
    matrix[D - 1, D] axes = mdivide_left_tri_low(cholesky_decompose(crossprod(vectors)), vectors');
    vector[D] last;
    vector[D] log_scale = rep_vector(log(value[D + 1, k]), D);
    int least = 1; // the column that has least of the first axes, which tells the last one best
    for (d in 2 : D) {
      if (dot_self(axes[ : , d]) < dot_self(axes[ : , least])) {
        least = d;
      }
    }
    last = -axes' * axes[ : , least];
    last[least] += 1;
    for (d in 1 : D - 1) {
      real step = value[D + 1 + d, k] / sqrt(d * (d + 1.0));
      for (i in 1 : d) {
        log_scale[i] += step;
      }
      log_scale[d + 1] -= d * step;
    }
    matrix[D, D] frame = append_col(axes', last / norm2(last));
    L[k] = cholesky_decompose(tcrossprod(diag_post_multiply(frame, exp(log_scale))));
  }
  return L;
}
