"""The page's sections about the search for modes with many seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.validation.corpus_page import grouped, interval, model

Row = Mapping[str, Any]


def render(rows: Sequence[Row]) -> list[str]:
    """Write the section about ordinary data.

    Parameters
    ----------
    rows
        Those of ``bench.validation.searches``, at least one.
    """
    lines = [
        "## The search for modes",
        "",
        "Searches of the fits of `bench/validation/corpus.py` with many seeds, without sampling: how many",
        "reached the highest log density that any of them found, to within 0.1. Intervals are exact binomial",
        "ones of 95%. Seconds are of one search, two at a time. Measured by `python -m",
        "bench.validation.searches`.",
        "",
        f"- Measured on: {'; '.join(dict.fromkeys(row['processor'] for row in rows))}.",
        f"- In all: {of_all(sum(row['reached'] for row in rows), sum(row['seeds'] for row in rows))}.",
        f"- Fits of which at least 99% of searches reached it: "
        f"{sum(row['reached'] >= 0.99 * row['seeds'] for row in rows)} of {len(rows)}.",
        "",
        "| data | model | K | highest log density | reached it | climbs | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        there = f"**{row['K']}**" if row["groups"] == row["K"] else f"{row['K']}"
        lines.append(
            f"| {row['data']} | {model(row)} | {there} | {row['best']:.2f} "
            f"| {row['reached']} of {row['seeds']} | {row['climbs']:g} | {row['seconds']:.1f} |"
        )
    return lines


def render_planted(rows: Sequence[Row]) -> list[str]:
    """Write the section about planted modes; the rows are those of the searches, at least one."""
    lines = [
        "## The search for planted modes",
        "",
        "The search alone, with many seeds, in the cases of `bench/validation/planted.py`, whose masses are",
        "known: how often it lists both modes, two chains or more of four start at each, and what mass it",
        "gives the smaller one over the exact one, from the least to the most.",
        "",
        "| mass of the smaller mode | cases | searches | both found | two chains at each | mass over exact |",
        "|---|---|---|---|---|---|",
    ]
    for smaller, own in grouped(rows, "smaller").items():
        n = sum(row["seeds"] for row in own)
        found, chains = (sum(row[key] for row in own) for key in ("found", "chains"))
        low = min((row["least"] for row in own if row["least"] is not None), default=float("nan"))
        high = max((row["most"] for row in own if row["most"] is not None), default=float("nan"))
        lines.append(
            f"| {smaller:g} | {len(own)} | {n} | {of_all(found, n)} | {of_all(chains, n)} "
            f"| {low:.2f} to {high:.2f} |"
        )
    return lines


def of_all(count: int, n: int) -> str:
    """Say how many of n, with the share and its exact interval."""
    low, high = interval(count, n)
    return f"{count} of {n}, {count / n:.1%} ({low:.1%} to {high:.1%})"
