"""Data sets: they are simulated or read from tables, checked, and stored."""
