/**
 * Log of what the prior of the vectors that give axes has beside independent standard normals: powers of the lengths that the
 * axes before leave of each vector, by which these are as long as normal vectors of 6 D coordinates. The axes keep the Haar
 * measure.
 *
 * Where vectors may be short, a small step turns them far; and the density of normal ones is highest at 0, where they have no
 * direction at all.
 *
 * @param value Values of the parameters, as rotated_factors takes them.
 * @param free_index Which free value each parameter of each component is: components with the same ones have the same axes.
 * @param D Number of columns.
 * @return Sum over the distinct sets of axes.
 */
real axis_lengths(array[] vector value, array[,] int free_index, int D) {
  int K = rows(value[1]);
  array[D * (D - 1)] int own = linspaced_int_array(D * (D - 1), 2 * D + 1, D * (D + 1));
  vector[D - 1] left = reverse(linspaced_vector(D - 1, 2, D));
  vector[D - 1] power = 6 * D - left;
  real lp = 0;
  for (k in 1 : K) {
    int is_first = max(free_index[own, k]) > 0;
    for (other in 1 : k - 1) {
      int differs = 0;
      for (i in own) {
        differs += free_index[i, other] != free_index[i, k];
      }
      is_first = is_first && differs > 0;
    }
    if (is_first) {
      matrix[D, D - 1] vectors = to_matrix(to_vector(value[own, k]), D, D - 1);
      lp += dot_product(power, log(diagonal(cholesky_decompose(crossprod(vectors)))));
      lp -= sum(0.5 * log2() * power + lgamma(0.5 * (left + power)) - lgamma(0.5 * left));
    }
  }
  return lp;
}
