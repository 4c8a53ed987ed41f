"""Leave-one-out predictive densities, and weights by stacking of them."""
