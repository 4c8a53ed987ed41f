int<lower=0, upper=1> pointwise; // give log_lik, responsibility and z
int<lower=0, upper=1> predictive; // give y_rep
