// Finite mixture of binomial distributions, assignments summed out.
// Each value of a parameter may be free, shared between components, or fixed.
functions {
  #include expand.stan
  #include log_weights.stan
  #include prior_lpdf.stan
  #include weights_prior_lpdf.stan
  #include known_components.stan
  #include row_log_weights.stan
  #include binomial_log_components.stan
  #include binomial_mixture_lpmf.stan
}
data {
  #include trials_observations.stan
  #include mixture_data.stan
  int<lower=0, upper=1> likelihood; // 0: the prior alone, for prior predictive checks
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  vector[K] p = expand(free, free_index[1], fixed[1]); // probabilities of a success
}
model {
  #include mixture_prior.stan
  if (likelihood) {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    if (has_labels || noise_by_row) {
      matrix[N, K + noise] of_row = row_log_weights(log_theta, label, noise_of_row);
      target += binomial_mixture_lpmf(y | count, trials, of_row, p);
    } else {
      target += binomial_mixture_lpmf(y | count, trials, log_theta, p);
    }
  }
}
