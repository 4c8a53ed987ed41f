// Quantities of the size of the data for draws of hurdle_poisson.stan: log likelihood, responsibilities, assignments
// and replicated data. Run by generate_quantities, over chunks of observations.
functions {
  #include expand.stan
  #include log_weights.stan
  #include hurdle_poisson_log_components.stan
  #include zero_truncated_poisson_rng.stan
}
data {
  #include count_observations.stan
  #include mixture_data.stan
  #include wanted_quantities.stan
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  vector[K] hu = expand(free, free_index[1], fixed[1]); // probabilities of zero
  vector[K] lambda = expand(free, free_index[2], fixed[2]); // rates before truncation at zero
}
generated quantities {
  #include pointwise_quantities.stan
  array[predictive ? N : 0] int y_rep;
  {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    for (n in 1 : N) {
      if (pointwise) {
        vector[K + noise] lp = hurdle_poisson_log_components(y[n], log_theta, hu, lambda);
        #include pointwise_of_one.stan
      }
      if (predictive) {
        int k = categorical_rng(theta);
        if (k > K) {
          y_rep[n] = discrete_range_rng(to_int(noise_lower[1]), to_int(noise_upper[1]));
        } else {
          y_rep[n] = bernoulli_rng(hu[k]) ? 0 : zero_truncated_poisson_rng(lambda[k]);
        }
      }
    }
  }
}
