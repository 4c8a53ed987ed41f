"""Bayesian mixture models with Stan: the logic behind the Snakemake workflow."""

__version__ = "0.1.0"
