"""The report as one self-contained HTML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from stanmix.judgement.verdict import FAILED, at_stage, tally
from stanmix.paths import REPORT
from stanmix.report import charts, formats
from stanmix.report.catalogue import DATASET_FIGURES, FIGURES
from stanmix.report.headline import name_of, remedies
from stanmix.report.inline import Inliner
from stanmix.report.palette import component_variable
from stanmix.report.sections import sections_of

OF_COMPONENT = re.compile(r"\[(\d+)\]$")

Facts = Mapping[str, Any]


def environment() -> Environment:
    """Return the environment of the templates, in which every number goes through a format filter."""
    jinja = Environment(
        loader=FileSystemLoader(REPORT),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {
        name: getattr(formats, name)
        for name in ("count", "fixed", "measured", "percent", "plain", "seconds", "significant")
    } | {"component": component_of}
    jinja.globals |= {
        "anchor": anchor,
        "charts": charts,
        "colour": component_variable,
        "missing": formats.MISSING,
        "name_of": name_of,
        "remedies": remedies,
        "sections_of": sections_of,
        "tally": tally,
    }
    return jinja


def render(facts: Facts, results: str | Path) -> str:
    """Render the report.

    Parameters
    ----------
    facts
        The facts from :func:`stanmix.report.facts.collect`.
    results
        Folder of the run, in which the figures are.

    Returns
    -------
    str
        The page, with style, script and figures inside.
    """
    inliner = Inliner()
    analyses = _analyses(facts, Path(results), inliner)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            facts=facts,
            css=Markup((REPORT / "report.css").read_text("utf-8")),
            script=Markup((REPORT / "report.js").read_text("utf-8")),
            analyses=analyses,
            ranked=sorted(analyses, key=_rank),
            unread=_unread(facts),
            glyphs=inliner.glyphs,
            interval=facts["config"]["diagnostics"]["interval"],
            config_yaml=yaml.safe_dump(facts["config"], sort_keys=False, allow_unicode=True, width=100),
        )
    )


def anchor(*parts: str | int) -> str:
    """Return an identifier for a place in the page; names never have the separator."""
    return ".".join(str(part) for part in parts)


def component_of(parameter: str) -> str:
    """Return the number of a parameter's component; nothing for parameters without one."""
    found = OF_COMPONENT.search(parameter)
    return found[1] if found else ""


def _rank(analysis: Mapping[str, Any]) -> tuple[bool, ...]:
    """Return the sort key that puts analyses with failures first, then those with unidentified components."""
    return tuple(not analysis["headline"][kind] for kind in ("lost", "failed", "limited"))


def _without_results(facts: Facts, dataset: str) -> list[dict[str, Any]]:
    """List the fits of a data set without results, with a standing and words instead of a verdict."""
    return [
        {**failure, "standing": FAILED, "verdict": at_stage(failure).removeprefix("was ")}
        for failure in facts["failures"]
        if failure["dataset"] == dataset
    ]


def _unread(facts: Facts) -> list[dict[str, Any]]:
    """List the data sets without results, with their fits."""
    known = {dataset["name"] for dataset in facts["datasets"]}
    names = dict.fromkeys(failure["dataset"] for failure in facts["failures"])
    return [{"name": name, "fits": _without_results(facts, name)} for name in names if name not in known]


def _analyses(facts: Facts, results: Path, inliner: Inliner) -> list[dict[str, Any]]:
    """Collect the parts of each data set, including figures."""
    analyses = []
    for dataset, comparison, headline in zip(
        facts["datasets"], facts["comparisons"], facts["headlines"], strict=True
    ):
        folder, rows = results / dataset["name"], comparison["rows"]
        fits = [fit for fit in facts["fits"] if fit["dataset"] == dataset["name"]]
        lost = _without_results(facts, dataset["name"])
        analyses.append(
            {
                "dataset": dataset,
                "headline": headline,
                "comparison": rows,
                "figures": {
                    name: _picture(
                        inliner,
                        results,
                        folder / "figures" / f"{name}.svg",
                        FIGURES[name].alt(dataset, rows),
                        dataset["gaps"].get(name),
                    )
                    for name in DATASET_FIGURES
                },
                "fits": [(fit, _fit_figures(fit, dataset, results, inliner)) for fit in fits],
                "lost": lost,
                "choices": [
                    (name, [fit for fit in (*fits, *lost) if fit["model"] == name])
                    for name in dict.fromkeys(fit["model"] for fit in (*fits, *lost))
                ],
                "by_key": {(fit["model"], fit["components"]): fit for fit in (*fits, *lost)},
            }
        )
    return analyses


def _fit_figures(fit: Facts, dataset: Facts, results: Path, inliner: Inliner) -> dict[str, Any]:
    figures = results / dataset["name"] / fit["model"] / f"k{fit['components']}" / "figures"
    return {
        name: _picture(
            inliner,
            results,
            figures / f"{name}.svg",
            FIGURES[name].alt(fit, dataset),
            fit["gaps"].get(name),
        )
        for name in fit["figures"]
    }


def _picture(inliner: Inliner, results: Path, path: Path, alt: str, gap: str | None) -> dict[str, Any]:
    """Return a figure as part of the page, or the reason why there is none, and the path of its files."""
    return {
        "svg": None if gap else inliner.figure(path, alt),
        "gap": gap,
        "place": path.relative_to(results).with_suffix("").as_posix(),
    }
