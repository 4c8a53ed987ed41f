"""The data of an analysis. Its facts are those of the data set."""

from __future__ import annotations

from stanmix.report.registry import Section

SECTION = Section("dataset", "data", "Data", 10)
