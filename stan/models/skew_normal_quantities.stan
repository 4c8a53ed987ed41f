// Quantities of the size of the data for draws of skew_normal.stan: log likelihood, responsibilities, assignments
// and replicated data. Run by generate_quantities, over chunks of observations.
functions {
  #include expand.stan
  #include log_weights.stan
  #include skew_normal_log_components.stan
}
data {
  #include real_observations.stan
  #include mixture_data.stan
  #include wanted_quantities.stan
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  vector[K] xi = expand(free, free_index[1], fixed[1]); // locations
  vector[K] omega = expand(free, free_index[2], fixed[2]); // scales
  vector[K] alpha = expand(free, free_index[3], fixed[3]); // shapes
}
generated quantities {
  #include pointwise_quantities.stan
  vector[predictive ? N : 0] y_rep;
  {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    for (n in 1 : N) {
      if (pointwise) {
        vector[K + noise] lp = skew_normal_log_components(y[n], log_theta, xi, omega, alpha);
        #include pointwise_of_one.stan
      }
      if (predictive) {
        int k = categorical_rng(theta);
        if (k > K) {
          y_rep[n] = uniform_rng(noise_lower[1], noise_upper[1]);
        } else {
          y_rep[n] = skew_normal_rng(xi[k], omega[k], alpha[k]);
        }
      }
    }
  }
}
