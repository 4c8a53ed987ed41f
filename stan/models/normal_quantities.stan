// Quantities of the size of the data for draws of normal.stan: log likelihood, responsibilities,
// assignments and replicated data. Run by generate_quantities, over chunks of observations.
functions {
  #include expand.stan
  #include normal_log_components.stan
}
data {
  #include normal_data.stan
  int<lower=0, upper=1> pointwise; // give log_lik, responsibility and z
  int<lower=0, upper=1> predictive; // give y_rep
}
#include normal_parameters.stan
generated quantities {
  vector[pointwise ? N : 0] log_lik;
  array[pointwise ? N : 0] vector[K] responsibility;
  array[pointwise ? N : 0] int z;
  vector[predictive ? N : 0] y_rep;
  {
    vector[K] log_theta = log(theta);
    for (n in 1 : N) {
      if (pointwise) {
        vector[K] lp = normal_log_components(y[n], log_theta, mu, sigma);
        log_lik[n] = log_sum_exp(lp);
        responsibility[n] = softmax(lp);
        z[n] = categorical_logit_rng(lp);
      }
      if (predictive) {
        int k = categorical_rng(theta);
        y_rep[n] = normal_rng(mu[k], sigma[k]);
      }
    }
  }
}
