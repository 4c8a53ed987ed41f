// Quantities of the size of the data for draws of multi_student_t.stan: log likelihood, responsibilities, assignments
// and replicated data. Run by generate_quantities, over chunks of observations.
functions {
  #include expand.stan
  #include log_weights.stan
  #include component_vectors.stan
  #include component_scales.stan
  #include component_factors.stan
  #include shaped_factors.stan
  #include rotated_factors.stan
  #include loaded_factors.stan
  #include structured_factors.stan
  #include marginal_means.stan
  #include marginal_factors.stan
  #include multi_student_t_log_components.stan
}
data {
  #include row_observations.stan
  #include mixture_data.stan
  #include joint_data.stan
  #include patterns.stan
  int<lower=1, upper=5> kind; // what the parameters of the covariances are: see structured_factors.stan
  int<lower=0> Q; // factors
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
    array[K] matrix[D, D] L = structured_factors(value[1 : P - 1], D, kind, Q);
    vector[K] nu = value[P];
    for (m in 1 : patterns) {
      array[observed[m]] int some = columns[m, 1 : observed[m]];
      array[K] vector[observed[m]] mean = marginal_means(mu, some);
      array[K] matrix[observed[m], observed[m]] factor = marginal_factors(L, some);
      for (n in by_pattern[first[m] : last[m]]) {
        if (pointwise) {
          vector[K + noise] lp = multi_student_t_log_components(y[n, some]', log_theta, nu, mean,
                                   factor);
          #include pointwise_of_one.stan
        }
      }
    }
    if (predictive) {
      for (n in 1 : N) {
        int k = categorical_rng(theta);
        if (k > K) {
          y_rep[n] = to_row_vector(uniform_rng(noise_lower, noise_upper));
        } else {
          y_rep[n] = multi_student_t_cholesky_rng(nu[k], mu[k], L[k])';
        }
      }
    }
  }
}
