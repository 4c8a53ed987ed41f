// Parameters of every mixture: weights, and the free values of the components' parameters, in units in which the data are
// about 0 and 1, whatever units they come in.
array[theta_is_free] simplex[K + noise] theta_free;
vector<lower=(free_lower - free_centre) ./ free_unit,
       upper=(free_upper - free_centre) ./ free_unit>[n_free] standard;
