/**
 * Cholesky factors of the covariances of each component, from volumes, stretches along rotated axes, and rotations: EVE, VVE,
 * EEV and VEV by mclust's names.
 *
 * The standard deviations along the axes are sigma exp(c), where the D numbers c sum to 0: they are the stretches times
 * orthonormal contrasts (Helmert's), so that independent normal stretches of one scale treat all axes alike. The axes are
 * columns of the product of rotations in the planes of columns j < i, j = 1, ..., D - 1 and, for each, i = D, ..., j + 1. They
 * are given by their angles where i = D, by the sines of their angles where i < D.
 *
 * @param value Values of the parameters: D means, sigma, D - 1 stretches, then the angles or sines of columns 2 and 1, 3 and 1,
 *   3 and 2, 4 and 1, ...
 * @param D Number of columns.
 * @return K lower triangular D x D matrices.
 */
array[] matrix rotated_factors(array[] vector value, int D) {
  int K = rows(value[1]);
  array[K] matrix[D, D] L;
  for (k in 1 : K) {
    vector[D] log_scale = rep_vector(log(value[D + 1, k]), D);
    matrix[D, D] axes; // columns, each times its standard deviation
    for (d in 1 : D - 1) {
      real step = value[D + 1 + d, k] / sqrt(d * (d + 1.0));
      for (i in 1 : d) {
        log_scale[i] += step;
      }
      log_scale[d + 1] -= d * step;
    }
    axes = diag_matrix(exp(log_scale));
    for (back in 1 : D - 1) {
      int j = D - back;
      for (i in j + 1 : D) {
        real given = value[2 * D + choose(i - 1, 2) + j, k];
        real sine = i == D ? sin(given) : given;
        real cosine = i == D ? cos(given) : sqrt((1 - given) * (1 + given));
        row_vector[D] row_j = cosine * axes[j] - sine * axes[i];
        axes[i] = sine * axes[j] + cosine * axes[i];
        axes[j] = row_j;
      }
    }
    L[k] = cholesky_decompose(tcrossprod(axes));
  }
  return L;
}
