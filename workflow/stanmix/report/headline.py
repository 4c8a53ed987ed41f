"""The first screen of the report for each analysis: its verdict, its best fits, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stanmix.families import Family
from stanmix.judgement.verdict import FAILED, LIMITED, PASSED, SENTENCE
from stanmix.results.comparison import is_clear

Facts = Mapping[str, Any]


def headline(
    dataset: Facts, fits: Sequence[Facts], comparison: Sequence[Facts], failures: Sequence[Facts] = ()
) -> dict[str, Any]:
    """Collect the first facts of an analysis for a reader.

    Parameters
    ----------
    dataset
        Facts of the data set.
    fits
        Facts of its fits that have results.
    comparison
        Its comparison, best fit first.
    failures
        Facts of its fits without results.

    Returns
    -------
    dict
        ``dataset``, ``fits`` (their number), ``passed``, ``limited`` (components are not identified),
        ``failed`` and ``lost`` (without results; numbers of such fits), ``components`` (smallest and largest
        K), ``warnings`` (sentences), ``best`` (the ranked fit of highest elpd), ``supported`` (fits that are
        not clearly worse, see :func:`stanmix.results.comparison.is_clear`), ``choice`` (of these, the fit
        with fewest components that passed every check, or None), ``behind`` (the fit after the best), and
        ``next`` (a sentence). ``best``, ``supported``, ``choice`` and ``behind`` are empty if elpd cannot be
        compared, or if no fit is ranked.
    """
    by_key = {(fit["model"], fit["components"]): fit for fit in fits}
    warnings = incomparable(fits)
    rows = [] if warnings else [row for row in comparison if row["elpd_diff"] is not None]
    supported = [row for row in rows if not is_clear(row["elpd_diff"], row["se_diff"])]
    trusted = [row for row in supported if by_key[_key(row)]["converged"]]
    choice = min(trusted, key=lambda row: row["components"], default=None)
    standings = [fit["standing"] for fit in fits]
    numbers = [fit["components"] for fit in (*fits, *failures)]
    return {
        "dataset": dataset["name"],
        "fits": len(fits) + len(failures),
        **{kind: standings.count(kind) for kind in (PASSED, LIMITED, FAILED)},
        "lost": len(failures),
        "components": [min(numbers), max(numbers)],
        "warnings": [
            *warnings,
            *_left_out(comparison),
            *_unreliable(choice or (rows[0] if rows else None), by_key),
        ],
        "best": _short(rows[0]) if rows else None,
        "behind": _short(rows[1]) if len(rows) > 1 else None,
        "supported": [_short(row) for row in supported],
        "choice": None if choice is None else _short(choice),
        "next": _next_of_all(fits, failures, _next(fits, rows, supported, choice, bool(warnings), by_key)),
    }


def incomparable(fits: Sequence[Facts]) -> list[str]:
    """Say in sentences why differences of elpd between some fits of a data set mean nothing."""
    found = []
    kinds: dict[str, list[str]] = {}
    for fit in sorted(fits, key=lambda fit: (fit["measure"], fit["family"])):
        families = kinds.setdefault(fit["measure"], [])
        families += [fit["family"]] * (fit["family"] not in families)
    if len(kinds) > 1:
        listed = "; ".join(f"{_list(families)}: {kind}" for kind, families in kinds.items())
        found.append(
            "Differences of elpd mean nothing between families that measure the data otherwise, by "
            f"probabilities of counts or by densities of numbers ({listed}). Compare fits within each kind."
        )
    sizes = sorted({fit["elpd"]["n"] for fit in fits})
    if len(sizes) > 1:
        numbers = _list([f"{n:,}" for n in sizes])
        found.append(
            "Differences of elpd mean nothing between fits to different observations: there are fits to "
            f"{numbers} of them. Compare fits to the same ones."
        )
    return found


def measure(family: Family) -> str:
    """Say whether a family gives probabilities or densities; for a product, say it for each column."""
    columns = family.of_column or (family,)
    kinds = ["probability" if own.support.whole else "density" for own in columns]
    return kinds[0] if len(set(kinds)) == 1 else ", ".join(kinds)


def remedies(reasons: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Group reasons, each a finding with its remedy, by the remedy."""
    groups: dict[str, list[str]] = {}
    for reason in reasons:
        finding, *remedy = SENTENCE.split(reason, maxsplit=1)
        groups.setdefault("".join(remedy), []).append(finding.rstrip("."))
    return list(groups.items())


def name_of(row: Facts) -> str:
    """Name a fit as everywhere in the report: model, K = components."""
    return f"{row['model']}, K = {row['components']}"


