log_lik[n] = log_sum_exp(lp);
responsibility[n] = softmax(lp);
z[n] = categorical_logit_rng(lp);
