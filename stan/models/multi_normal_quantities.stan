// Quantities of the size of the data for draws of multi_normal.stan: log likelihood, responsibilities, assignments
// and replicated data. Run by generate_quantities, over chunks of observations.
functions {
  #include expand.stan
  #include log_weights.stan
  #include component_vectors.stan
  #include component_factors.stan
  #include multi_normal_log_components.stan
}
data {
  #include row_observations.stan
  #include mixture_data.stan
  #include joint_data.stan
  int<lower=1, upper=K> G; // covariances: K of them, or one that all components share
  #include wanted_quantities.stan
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  #include joint_values.stan
  #include mixture_values.stan
}
generated quantities {
  #include pointwise_quantities.stan
  matrix[predictive ? N : 0, D] y_rep;
  {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    array[K] vector[D] mu = component_vectors(value, 0, D);
    array[G] matrix[D, D] L = component_factors(value, D, G);
    for (n in 1 : N) {
      if (pointwise) {
        vector[K + noise] lp = multi_normal_log_components(y[n]', log_theta, mu, L);
        #include pointwise_of_one.stan
      }
      if (predictive) {
        int k = categorical_rng(theta);
        if (k > K) {
          y_rep[n] = to_row_vector(uniform_rng(noise_lower, noise_upper));
        } else {
          y_rep[n] = multi_normal_cholesky_rng(mu[k], L[G == 1 ? 1 : k])';
        }
      }
    }
  }
}
