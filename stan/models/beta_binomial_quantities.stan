// Quantities of the size of the data for draws of beta_binomial.stan: log likelihood, responsibilities, assignments
// and replicated data. Run by generate_quantities, over chunks of observations.
functions {
  #include expand.stan
  #include log_weights.stan
  #include beta_binomial_log_components.stan
}
data {
  #include trials_observations.stan
  #include mixture_data.stan
  #include wanted_quantities.stan
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  vector[K] alpha = expand(free, free_index[1], fixed[1]); // first shapes
  vector[K] beta = expand(free, free_index[2], fixed[2]); // second shapes
}
generated quantities {
  #include pointwise_quantities.stan
  array[predictive ? N : 0] int y_rep;
  {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    for (n in 1 : N) {
      if (pointwise) {
        vector[K + noise] lp = beta_binomial_log_components(y[n], trials[n], log_theta, alpha,
                                 beta);
        #include pointwise_of_one.stan
      }
      if (predictive) {
        int k = categorical_rng(theta);
        if (k > K) {
          y_rep[n] = discrete_range_rng(0, trials[n]);
        } else {
          y_rep[n] = beta_binomial_rng(trials[n], alpha[k], beta[k]);
        }
      }
    }
  }
}
