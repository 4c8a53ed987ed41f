"""Bounds of what jobs hold and do, for the plan, too, that imports nothing heavy; and of models."""

PROBABILITIES_AT_MOST = 50_000_000
"""Responsibilities, draws x observations x components, that are held at a time: 200 MB."""
CLIMBS_OF_A_CHAIN = 10
"""Draws of each chain, at most, from which climbs to the modes start."""
MOST_COMPONENTS = 100
"""Components of a model, as the schema of the configuration says."""
MOST_LEVELS = 1_000
"""Levels of a column of categories."""
MOST_COLUMNS = 1_000
"""Response columns, as the schema of the configuration says."""
MOST_CORRELATED = 100
"""Response columns with a parameter for each pair of them."""
