// The normal mixture with one standard deviation, as the Stan User's Guide writes it.
data {
  int<lower=1> N;
  int<lower=1> K;
  vector[N] y;
  vector[K] center;
}
parameters {
  simplex[K] theta;
  vector[K] mu;
  real<lower=0> sigma;
}
model {
  vector[K] log_theta = log(theta);
  theta ~ dirichlet(rep_vector(1, K));
  mu ~ normal(center, 2);
  sigma ~ cauchy(0, 5);
  for (n in 1 : N) {
    vector[K] lps = log_theta;
    for (k in 1 : K) {
      lps[k] += normal_lpdf(y[n] | mu[k], sigma);
    }
    target += log_sum_exp(lps);
  }
}
