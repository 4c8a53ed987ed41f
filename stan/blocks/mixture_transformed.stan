// What every mixture has on the user's scale: weights, and free values.
vector[K + noise] theta = theta_fixed;
if (theta_is_free) {
  theta = theta_free[1];
}
vector[n_free] free = free_centre + free_unit .* standard;
