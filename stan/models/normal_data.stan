// Data of the normal mixture, shared by the sampling program and its generated quantities.
int<lower=1> N; // observations (distinct values where ties are collapsed)
vector[N] y;
array[N] int<lower=1> count; // how often each value was observed
int<lower=1> K; // components

// Weights: free with a Dirichlet prior, or fixed.
int<lower=0, upper=1> theta_is_free;
vector<lower=0>[K] theta_alpha;
vector[K] theta_fixed;

// Means: n_mu free values; mu_index says which of them each component uses (0: fixed).
int<lower=0> n_mu;
array[K] int<lower=0, upper=n_mu> mu_index;
vector[K] mu_fixed;
vector[n_mu] mu_lower;
vector[n_mu] mu_upper;
array[n_mu] int mu_prior;
array[n_mu] vector[3] mu_prior_args;
vector[n_mu] mu_prior_log_mass;

// Standard deviations, in the same way.
int<lower=0> n_sigma;
array[K] int<lower=0, upper=n_sigma> sigma_index;
vector[K] sigma_fixed;
vector<lower=0>[n_sigma] sigma_lower;
vector[n_sigma] sigma_upper;
array[n_sigma] int sigma_prior;
array[n_sigma] vector[3] sigma_prior_args;
vector[n_sigma] sigma_prior_log_mass;
