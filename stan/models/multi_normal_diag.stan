// Finite mixture of multivariate normal distributions with diagonal covariances, assignments summed out.
// The parameters are the means of the columns, then their standard deviations (one for all, or one for each).
functions {
  #include expand.stan
  #include log_weights.stan
  #include prior_lpdf.stan
  #include weights_prior_lpdf.stan
  #include known_components.stan
  #include component_vectors.stan
  #include component_scales.stan
  #include multi_normal_diag_log_components.stan
  #include multi_normal_diag_mixture_lpdf.stan
}
data {
  #include row_observations.stan
  #include mixture_data.stan
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
    array[K] vector[D] mu = component_vectors(value, 0, D);
    array[K] vector[D] sigma = component_scales(value, D);
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    if (has_labels) {
      matrix[N, K + noise] of_row = known_components(log_theta, label);
      target += multi_normal_diag_mixture_lpdf(y | count, of_row, mu, sigma);
    } else {
      target += multi_normal_diag_mixture_lpdf(y | count, log_theta, mu, sigma);
    }
  }
}
