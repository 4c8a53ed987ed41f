"""How labels were resolved, and at which modes the chains are."""

from __future__ import annotations

from typing import Any

from stanmix.report.registry import Section, Source


def facts(source: Source) -> dict[str, Any]:
    """Return the facts of labels and the ledger of modes."""
    return {key: source.diagnostics[key] for key in ("labels", "modes")}


SECTION = Section("fit", "labels", "Labels and modes", 140, facts)
