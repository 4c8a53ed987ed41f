// The multivariate normal mixture, one observation at a time.
data {
  int<lower=1> N;
  int<lower=1> K;
  int<lower=1> D;
  array[N] vector[D] y;
  array[K] vector[D] center;
}
parameters {
  simplex[K] theta;
  array[K] vector[D] mu;
  array[K] cholesky_factor_cov[D] L;
}
model {
  vector[K] log_theta = log(theta);
  theta ~ dirichlet(rep_vector(1, K));
  for (k in 1 : K) {
    mu[k] ~ normal(center[k], 2);
    diagonal(L[k]) ~ lognormal(0, 1);
    for (d in 2 : D) {
      L[k][d, 1 : d - 1] ~ std_normal();
    }
  }
  for (n in 1 : N) {
    vector[K] lps = log_theta;
    for (k in 1 : K) {
      lps[k] += multi_normal_cholesky_lpdf(y[n] | mu[k], L[k]);
    }
    target += log_sum_exp(lps);
  }
}
