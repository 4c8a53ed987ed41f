"""The page's section about planted modes: found, started at, and given which mass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bench.validation.corpus_page import NO_VERDICT, grouped, share

from stanmix.judgement.verdict import STANDING

Row = Mapping[str, Any]


def render(rows: Sequence[Row]) -> list[str]:
    """Write the section.

    Parameters
    ----------
    rows
        Those of ``bench.validation.planted``, at least one.
    """
    ended = [row["verdict"] or NO_VERDICT for row in rows]
    names = [name for name in dict.fromkeys([*STANDING, *ended]) if name in ended]
    lines = [
        "## Planted modes of known mass",
        "",
        "Small mixtures of two components whose posterior has up to three dimensions and, but for labels,",
        "exactly two modes. Their masses are known from a grid over all of the posterior;",
        "`bench/validation/planted.py` has the cases. Intervals are exact binomial ones of 95%, over cases",
        "and seeds. Masses that were given are shown over the exact ones: the smaller mode's, or, where both",
        "are alike, the one that is farther off. Measured by `make corpus`.",
        "",
        "| mass of the smaller mode | cases | both found | chains at both | two chains or more at both "
        "| mass by the search over exact |",
        "|---|---|---|---|---|---|",
    ]
    for smaller, own in grouped(rows, "smaller").items():
        one, two = (share(own, partial(have_chains, least=least)) for least in (1, 2))
        lines.append(
            f"| {smaller:g} | {len({row['case'] for row in own})} | {share(own, are_found)} | {one} | {two} "
            f"| {extent([ratio_of(row, 'laplace') for row in own])} |"
        )
    apart = [row["off"] for row in rows if row["off"] is not None]
    if apart:
        lines += [
            "",
            "The difference of the two modes' log densities is that of the grid's function to within "
            f"{max(apart):.4f} nats.",
        ]
    lines += [
        "",
        "| case | family | free values | rows | masses | barrier, nats | both found | listed | chains "
        f"| by the search | by the ledger | {' | '.join(names)} |",
        f"|---|---|---|---|---|---|---|---|---|---|---|{'---|' * len(names)}",
    ]
    for case, own in grouped(rows, "case").items():
        first, counts = own[0], Counter(row["verdict"] or NO_VERDICT for row in own)
        masses = " and ".join(f"{mass:.3f}" for mass in first["masses"])
        chains = ", ".join(dict.fromkeys("+".join(map(str, row["chains"])) for row in own if row["chains"]))
        lines.append(
            f"| {case} | {first['family']} | {first['free']} | {first['n']} | {masses} "
            f"| {first['barrier']:.1f} | {sum(map(are_found, own))} of {len(own)} "
            f"| {max(row['listed'] for row in own)} | {chains} "
            f"| {extent([ratio_of(row, 'laplace') for row in own])} "
            f"| {extent([ratio_of(row, 'ledger') for row in own])} "
            f"| {' | '.join(str(counts[name]) for name in names)} |"
        )
    return lines


def are_found(row: Row) -> bool:
    """Tell whether the search lists both modes."""
    return all(row["found"])


def have_chains(row: Row, least: int) -> bool:
    """Tell whether so many chains, at least, start at each mode."""
    return row["chains"] is not None and min(row["chains"]) >= least


def ratio_of(row: Row, key: str) -> float | None:
    """Return a mass that was given to the smaller mode over its exact one; none where none was given."""
    if row[key] is None:
        return None
    if max(row["masses"]) - min(row["masses"]) < 0.01:
        return float(max(row[key], key=lambda ratio: abs(ratio - 1)))
    return float(row[key][row["masses"].index(min(row["masses"]))])


def extent(values: Sequence[float | None]) -> str:
    """Say from what to what some numbers go; nothing where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = f"{min(known):.2f}", f"{max(known):.2f}"
    return low if low == high else f"{low} to {high}"
