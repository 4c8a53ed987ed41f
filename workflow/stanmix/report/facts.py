"""The facts of a run: everything that the report shows, as one JSON-able mapping.

The HTML page takes every number from here, so that ``report.json`` holds the same ones. The facts of a fit
come from the sections of the report (:mod:`stanmix.report.sections`).
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from stanmix import __version__
from stanmix.config.rules import component_numbers
from stanmix.io import read_json
from stanmix.judgement.verdict import GOOD, STANDING
from stanmix.paths import STAN
from stanmix.report.catalogue import DATASET_FIGURES, column_names, figures_of, response_name
from stanmix.report.headline import headline, measure
from stanmix.report.inline import gap_in
from stanmix.report.methods import OWN_FRONT_END, methods
from stanmix.report.registry import Source
from stanmix.report.sections import SECTIONS
from stanmix.report.tables import records, seconds
from stanmix.stan.sources import complete, headers

PACKAGES = (
    "arviz-base", "arviz-plots", "arviz-stats", "cmdstanpy", "matplotlib", "numpy", "pandas", "scipy",
    "snakemake", "xarray",
)  # fmt: skip


def collect(
    results: str | Path,
    benchmarks: str | Path,
    config: Mapping[str, Any],
    fits: Sequence[Mapping[str, Any]],
    failures: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Collect the facts of a finished run.

    Parameters
    ----------
    results, benchmarks
        Folders of the run.
    config
        The effective configuration.
    fits
        ``dataset``, ``model``, ``components``, ``program`` and ``seed`` of every fit with results, in order.
    failures
        Entries of :func:`stanmix.run.failures.lost` for all other fits.

    Returns
    -------
    dict
        The facts that ``workflow/schemas/report.schema.json`` describes. Fits and data sets are in the
        configuration's order.
    """
    results, benchmarks = Path(results), Path(benchmarks)
    unread = {own["dataset"] for own in failures if own["scope"] == "dataset"}
    names = [name for name in dict.fromkeys(a["dataset"] for a in config["analyses"]) if name not in unread]
    programs = sorted({fit["program"] + suffix for fit in fits for suffix in ("", "_quantities")})
    manifests = {name: read_json(results / "programs" / f"{name}.json") for name in programs}
    of_fits = [_fit(results, benchmarks, config, fit) for fit in fits]
    datasets = [_dataset(results, benchmarks, config, name) for name in names]
    comparisons = [{"dataset": name, "rows": records(results / name / "comparison.csv")} for name in names]
    facts = {
        "title": config["title"],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(manifests),
        "config": dict(config),
        "headlines": [
            headline(
                dataset,
                [fit for fit in of_fits if fit["dataset"] == dataset["name"]],
                own["rows"],
                [own for own in failures if own["dataset"] == dataset["name"]],
            )
            for dataset, own in zip(datasets, comparisons, strict=True)
        ],
        "datasets": datasets,
        "fits": of_fits,
        "failures": [dict(own) for own in failures],
        "comparisons": comparisons,
        "programs": [
            manifest | {"files": _sources(name, manifest["likelihood"])}
            for name, manifest in manifests.items()
        ],
    }
    return facts | {"methods": methods(facts)}


def _versions(manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {
        "stan-mixtures": __version__,
        **(toolchain(next(iter(manifests.values()))) if manifests else {}),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES},
    }


def toolchain(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return what compiled a program, from its manifest: CmdStan with its origin, and the compiler."""
    origin = manifest["cmdstan_origin"]
    return {
        "cmdstan": f"{manifest['cmdstan']} ({OWN_FRONT_END if origin == 'assembled' else origin})",
        "compiler": f"{manifest['compiler']} {manifest['flags']} ({manifest['processor']})",
    }


def _sources(program: str, likelihood: str) -> list[dict[str, str]]:
    """Return the program with everything it includes, and the headers of its kernels."""
    return [
        {"path": f"{program}.stan", "text": complete(program, likelihood)},
        *(
            {"path": f"stan/{path.relative_to(STAN).as_posix()}", "text": path.read_text("utf-8")}
            for path in headers(program, likelihood)
        ),
    ]


def _gaps(folder: Path, figures: Iterable[str]) -> dict[str, str]:
    """Return the reasons why figures of a fit or a data set could not be drawn."""
    found = {name: gap_in(folder / "figures" / f"{name}.svg") for name in figures}
    return {name: reason for name, reason in found.items() if reason is not None}


def _dataset(results: Path, benchmarks: Path, config: Mapping[str, Any], name: str) -> dict[str, Any]:
    folder = results / name
    truth = folder / "truth.json"
    facts = read_json(folder / "data.json")
    names = column_names(config["datasets"][name])
    models = [
        model
        for analysis in config["analyses"]
        if analysis["dataset"] == name
        for model in analysis["models"]
    ]
    return {
        **facts,
        "columns": [{"name": own, **column} for own, column in zip(names, facts["columns"], strict=True)],
        "response": response_name(config["datasets"][name]),
        "truth": read_json(truth) if truth.is_file() else None,
        "gaps": _gaps(folder, DATASET_FIGURES),
        "swept": [model for model in models if len(component_numbers(config["models"][model])) > 1],
        "seconds": seconds(benchmarks / name, {"read": "ingest", "simulate": "simulate"}),
    }


def _fit(
    results: Path, benchmarks: Path, config: Mapping[str, Any], fit: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the identity of a fit, its verdict, and the facts of every section."""
    source = Source(results, benchmarks, config, fit["dataset"], fit["model"], fit["components"], fit["seed"])
    judged = source.diagnostics
    figures = figures_of(config["datasets"][source.dataset], source.spec)
    facts = {
        "dataset": source.dataset,
        "model": source.name,
        "components": source.components,
        "verdict": judged["verdict"],
        "converged": judged["verdict"] in GOOD,
        "standing": STANDING[judged["verdict"]],
        "meaning": judged["meaning"],
        "reportable": judged["reportable"],
        "reasons": judged["reasons"],
        "classes": source.model.components,
        "measure": measure(source.model.family),
        "figures": figures,
        "gaps": _gaps(source.folder, figures),
    }
    for section in SECTIONS:
        facts |= section.facts(source)
    return facts
