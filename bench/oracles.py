"""Hold our posteriors against those that others published for the same model and data.

Run by ``make validation``, which writes ``docs/validation.json`` and ``docs/validation.md``; a slow test
runs the same comparison. Data, models and reference results are in ``tests/data/oracles``.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
ORACLES = ROOT / "tests" / "data" / "oracles"


def compare(folder: Path) -> list[dict[str, Any]]:
    """Fit the oracles' models in a folder and compare posterior means and standard deviations.

    Returns
    -------
    list of dict
        A row for each parameter: ``dataset``, ``parameter``, ``ours`` and ``theirs`` (means), ``z`` (their
        difference in combined Monte Carlo standard errors), its ``gate``, ``sd_ratio`` and ``verdict``.
    """
    shutil.copytree(ORACLES, folder, dirs_exist_ok=True)
    for name in ("galaxies.csv", "acidity.csv"):
        shutil.copy(ROOT / "tests" / "data" / name, folder)
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--directory",
        str(folder),
    ]
    subprocess.run([*command, "--cores", "all", "diagnostics"], check=True)
    rows = []
    for name, reference in json.loads((ORACLES / "reference.json").read_text("utf-8")).items():
        fit = next((folder / "results" / name / name).iterdir())
        summary = pd.read_csv(fit / "summary.csv", index_col="parameter")
        verdict = json.loads((fit / "diagnostics.json").read_text("utf-8"))["verdict"]
        for parameter, theirs in reference["parameters"].items():
            ours = summary.loc[parameter]
            error = math.hypot(ours["mcse_mean"], theirs["mcse"])
            rows.append(
                {
                    "dataset": name,
                    "reference": reference["software"],
                    "parameter": parameter,
                    "ours": float(ours["mean"]),
                    "theirs": theirs["mean"],
                    "z": float((ours["mean"] - theirs["mean"]) / error),
                    "gate": reference["gate"],
                    "sd_ratio": float(ours["sd"] / theirs["sd"]),
                    "verdict": verdict,
                }
            )
    return rows


def render(rows: list[dict[str, Any]]) -> str:
    """Write the comparison as a page."""
    lines = [
        "# Agreement with published posteriors",
        "",
        "Posterior means of ours and of others for the same model and data, their difference z in combined",
        "Monte Carlo standard errors, and the ratio of posterior standard deviations.",
        "Written by `make validation`.",
        "",
        "| data | reference | parameter | ours | theirs | z | gate | sd ratio |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {row['dataset']} | {row['reference']} | {row['parameter']} | {row['ours']:.4f} "
            f"| {row['theirs']:.4f} | {row['z']:.2f} | {row['gate']} | {row['sd_ratio']:.3f} |"
            for row in rows
        ),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=ROOT) as place:
        found = compare(Path(place) / "oracles")
    (ROOT / "docs" / "validation.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    (ROOT / "docs" / "validation.md").write_text(render(found), "utf-8")
    print(render(found))
