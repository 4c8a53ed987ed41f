// Quantities of the size of the data for draws of binomial.stan: log likelihood, responsibilities, assignments
// and replicated data. Run by generate_quantities, over chunks of observations.
functions {
  #include expand.stan
  #include log_weights.stan
  #include binomial_log_components.stan
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
  vector[K] p = expand(free, free_index[1], fixed[1]); // probabilities of a success
}
generated quantities {
  #include pointwise_quantities.stan
  array[predictive ? N : 0] int y_rep;
  {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    for (n in 1 : N) {
      if (pointwise) {
        vector[K + noise] lp = binomial_log_components(y[n], trials[n], log_theta, p);
        #include pointwise_of_one.stan
      }
      if (predictive) {
        int k = categorical_rng(theta);
        if (k > K) {
          y_rep[n] = discrete_range_rng(0, trials[n]);
        } else {
          y_rep[n] = binomial_rng(trials[n], p[k]);
        }
      }
    }
  }
}
