// Quantities of the size of the data for draws of product.stan: log likelihood, responsibilities, assignments
// and replicated data. Run by generate_quantities, over chunks of observations.
functions {
  #include expand.stan
  #include log_weights.stan
  #include column_log_components.stan
  #include product_log_components.stan
  #include product_rng.stan
  #include product_noise_rng.stan
}
data {
  #include row_observations.stan
  #include mixture_data.stan
  array[D] int<lower=1, upper=8> family; // of each column; see product_log_components
  array[D] int<lower=2> levels; // of categorical columns
  #include wanted_quantities.stan
}
parameters {
  #include mixture_parameters.stan
}
transformed parameters {
  #include mixture_transformed.stan
  #include mixture_values.stan
}
generated quantities {
  #include pointwise_quantities.stan
  matrix[predictive ? N : 0, D] y_rep;
  {
    vector[K + noise] log_theta = log_weights(theta, noise, noise_log_density);
    for (n in 1 : N) {
      if (pointwise) {
        vector[K + noise] lp = product_log_components(y[n], family, levels, log_theta, value);
        #include pointwise_of_one.stan
      }
      if (predictive) {
        int k = categorical_rng(theta);
        if (k > K) {
          y_rep[n] = product_noise_rng(family, noise_lower, noise_upper);
        } else {
          y_rep[n] = product_rng(family, levels, value, k);
        }
      }
    }
  }
}
