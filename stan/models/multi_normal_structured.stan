// Finite mixture of multivariate normal distributions, assignments summed out: any covariance structure, and rows of which some
// cells are missing. multi_normal.stan and multi_normal_diag.stan are the same for complete rows and the structures without
// volumes, rotations and factors.
functions {
  #include expand.stan
  #include log_weights.stan
  #include prior_lpdf.stan
  #include weights_prior_lpdf.stan
  #include known_components.stan
  #include component_vectors.stan
  #include component_scales.stan
  #include component_factors.stan
  #include shaped_factors.stan
  #include rotated_factors.stan
  #include axis_lengths.stan
  #include loaded_factors.stan
  #include structured_factors.stan
  #include marginal_means.stan
  #include marginal_factors.stan
  #include multi_normal_log_components.stan
  #include multi_normal_mixture_lpdf.stan
}
data {
  #include row_observations.stan
  #include mixture_data.stan
  #include joint_data.stan
  #include patterns.stan
  int<lower=1, upper=5> kind; // what the parameters of the covariances are: see structured_factors.stan
  int<lower=0> Q; // factors
  int<lower=0, upper=1> likelihood; // 0: the prior alone, for prior predictive checks
}
transformed data {
  matrix[N, D] sorted = y[by_pattern];
  vector[N] sorted_count = count[by_pattern];
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  #include joint_values.stan
  #include mixture_values.stan
}
model {
  #include mixture_prior.stan
  if (kind == 4) {
    target += axis_lengths(value, free_index, D);
  }
  if (likelihood) {
    array[K] vector[D] mu = component_vectors(value, 0, D);
    array[K] matrix[D, D] L = structured_factors(value, D, kind, Q);
    for (m in 1 : patterns) {
      array[last[m] - first[m] + 1] int rows_of_m = linspaced_int_array(
                                                      last[m] - first[m] + 1, first[m], last[m]);
      // Rows with the same cells have the same density of noise.
      vector[K + noise] log_theta = log_weights(theta, noise,
                                                noise_by_row ? noise_of_row[by_pattern[first[m]]]
                                                : noise_log_density);
      array[observed[m]] int some = columns[m, 1 : observed[m]];
      array[K] vector[observed[m]] mean = marginal_means(mu, some);
      array[K] matrix[observed[m], observed[m]] factor = marginal_factors(L, some);
      if (has_labels) {
        matrix[size(rows_of_m), K + noise] of_row = known_components(log_theta,
                                                                    label[by_pattern[rows_of_m]]);
        target += multi_normal_mixture_lpdf(sorted[rows_of_m, some] | sorted_count[rows_of_m],
                    of_row, mean, factor);
      } else {
        target += multi_normal_mixture_lpdf(sorted[rows_of_m, some] | sorted_count[rows_of_m],
                    log_theta, mean, factor);
      }
    }
  }
}
