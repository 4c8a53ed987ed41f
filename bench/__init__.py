"""Benchmarks, run from the project's root; their results are in docs/."""
