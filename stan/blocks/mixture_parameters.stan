// Parameters of every mixture: weights, and the free values of the components' parameters.
array[theta_is_free] simplex[K + noise] theta_free;
vector<lower=free_lower, upper=free_upper>[n_free] free;
