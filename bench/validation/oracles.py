"""Hold our posteriors against those that others published for the same model and data.

Run by ``make validation``; a slow test runs the same comparison. Data, models and reference results are in
``tests/data/oracles``.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
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
    for name in ("galaxies.csv", "acidity.csv", "peers/fetal_lamb.csv", "peers/carcinoma.csv"):
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
