"""Pages of the whole run, after those of its data sets."""

from __future__ import annotations

from stanmix.report.registry import Section

SECTIONS = (Section("run", "methods", "Methods", 10), Section("run", "reproduction", "Reproduction", 20))
