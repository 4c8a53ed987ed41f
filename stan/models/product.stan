// Finite mixture of products of one distribution for each column, assignments summed out.
// The parameters are those of the first column in the order of its family, then the second's, ...
functions {
  #include expand.stan
  #include log_weights.stan
  #include prior_lpdf.stan
  #include weights_prior_lpdf.stan
  #include known_components.stan
  #include row_log_weights.stan
  #include column_log_components.stan
  #include product_log_components.stan
  #include product_mixture_lpdf.stan
}
data {
  #include row_observations.stan
  #include mixture_data.stan
  array[D] int<lower=1, upper=8> family; // of each column; see product_log_components
  array[D] int<lower=2> levels; // of categorical columns
  int<lower=0, upper=1> likelihood; // 0: the prior alone, for prior predictive checks
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  #include mixture_values.stan
}
model {
  #include mixture_prior.stan
  if (likelihood) {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    if (has_labels || noise_by_row) {
      matrix[N, K + noise] of_row = row_log_weights(log_theta, label, noise_of_row);
      target += product_mixture_lpdf(y | count, family, levels, of_row, value);
    } else {
      target += product_mixture_lpdf(y | count, family, levels, log_theta, value);
    }
  }
}
