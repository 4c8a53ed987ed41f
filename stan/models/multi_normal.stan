// Finite mixture of multivariate normal distributions with full covariances, assignments summed out.
// The parameters are the means of the columns, then their standard deviations, then partial correlations.
functions {
  #include expand.stan
  #include log_weights.stan
  #include prior_lpdf.stan
  #include weights_prior_lpdf.stan
  #include known_components.stan
  #include component_vectors.stan
  #include component_factors.stan
  #include multi_normal_log_components.stan
  #include multi_normal_mixture_lpdf.stan
}
data {
  #include row_observations.stan
  #include mixture_data.stan
  #include joint_data.stan
  int<lower=1, upper=K> G; // covariances: K of them, or one that all components share
  int<lower=0, upper=1> likelihood; // 0: the prior alone, for prior predictive checks
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
  if (likelihood) {
    array[K] vector[D] mu = component_vectors(value, 0, D);
    array[G] matrix[D, D] L = component_factors(value, D, G);
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    if (has_labels) {
      matrix[N, K + noise] of_row = known_components(log_theta, label);
      target += multi_normal_mixture_lpdf(y | count, of_row, mu, L);
    } else {
      target += multi_normal_mixture_lpdf(y | count, log_theta, mu, L);
    }
  }
}
