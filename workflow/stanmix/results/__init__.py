"""What is read off the draws of a fit, and comparisons of fits."""
