#include normal_log_components.stan
#include student_t_log_components.stan
#include lognormal_log_components.stan
#include gamma_log_components.stan
#include beta_log_components.stan
#include poisson_log_components.stan
#include neg_binomial_2_log_components.stan
