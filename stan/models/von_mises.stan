// Finite mixture of von Mises distributions of angles, assignments summed out.
// Each value of a parameter may be free, shared between components, or fixed.
functions {
  #include expand.stan
  #include log_weights.stan
  #include prior_lpdf.stan
  #include weights_prior_lpdf.stan
  #include known_components.stan
  #include von_mises_log_components.stan
  #include von_mises_mixture_lpdf.stan
}
data {
  #include real_observations.stan
  #include mixture_data.stan
  int<lower=0, upper=1> likelihood; // 0: the prior alone, for prior predictive checks
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  vector[K] mu = expand(free, free_index[1], fixed[1]); // mean directions
  vector[K] kappa = expand(free, free_index[2], fixed[2]); // concentrations
}
model {
  #include mixture_prior.stan
  if (likelihood) {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    if (has_labels) {
      matrix[N, K + noise] of_row = known_components(log_theta, label);
      target += von_mises_mixture_lpdf(y | count, of_row, mu, kappa);
    } else {
      target += von_mises_mixture_lpdf(y | count, log_theta, mu, kappa);
    }
  }
}
