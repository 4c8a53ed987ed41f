"""Bounds of what jobs hold and do: for those that compute, and for the plan that imports nothing heavy."""

PROBABILITIES_AT_MOST = 50_000_000
"""Responsibilities, draws x observations x components, that are held at a time: 200 MB."""
CLIMBS_OF_A_CHAIN = 10
"""Draws of each chain, at most, from which climbs to the modes start."""
