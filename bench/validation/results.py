"""Write what shows that results can be trusted: ``docs/validation.json`` and ``docs/validation.md``.

``make validation`` measures everything but the parts of ``bench.validation.corpus``,
``bench.validation.searches`` and ``bench.validation.planted``, whose rows come one run after the other and
are kept; ``--only`` keeps the other parts as they were.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.validation import corpus_page, oracles, planted_page, recovery, searches_page, verdicts
from bench.workers import ROOT

from stanmix.io import replacing
from stanmix.judgement.verdict import NOT_CONVERGED

FACTS = ROOT / "docs" / "validation.json"
PARTS = ("posteriors", "verdicts", "overfitted", "recovery")
BY_RUN = {
    "corpus": corpus_page.render,
    "searches": searches_page.render,
    "planted": planted_page.render,
    "planted_searches": searches_page.render_planted,
}
"""Parts whose rows come one run after the other, in the order of the page; missing where none was run."""
MEANING = {
    "good": "clear groups, the true number of components, the default settings",
    "stuck": "three groups, two components, one chain started at another mode than the others",
    "short": "too many components, random starts, 100 iterations of warmup and 100 draws",
    "overfitted": "one component too many, the default settings with at most five rounds of escalation",
}


def render(facts: Mapping[str, Any]) -> str:
    """Write the page."""
    found = facts["verdicts"]
    cost = found["relabelling_cost"]
    tables = found["verdicts"] | {"overfitted": Counter(it["verdict"] for it in facts["overfitted"])}
    names = list(dict.fromkeys(name for counts in tables.values() for name in counts))
    lines = [
        "# Validation",
        "",
        "Written by `make validation`; the numbers are in [validation.json](validation.json).",
        "",
        "## Verdicts on simulated data whose answer is known",
        "",
        "Four chains each; `bench/validation/verdicts.py` says how the data are simulated.",
        "",
        f"- Labels of a peer's 400 draws switched at random, {found['switches']['cases']} times: all "
        f"undone in {found['switches']['undone']}.",
        f"- Relabelling {cost['draws']:,} draws with N = {cost['N']:,} and K = {cost['K']}: "
        f"{cost['seconds']:.1f} s, peak memory of the process {cost['peak_memory_mb']:.0f} MiB.",
        f"- Good fits that are flagged: {found['good']['flagged']} of {found['good']['cases']}.",
        f"- Bad fits that are flagged: {found['bad']['flagged']} of {found['bad']['cases']}.",
        "",
        f"| fits | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
        *(
            f"| {MEANING[kind]} | {' | '.join(str(counts.get(name, 0)) for name in names)} |"
            for kind, counts in tables.items()
        ),
        "",
        render_overfitted(facts["overfitted"]),
        "",
        "## Agreement with published posteriors",
        "",
        "Posterior means of ours and of others for the same model and data, their difference z in combined",
        "Monte Carlo standard errors, and the ratio of posterior standard deviations.",
        "",
        "| data | reference | parameter | ours | theirs | z | gate | sd ratio |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {row['dataset']} | {row['reference']} | {row['parameter']} | {row['ours']:.4f} "
            f"| {row['theirs']:.4f} | {row['z']:.2f} | {row['gate']} | {row['sd_ratio']:.3f} |"
            for row in facts["posteriors"]
        ),
        "",
        *render_recovery(facts["recovery"]),
        *(line for part, page in BY_RUN.items() if facts.get(part) for line in ("", *page(facts[part]))),
    ]
    return "\n".join(lines) + "\n"


def render_overfitted(fits: Sequence[Mapping[str, Any]]) -> str:
    """Say what the fits with one component too many took, and what failed where it was not enough."""
    draws = sorted(fit["draws"] for fit in fits)
    text = (
        f"The fits with one component too many ended with {draws[0]:,} to {draws[-1]:,} draws over four "
        f"chains (median {draws[len(draws) // 2]:,})."
    )
    failed = [fit["failed"] for fit in fits if fit["verdict"] == NOT_CONVERGED]
    if failed:
        text += f" Those that did not converge failed: {'; '.join(', '.join(names[:4]) for names in failed)}."
    return text


def render_recovery(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write the section about recovered parameters."""
    low, high = recovery.REQUIRED

    def counts(found: Mapping[str, Any]) -> str:
        return f"{found['covered']} of {found['intervals']}"

    lines = [
        "## Recovery of known parameters",
        "",
        f"Data sets of {recovery.N} observations, simulated from two well separated components whose true",
        "values are in `bench/validation/recovery.py`, and fitted with the default priors: how many central",
        f"{recovery.INTERVAL:.0%} intervals cover the truth. Of a family's, {low:.0%} to {high:.0%} have to.",
        "The probability of zeros is shared by the components, since it is not identified where each has its",
        "own. R-hat is the largest of all parameters and data sets.",
        "",
        "| family | data sets | covered | share | by parameter | R-hat | divergences | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        each = ", ".join(f"`{name}` {counts(found)}" for name, found in row["parameters"].items())
        lines.append(
            f"| {row['family']} | {row['datasets']} | {counts(row)} | {row['share']:.0%} | {each} "
            f"| {row['rhat_max']:.3f} | {row['divergences']} | {row['seconds']:.0f} |"
        )
    return lines


def read() -> dict[str, Any]:
    """Read the facts as they are."""
    found: dict[str, Any] = json.loads(FACTS.read_text("utf-8"))
    return found


def store(facts: Mapping[str, Any]) -> None:
    """Write facts and page; of the parts that come run by run each row is a line."""
    text = json.dumps({part: found for part, found in facts.items() if part not in BY_RUN}, indent=2)
    for part in BY_RUN:
        if facts.get(part):
            rows = ",\n".join(f"    {json.dumps(row)}" for row in facts[part])
            text = f'{text[:-2]},\n  "{part}": [\n{rows}\n  ]\n}}'
    with replacing(FACTS) as file:
        file.write_text(text + "\n", "utf-8")
    with replacing(FACTS.with_suffix(".md")) as file:
        file.write_text(render(facts), "utf-8")


def update(part: str, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to a part that comes run by run, in place of those that are there with the same key."""
    facts = read()
    facts[part] = merged(facts.get(part, []), key, rows)
    store(facts)


def merged(
    before: Sequence[Mapping[str, Any]], key: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Replace rows of the same key and add the others, in the order of the key."""
    found = {tuple(row[name] for name in key): row for row in (*before, *rows)}
    return [found[value] for value in sorted(found)]


def main() -> None:
    """Measure, and write facts and page."""
    parser = argparse.ArgumentParser(prog="python -m bench.validation.results", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="measure these parts")
    wanted = parser.parse_args().only
    facts = read()
    if "posteriors" in wanted:
        with tempfile.TemporaryDirectory(dir=ROOT) as place:
            facts["posteriors"] = oracles.compare(Path(place) / "oracles")
    if "verdicts" in wanted:
        facts["verdicts"] = verdicts.measure()
    if "overfitted" in wanted:
        facts["overfitted"] = verdicts.overfitted()
    if "recovery" in wanted:
        facts["recovery"] = recovery.measure()
    store(facts)


if __name__ == "__main__":
    main()
