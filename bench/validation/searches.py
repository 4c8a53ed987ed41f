"""The search for modes with many seeds, without sampling: how often it ends where the best of all ended.

``python -m bench.validation.searches`` prepares the fits of ``bench.validation.corpus`` and the planted modes
of ``bench.validation.planted`` by the workflow, searches each with many seeds, and adds a row for each fit to
``docs/validation.json``. What has a row is left out, unless ``--again`` asks for it. The best log density
that is known of a fit is that of all of its searches together: with 100 seeds that of 5,000 climbs and more.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import yaml
from bench.validation import planted
from bench.validation import results as validation
from bench.validation.corpus import TABLES, Table, configure, stanmix
from bench.workers import ROOT, processor

from stanmix.config.schema import with_defaults
from stanmix.data import storage
from stanmix.io import read_json
from stanmix.model import Model
from stanmix.starts.allocation import CHAINS_OF_A_MODE, starts
from stanmix.starts.search import search

PLACE = ROOT / "build" / "bench" / "searches"
KEY = ("data", "structure", "K")
OF_PLANTED = ("case",)
REACHED = 0.1
"""Log densities that differ by less (nats) are of one mode."""
CHAINS = 4


def prepared(folder: Path) -> list[tuple[str, Mapping[str, Any], int, Path]]:
    """Make what the search needs of every fit of a project: data, model, and the compiled program.

    Returns
    -------
    list
        Data set, the model's section, number of components, and folder of the results of each fit.
    """
    config = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
    fits = [
        (analysis["dataset"], config["models"][name], K, Path("results", analysis["dataset"], name, f"k{K}"))
        for analysis in config["analyses"]
        for name in analysis["models"]
        for K in _numbers(config["models"][name]["components"])
    ]
    stanmix("run", "compile", *(f"{fit}/stan.json" for *_, fit in fits), folder=folder)
    return [(dataset, model, K, folder / fit) for dataset, model, K, fit in fits]


def _numbers(components: int | list[int]) -> list[int]:
    return components if isinstance(components, list) else [components]


def searched(fit: Path, seed: int) -> dict[str, Any]:
    """Search once; return the facts, where chains start, and the ``seconds`` that it took."""
    model = Model.from_dict(read_json(fit / "model.json"))
    y = storage.observations(fit.parents[1] / "data.parquet")
    programs = fit.parents[2] / "programs"
    most = with_defaults({}, {"$ref": "#/$defs/search"})["max_climbs"]
    with tempfile.TemporaryDirectory(dir=fit) as folder, (fit / "log").open("w") as log, redirect_stdout(log):
        before = time.monotonic()
        found = search(
            model, programs / model.family.stan_program, fit / "stan.json", y, seed, Path(folder), most
        )
        seconds = time.monotonic() - before
        chains = [start["mode"] for start in starts(model, y, found, CHAINS, seed)]
    return {**found.to_dict(), "chains": chains, "seconds": seconds}


def row_of(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Summarise the searches of a fit, one a seed.

    Returns
    -------
    dict
        ``seeds``; ``best``, the highest log density of all; how many ``reached`` it; medians of ``climbs``
        and ``seconds``; how many ended by their ``budget``.
    """
    tops = [it["optima"][0]["log_density"] if it["optima"] else float("-inf") for it in found]
    best = max(tops)
    return {
        "seeds": len(found),
        "best": best,
        "reached": sum(top > best - REACHED for top in tops),
        "climbs": statistics.median(it["climbs"] for it in found),
        "seconds": round(statistics.median(it["seconds"] for it in found), 2),
        "budget": sum(it["stopped"] == "budget" for it in found),
        "processor": processor(),
    }


def planted_row(
    case: planted.Case, posterior: planted.Posterior, found: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Count the searches of a planted case.

    Returns
    -------
    dict
        ``found``: both modes are listed; ``chains``: at least two start at each; ``least`` and ``most``: the
        mass that the search gives the smaller mode over its exact one.
    """
    exact = [mode.mass for mode in posterior.modes]
    smaller = exact.index(min(exact))
    both, two, ratios = 0, 0, []
    for it in found:
        where = [planted.at(case, posterior, optimum) for optimum in it["optima"]]
        both += {0, 1} <= set(where)
        at = [where[mode - 1] for mode in it["chains"]]
        two += min(at.count(0), at.count(1)) >= CHAINS_OF_A_MODE
        given = planted.ratios(
            [(i, optimum["mass"]) for i, optimum in zip(where, it["optima"], strict=True)], exact
        )
        if given and smaller in where:
            ratios.append(given[smaller])
    return {
        "case": case.name,
        "family": case.family,
        "smaller": case.smaller,
        "seeds": len(found),
        "found": both,
        "chains": two,
        "least": min(ratios, default=None),
        "most": max(ratios, default=None),
    }


def _of_table(table: Table, seeds: int, pool: ProcessPoolExecutor) -> Iterable[dict[str, Any]]:
    folder = PLACE / table.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    configure(table, 1, folder)
    for _, model, K, fit in prepared(folder):
        found = list(pool.map(searched, [fit] * seeds, range(1, seeds + 1)))
        what = {"data": table.name, "family": model["family"], "structure": model.get("structure"), "K": K}
        yield {**what, "groups": table.groups, **row_of(found)}
    shutil.rmtree(folder)


def _of_cases(cases: Sequence[planted.Case], seeds: int, pool: ProcessPoolExecutor) -> list[dict[str, Any]]:
    folder = PLACE / "planted"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    planted.write(cases, 1, folder)
    rows = []
    by_name = {case.name: case for case in cases}
    for name, _, _, fit in prepared(folder):
        found = list(pool.map(searched, [fit] * seeds, range(1, seeds + 1)))
        rows.append(planted_row(by_name[name], planted.solve(by_name[name]), found))
        print(json.dumps(rows[-1]), flush=True)
    shutil.rmtree(folder)
    return rows


def main() -> None:
    """Search what has no rows yet, and write rows and page after each table."""
    parser = argparse.ArgumentParser(prog="python -m bench.validation.searches", description=__doc__)
    names = [*TABLES, "planted"]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="these data")
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds, from 1")
    parser.add_argument("--cores", type=int, default=2, help="searches at a time")
    parser.add_argument("--again", action="store_true", help="measure also what has rows")
    options = parser.parse_args()
    facts = validation.read()
    there = {row["data"] for row in facts.get("searches", [])}
    with ProcessPoolExecutor(options.cores) as pool:
        for name in options.only:
            if name == "planted":
                done = {row["case"] for row in facts.get("planted_searches", [])}
                cases = [case for case in planted.cases() if options.again or case.name not in done]
                if cases:
                    rows = _of_cases(cases, options.seeds, pool)
                    validation.update("planted_searches", OF_PLANTED, rows)
            elif options.again or name not in there:
                rows = list(_of_table(TABLES[name], options.seeds, pool))
                validation.update("searches", KEY, rows)
                print(f"{name}: {[(row['K'], row['reached'], row['seeds']) for row in rows]}", flush=True)


if __name__ == "__main__":
    main()
