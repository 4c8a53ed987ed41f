if (noise_by_row) {
  lp[K + 1] += noise_of_row[n];
}
if (has_labels && label[n] > 0) {
  log_lik[n] = lp[label[n]];
  responsibility[n] = one_hot_vector(K + noise, label[n]);
  z[n] = label[n];
} else {
  log_lik[n] = log_sum_exp(lp);
  responsibility[n] = softmax(lp);
  z[n] = categorical_rng(responsibility[n]);
}
