// Finite mixture of normal distributions, assignments summed out.
// Every mean and standard deviation may be free, shared between components, or fixed.
functions {
  #include expand.stan
  #include prior_lpdf.stan
  #include weights_prior_lpdf.stan
  #include normal_log_components.stan
  #include normal_mixture_lpdf.stan
}
data {
  #include normal_data.stan
  int<lower=0, upper=1> likelihood; // 0: the prior alone, for prior predictive checks
}
#include normal_parameters.stan
model {
  if (theta_is_free) {
    target += weights_prior_lpdf(theta | theta_alpha);
  }
  target += prior_lpdf(mu_free | mu_prior, mu_prior_args, mu_prior_log_mass);
  target += prior_lpdf(sigma_free | sigma_prior, sigma_prior_args, sigma_prior_log_mass);
  if (likelihood) {
    target += normal_mixture_lpdf(y | count, log(theta), mu, sigma);
  }
}
