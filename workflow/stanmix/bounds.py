"""Bounds of what jobs hold in memory, for the plan, too, that imports nothing heavy; and of models."""

PROBABILITIES_AT_MOST = 50_000_000
"""Responsibilities, draws x observations x components, that are held at a time: 200 MB."""
MOST_COMPONENTS = 100
"""Components of a model, as the schema of the configuration says."""
MOST_LEVELS = 1_000
"""Levels of a column of categories."""
MOST_COLUMNS = 1_000
"""Response columns, as the schema of the configuration says."""
MOST_CORRELATED = 100
"""Response columns with a parameter for each pair of them."""
