// The prior of every mixture.
if (theta_is_free) {
  target += weights_prior_lpdf(theta | theta_alpha);
}
target += prior_lpdf(free | free_prior, free_prior_args, free_prior_log_mass);
