"""Multivariate families: rows of numbers, with the covariance structures of mclust's names and factors."""

from stanmix.families.multivariate.normal import FACTORS, MultiNormal
from stanmix.families.multivariate.structures import STRUCTURES, most_factors
from stanmix.families.multivariate.student import MultiStudentT

__all__ = ["FACTORS", "STRUCTURES", "MultiNormal", "MultiStudentT", "most_factors"]
