// Parameters of the normal mixture: identical in the sampling program and its generated quantities.
parameters {
  array[theta_is_free] simplex[K] theta_free;
  vector<lower=mu_lower, upper=mu_upper>[n_mu] mu_free;
  vector<lower=sigma_lower, upper=sigma_upper>[n_sigma] sigma_free;
}
transformed parameters {
  vector[K] theta = theta_fixed;
  if (theta_is_free) {
    theta = theta_free[1];
  }
  vector[K] mu = expand(mu_free, mu_index, mu_fixed);
  vector[K] sigma = expand(sigma_free, sigma_index, sigma_fixed);
}
