"""Bounds of models, and of the memory and work of jobs. The plan reads them too, hence no heavy imports."""

PROBABILITIES_AT_MOST = 50_000_000
"""Number of responsibilities (draws x observations x components) in memory at a time: 200 MB."""
CLIMBS_OF_A_CHAIN = 10
"""Largest number of draws of each chain from which climbs to the modes start."""
MOST_COMPONENTS = 100
"""Largest number of components of a model; the schema of the configuration has the same."""
MOST_LEVELS = 1_000
"""Largest number of levels of a column of categories."""
MOST_COLUMNS = 1_000
"""Largest number of response columns; the schema of the configuration has the same."""
MOST_CORRELATED = 100
"""Largest number of response columns where each pair of them has a parameter."""