def _next(
    fits: Sequence[Facts],
    rows: Sequence[Facts],
    supported: Sequence[Facts],
    choice: Facts | None,
    is_mixed: bool,
    by_key: Mapping[tuple[str, int], Facts],
) -> str:
    """Say in a sentence or two what to do."""
    if not fits:
        return ""
    failed = [fit for fit in fits if fit["standing"] == FAILED]
    if len(failed) == len(fits):
        where = "The fit" if len(fits) == 1 else "No fit"
        return f"{where} {'did not pass' if len(fits) == 1 else 'passed'} every check. {_remedy(failed[0])}"
    if is_mixed:
        return "Choose the kind of model by what the data are, then compare within it."
    if not rows:
        if len(fits) > 1:
            return "No fit can be ranked: choose by what the components of those that passed mean."
        passed = fits[0]["standing"] == PASSED
        return "Every check passed: report it, without its elpd." if passed else _of_limited(fits[0], 1)
    if choice is None:
        limited = [row for row in supported if by_key[_key(row)]["standing"] == LIMITED]
        if limited:
            return _of_limited(min(limited, key=lambda row: row["components"]), len(fits))
        doubtful = by_key[_key(supported[0])]
        return f"None of the fits that predict best passed every check. {_remedy(doubtful)}"
    if len(fits) == 1:
        return "Every check passed: report it."
    text = f"Report {name_of(choice)}: "
    if len(rows) == 1:
        return text + "it passed every check, and no other fit can be ranked."
    if len(supported) == 1:
        than = "the others" if len(rows) == len(fits) else "the others that are ranked"
        return text + f"it predicts clearly better than {than}, and passed every check."
    text += (
        "it passed every check and has the fewest components of the fits that predict as well as the best."
    )
    for standing, one, several in (
        (FAILED, "predicts as well, but did not pass", "that predict as well did not pass"),
        (
            LIMITED,
            "predicts as well, but its components are not identified",
            "predict as well, but their components are not identified",
        ),
    ):
        others = [row for row in supported if by_key[_key(row)]["standing"] == standing]
        if len(others) == 1:
            text += f" {name_of(others[0])} {one}."
        elif others:
            text += f" {len(others)} others {several}."
    return text


def _next_of_all(fits: Sequence[Facts], failures: Sequence[Facts], text: str) -> str:
    """Say what to do first if fits have no results, followed by ``text`` about the others."""
    if not failures:
        return text
    which = name_of(failures[0]) if len(failures) == 1 else f"{len(failures)} fits"
    lost = f"{which} {'has' if len(failures) == 1 else 'have'} no results: mend what failed, and run again."
    rest = "fits that have results" if len(fits) > 1 else "fit that has results"
    return f"{lost} Of the {rest}: {text}" if fits else lost


def _of_limited(row: Facts, fits: int) -> str:
    """Say what to do if the components of all best-predicting fits are not identified."""
    which = "" if fits == 1 else f" of {name_of(row)}"
    return (
        f"Report what does not depend on labels{which}, such as the density and the partition: the "
        "components are not identified. Or fit fewer components."
    )


def _remedy(fit: Facts) -> str:
    """Return what to do first about a fit that did not pass."""
    found = [remedy for remedy, _ in remedies(fit["reasons"]) if remedy]
    return found[0] if found else "Its reasons are listed with it."


def _left_out(comparison: Sequence[Facts]) -> list[str]:
    """Say in sentences which fits are left out of the ranking, and why."""
    if len(comparison) == 1:
        return [f"Of the fit, {row['left_out']}" for row in comparison if row["elpd"] is None]
    return [
        f"{name_of(row)} is left out of the ranking: {row['left_out'].rstrip('.')}."
        for row in comparison
        if row.get("left_out")
    ]


def _unreliable(row: Facts | None, by_key: Mapping[tuple[str, int], Facts]) -> list[str]:
    """Say that an elpd rests on unreliable estimates."""
    if row is None:
        return []
    k = by_key[_key(row)]["elpd"]["pareto_k"]
    bad = k["bad"] + k["very_bad"]
    if not bad:
        return []
    return [
        f"The elpd of {name_of(row)} rests on {bad:,} observation{'s' * (bad > 1)} with a Pareto k above "
        f"{k['threshold']:.2f}, whose leave-one-out densities are unreliable. Read its differences with care."
    ]


def _key(row: Facts) -> tuple[str, int]:
    return row["model"], row["components"]


def _short(row: Facts) -> dict[str, Any]:
    return {key: row[key] for key in ("model", "components", "elpd", "se", "elpd_diff", "se_diff")}


def _list(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
