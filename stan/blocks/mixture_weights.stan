vector[K + noise] theta = theta_fixed;
if (theta_is_free) {
  theta = theta_free[1];
}
