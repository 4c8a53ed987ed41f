"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from stanmix.paths import REPORT
from stanmix.report import formats
from stanmix.report.alt import dataset_alt, fit_alt
from stanmix.report.catalogue import DATASET_FIGURES, FIT_FIGURES
from stanmix.report.palette import component_colour

SIZE = re.compile(r'(?:width|height)="([\d.]+)pt"')
SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z])")
SPACE = re.compile(r"\s+")
UNRESERVED = " =:;,/?@+$!*()[]"
PIXELS_PER_POINT = 96 / 72


def render(facts: Mapping[str, Any], results: str | Path) -> str:
    """Render the report.

    Parameters
    ----------
    facts
        What :func:`stanmix.report.facts.collect` returns.
    results
        Folder of the run, in which the figures are.

    Returns
    -------
    str
        The page, with style and figures inside.
    """
    environment = Environment(
        loader=FileSystemLoader(REPORT),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(formats, name)
        for name in ("count", "fixed", "measured", "percent", "plain", "seconds", "significant")
    }
    environment.globals |= {
        "colour": component_colour,
        "anchor": anchor,
        "by_remedy": by_remedy,
        "missing": formats.MISSING,
    }
    return environment.get_template("report.html.j2").render(
        facts=facts,
        css=Markup((REPORT / "report.css").read_text("utf-8")),
        sections=_sections(facts, Path(results)),
        ranked=sorted(facts["fits"], key=lambda fit: fit["converged"]),
        config_yaml=yaml.safe_dump(facts["config"], sort_keys=False, allow_unicode=True, width=100),
    )


def by_remedy(reasons: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Group reasons, each of them a finding and then its remedy, by the remedy."""
    groups: dict[str, list[str]] = {}
    for reason in reasons:
        finding, *remedy = SENTENCE.split(reason, maxsplit=1)
        groups.setdefault("".join(remedy), []).append(finding.rstrip("."))
    return list(groups.items())


def anchor(*parts: str | int) -> str:
    """Return an identifier for a place in the page; names never have the separator."""
    return ".".join(str(part) for part in parts)


def _sections(facts: Mapping[str, Any], results: Path) -> list[dict[str, Any]]:
    """Put together what belongs to each data set, figures included."""
    sections = []
    for dataset, comparison in zip(facts["datasets"], facts["comparisons"], strict=True):
        folder, rows = results / dataset["name"], comparison["rows"]
        fits = [fit for fit in facts["fits"] if fit["dataset"] == dataset["name"]]
        sections.append(
            {
                "dataset": dataset,
                "comparison": rows,
                "figures": {
                    name: _figure(folder / "figures" / f"{name}.svg", dataset_alt(name, dataset, rows))
                    for name in DATASET_FIGURES
                },
                "fits": [(fit, _fit_figures(fit, dataset, folder)) for fit in fits],
            }
        )
    return sections


def _fit_figures(fit: Mapping[str, Any], dataset: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    figures = folder / fit["model"] / f"k{fit['components']}" / "figures"
    return {name: _figure(figures / f"{name}.svg", fit_alt(name, fit, dataset)) for name in FIT_FIGURES}


def _figure(path: Path, alt: str) -> dict[str, Any]:
    """Read an SVG as a data URI with its size in pixels, so that the page does not jump while it loads."""
    text = path.read_text("utf-8")
    width, height = (float(size) for size in SIZE.findall(text)[:2])
    return {
        # Percent-encoding is a quarter shorter than base64, and all that HTML reserves is encoded.
        "uri": Markup("data:image/svg+xml," + quote(SPACE.sub(" ", text), safe=UNRESERVED)),
        "alt": alt,
        "width": round(width * PIXELS_PER_POINT),
        "height": round(height * PIXELS_PER_POINT),
    }
