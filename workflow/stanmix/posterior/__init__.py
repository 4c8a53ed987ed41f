"""Draws of a fit: densities of observations, labels, the DataTree, and summaries."""
