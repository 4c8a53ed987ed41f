"""Bring the pictures and tables of the tutorial up to date with the results of the shipped analysis.

``make docs-tutorial`` runs the workflow with ``config.yaml`` and then this: figures are copied to
``docs/tutorial``, what the tables show is written to ``tutorial.json`` there, and the tables to the page.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from stanmix.report.tables import records

FOLDER = Path(__file__).parent / "tutorial"
PAGE = FOLDER / "index.md"
FACTS = FOLDER / "tutorial.json"
RESULTS = Path("results")
GAUSSIANS = ("known", "shared_sd", "free_sd")
COMPONENTS = range(1, 7)
FIGURES = {
    "three_gaussians": "three_gaussians/figures/data",
    "known_prior_predictive": "three_gaussians/known/k3/figures/prior_predictive",
    "known_predictive": "three_gaussians/known/k3/figures/predictive",
    "known_assignments": "three_gaussians/known/k3/figures/assignments",
    "shared_prior": "three_gaussians/shared_sd/k3/figures/prior",
    "shared_traces": "three_gaussians/shared_sd/k3/figures/traces",
    "shared_marginals": "three_gaussians/shared_sd/k3/figures/marginals",
    "free_predictive": "three_gaussians/free_sd/k3/figures/predictive",
    "galaxies": "galaxies/figures/data",
    "galaxies_comparison": "galaxies/figures/comparison",
    "galaxies_k2_traces": "galaxies/sweep/k2/figures/traces",
    "galaxies_k3_predictive": "galaxies/sweep/k3/figures/predictive",
    "galaxies_k3_assignments": "galaxies/sweep/k3/figures/assignments",
    "galaxies_k6_marginals": "galaxies/sweep/k6/figures/marginals",
}
"""Each picture of the tutorial, and the figure of the workflow that it is."""


def collect(results: Path) -> dict[str, Any]:
    """Return what the tables show, from the results of the shipped analysis."""
    fits = {
        f"three_gaussians/{model}/k3": _fit(results, f"three_gaussians/{model}/k3") for model in GAUSSIANS
    }
    fits |= {f"galaxies/sweep/k{k}": _fit(results, f"galaxies/sweep/k{k}") for k in COMPONENTS}
    compared = ["model", "components", "elpd", "elpd_diff", "se_diff"]
    comparisons = {
        name: [
            {column: row[column] for column in compared} for row in records(results / name / "comparison.csv")
        ]
        for name in ("three_gaussians", "galaxies")
    }
    return {"fits": fits, "comparisons": comparisons}


def _fit(results: Path, fit: str) -> dict[str, Any]:
    summary = pd.read_csv(results / fit / "summary.csv")[
        ["parameter", "mean", "mcse_mean", "hdi_low", "hdi_high", "truth"]
    ]
    judged = json.loads((results / fit / "diagnostics.json").read_text("utf-8"))
    partition = json.loads((results / fit / "partition.json").read_text("utf-8"))
    ledger = judged["modes"]
    modes = [
        {
            "chains": group["chains"],
            "log_density": ledger["modes"][group["optima"][0]["mode"] - 1]["log_density"],
            "mass": group["mass"],
            "mass_error": group["mass_error"],
            "weight": group["weight"],
        }
        | group["means"]
        for group in ledger["groups"]
        if group["optima"]
    ]
    return {
        "verdict": judged["verdict"],
        "summary": summary.astype(object).where(summary.notna(), None).to_dict(orient="records"),
        "clusters": partition["vi"]["sizes"],
        "modes": modes,
    }


def tables(facts: dict[str, Any]) -> dict[str, str]:
    """Return the tables of the page by name."""
    return {
        "parameters": _parameters(facts["fits"]),
        "comparison": _comparison(facts),
        "sweep": _sweep(facts),
        "modes": _modes(facts["fits"]["galaxies/sweep/k2"]["modes"]),
    }


def _parameters(fits: dict[str, Any]) -> str:
    """Return means and intervals of the three models for the three Gaussians, beside the truth."""
    rows = {
        model: {row["parameter"]: row for row in fits[f"three_gaussians/{model}/k3"]["summary"]}
        for model in GAUSSIANS
    }
    names = dict.fromkeys(name for model in reversed(GAUSSIANS) for name in rows[model])
    lines = []
    for name in names:
        own = [rows[model].get(name) for model in GAUSSIANS]
        truth = next(row["truth"] for row in own if row)
        shown = [
            f"{row['mean']:.2f} ({row['hdi_low']:.2f} to {row['hdi_high']:.2f})" if row else "" for row in own
        ]
        lines.append([f"`{name}`", f"{truth:.3g}", *shown])
    return _table(["parameter", "true", *(f"`{model}`" for model in GAUSSIANS)], lines)


def _comparison(facts: dict[str, Any]) -> str:
    rows = [
        [f"`{row['model']}`", f"{row['elpd']:.1f}", _difference(row)]
        for row in facts["comparisons"]["three_gaussians"]
    ]
    return _table(["model", "elpd", "difference from the best"], rows)


def _sweep(facts: dict[str, Any]) -> str:
    compared = {row["components"]: row for row in facts["comparisons"]["galaxies"]}
    rows = []
    for k in COMPONENTS:
        fit = facts["fits"][f"galaxies/sweep/k{k}"]
        clusters = ", ".join(map(str, fit["clusters"]))
        rows.append(
            [str(k), fit["verdict"], f"{compared[k]['elpd']:.1f}", _difference(compared[k]), clusters]
        )
    return _table(
        ["K", "verdict", "elpd", "difference from the best", "clusters of the best partition"], rows
    )


def _modes(modes: list[dict[str, Any]]) -> str:
    rows = [
        [
            ", ".join(map(str, mode["chains"])),
            f"{mode['log_density']:.1f}",
            f"{mode['mass']:.3f} ± {mode['mass_error']:.1g}",
            *(", ".join(f"{value:.3g}" for value in mode[name]) for name in ("theta", "mu", "sigma")),
            f"{mode['weight']:.2f}",
        ]
        for mode in modes
    ]
    return _table(["chains", "log density", "mass", "weights", "means", "sds", "stacking weight"], rows)


def _difference(row: dict[str, Any]) -> str:
    if row["elpd_diff"] is None:
        return "not ranked"
    return f"{row['elpd_diff']:.1f} ± {row['se_diff']:.1f}" if row["elpd_diff"] else "0"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def fill(page: str, facts: dict[str, Any]) -> str:
    """Return the page with its tables replaced by those of the facts."""
    for name, table in tables(facts).items():
        begin, end = f"<!-- {name}: written by make docs-tutorial -->", f"<!-- end of {name} -->"
        pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
        page, found = re.subn(
            pattern, lambda _, new=f"{begin}\n\n{table}\n\n{end}": new, page, flags=re.DOTALL
        )
        if found != 1:
            raise ValueError(f"The page has the place of the table {name} {found} times.")
    return page


if __name__ == "__main__":
    facts = collect(RESULTS)
    FACTS.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(fill(PAGE.read_text("utf-8"), facts), "utf-8")
    for name, figure in FIGURES.items():
        shutil.copyfile(RESULTS / f"{figure}.svg", FOLDER / f"{name}.svg")
