// A mixture of K components, shared by all programs.
int<lower=1> K; // components

// Noise: observations of no component, uniform over a region of so many columns. Its weight stands after those of the
// components. Without noise the region has no columns.
int<lower=0, upper=1> noise;
int<lower=0> noise_columns;
vector[noise_columns] noise_lower;
vector[noise_columns] noise_upper;
real noise_log_density; // of every observation; 0 where they differ in it, by their trials or their missing cells:
int<lower=0, upper=1> noise_by_row;
vector[noise_by_row ? N : 0] noise_of_row; // the log density of each

// Components of observations, where those of some are known; 0 for the others.
int<lower=0, upper=1> has_labels;
array[has_labels ? N : 0] int<lower=0, upper=K> label;

// Weights: free with a Dirichlet prior, or fixed.
int<lower=0, upper=1> theta_is_free;
vector<lower=0>[K + noise] theta_alpha;
vector[K + noise] theta_fixed;

// The P parameters of a component, in the family's order: n_free free values in all. free_index says which of
// them each component uses for each parameter; where it is 0, the value is fixed.
int<lower=1> P;
int<lower=0> n_free;
array[P, K] int<lower=0, upper=n_free> free_index;
array[P] vector[K] fixed;
vector[n_free] free_lower;
vector[n_free] free_upper;
vector[n_free] free_centre; // Stan samples free values less their centres, in these units
vector<lower=0>[n_free] free_unit;
array[n_free] int free_prior;
array[n_free] vector[3] free_prior_args;
vector[n_free] free_prior_log_mass;
