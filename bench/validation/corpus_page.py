"""The page's section about ordinary data by default: how fits end, how often, and in what time."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scipy.stats import binomtest

from stanmix.judgement.verdict import GOOD, NOT_CONVERGED, STANDING

Row = Mapping[str, Any]
NO_VERDICT = "no verdict"
INTERVAL = 0.95


def render(rows: Sequence[Row]) -> list[str]:
    """Write the section.

    Parameters
    ----------
    rows
        Those of ``bench.validation.corpus``, at least one.
    """
    right = [row for row in rows if row["K"] == row["groups"]]
    runs = list({(row["data"], row["seed"], row["run_components"]): row for row in rows}.values())
    whole = [run["run_seconds"] for run in runs if run["run_components"] > 1]
    names = list(dict.fromkeys([*STANDING, *(row["verdict"] or NO_VERDICT for row in rows)]))
    machines = list(dict.fromkeys(f"{row['processor']}, {row['cores']} cores" for row in rows))
    lines = [
        "## Ordinary data by default",
        "",
        "How fits end of what `stanmix init` writes for published data and `stanmix run` runs. Nothing is",
        "changed but the seed and the numbers of components, which go from 1 to two more than there are",
        "groups; with some seeds only the number of groups was fitted. The data, and where their numbers of",
        "groups come from, are in `bench/validation/data`. No fit sees the known classes. Intervals are",
        "exact binomial ones of 95%, over runs with other seeds. Measured by `make corpus`.",
        "",
        f"- Measured on: {'; '.join(machines)}.",
        f"- Runs: {len(runs)}, of {len({row['data'] for row in rows})} data sets. Without a report: "
        f"{sum(not run['report'] for run in runs)}.",
        f"- Good verdicts at the number of groups that is there: {share(right, is_good)}.",
        f"- Of data whose groups are separated: {share([r for r in right if r['separated']], is_good)}.",
        f"- Of all fits, not `{NOT_CONVERGED}`: {share(rows, is_answered)}.",
        f"- Seconds of a run with all numbers of components: {seconds(whole)}.",
        "",
        "At the number of groups that is there, with medians of the adjusted Rand index (ARI) of the most",
        "probable components against known classes, and against those of mclust with the same structure;",
        "the time is that of a fit's jobs together:",
        "",
        "| data | model | groups | separated | good verdicts | ARI, classes | ARI, mclust | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (data, _), own in grouped(right, "data", "structure").items():
        first = own[0]
        lines.append(
            f"| {data} | {model(first)} | {first['groups']} | {'yes' if first['separated'] else 'no'} "
            f"| {share(own, is_good)} | {middle(own, 'ari_classes')} | {middle(own, 'ari_mclust')} "
            f"| {seconds([row['fit_seconds'] for row in own])} |"
        )
    lines += [
        "",
        "How many fits ended with each verdict, with the rounds of escalation and the time of a fit's jobs",
        "together:",
        "",
        f"| data | model | K | {' | '.join(names)} | rounds | seconds of a fit |",
        f"|---|---|---|{'---|' * len(names)}---|---|",
    ]
    for (data, _, K), own in grouped(rows, "data", "structure", "K").items():
        counts = Counter(row["verdict"] or NO_VERDICT for row in own)
        rounds = [row["rounds"] for row in own]
        there = f"**{K}**" if own[0]["groups"] == K else f"{K}"
        lines.append(
            f"| {data} | {model(own[0])} | {there} | {' | '.join(str(counts[name]) for name in names)} "
            f"| {spread(rounds)} | {seconds([row['fit_seconds'] for row in own])} |"
        )
    actions = Counter(action for row in rows for action in row["actions"])
    if actions:
        done = ", ".join(f"{action} {count}" for action, count in actions.most_common())
        lines += ["", f"Rounds of escalation: {done}."]
    return lines


def is_good(row: Row) -> bool:
    """Tell whether everything of a fit may be reported."""
    return row["verdict"] in GOOD


def is_answered(row: Row) -> bool:
    """Tell whether a fit ended with something to report; one without a verdict did not."""
    return row["verdict"] is not None and row["verdict"] != NOT_CONVERGED


def share(rows: Sequence[Row], is_one: Callable[[Row], bool]) -> str:
    """Say how many rows are of a kind, with the share and its exact binomial interval."""
    if not rows:
        return "none was run"
    count, n = sum(map(is_one, rows)), len(rows)
    low, high = interval(count, n)
    return f"{count} of {n}, {count / n:.0%} ({low:.0%} to {high:.0%})"


def interval(count: int, n: int) -> tuple[float, float]:
    """Return the exact interval of a probability (Clopper and Pearson 1934) of which there were n trials."""
    found = binomtest(count, n).proportion_ci(INTERVAL, method="exact")
    return float(found.low), float(found.high)


def grouped(rows: Sequence[Row], *keys: str) -> dict[Any, list[Row]]:
    """Return rows by a value of theirs, or by some, in the order in which these come."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        values = tuple(row[key] for key in keys)
        found.setdefault(values if len(keys) > 1 else values[0], []).append(row)
    return found


def model(row: Row) -> str:
    """Name the model that init chose."""
    return f"{row['family']} {row['structure'] or ''}".strip()


def middle(rows: Sequence[Row], key: str) -> str:
    """Return the median of a value, of the rows that have it; nothing where none has."""
    values = [row[key] for row in rows if row[key] is not None]
    return f"{statistics.median(values):.2f}" if values else ""


def spread(values: Sequence[int]) -> str:
    """Say the median of whole numbers, and the largest where it is another."""
    half = statistics.median(values)
    return f"{half:g}" if half == max(values) else f"{half:g}, at most {max(values)}"


def seconds(values: Sequence[float]) -> str:
    """Say a median time."""
    return f"{statistics.median(values):.0f}" if values else "none was measured"
