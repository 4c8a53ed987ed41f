"""The configuration: its schema, its rules, and the fits that it asks for."""

from stanmix.config.loading import Analysis, Config, Fit, is_remote, load, new_columns, unreadable_files
from stanmix.config.reading import read
from stanmix.config.schema import config_schema

__all__ = [
    "Analysis",
    "Config",
    "Fit",
    "config_schema",
    "is_remote",
    "load",
    "new_columns",
    "read",
    "unreadable_files",
]
