// The multivariate normal mixture by the project's likelihood.
functions {
  #include multi_normal_log_components.stan
  #include multi_normal_mixture_lpdf.stan
}
data {
  int<lower=1> N;
  int<lower=1> K;
  int<lower=1> D;
  matrix[N, D] y;
  vector<lower=0>[N] count;
  array[K] vector[D] center;
}
parameters {
  simplex[K] theta;
  array[K] vector[D] mu;
  array[K] cholesky_factor_cov[D] L;
}
model {
  theta ~ dirichlet(rep_vector(1, K));
  for (k in 1 : K) {
    mu[k] ~ normal(center[k], 2);
    diagonal(L[k]) ~ lognormal(0, 1);
    for (d in 2 : D) {
      L[k][d, 1 : d - 1] ~ std_normal();
    }
  }
  target += multi_normal_mixture_lpdf(y | count, log(theta), mu, L);
}
