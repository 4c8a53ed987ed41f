"""Run the whole workflow on a configuration, for measurements of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import yaml

from bench.workers import ROOT


@contextmanager
def project(
    datasets: Mapping[str, Any],
    models: Mapping[str, Any],
    pairs: Mapping[str, str] | None = None,
    **sections: Any,
) -> Iterator[Path]:
    """Give a folder with a configuration that fits every model to every data set, or the one in pairs."""
    place = ROOT / "build" / "bench"
    place.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="run-", dir=place) as name:
        analyses = [
            {"dataset": dataset, "models": [pairs[dataset]] if pairs else list(models)}
            for dataset in datasets
        ]
        config = {"datasets": dict(datasets), "models": dict(models), "analyses": analyses, **sections}
        (Path(name) / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
        yield Path(name)


def snakemake(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> float:
    """Run Snakemake in a folder, with further variables set, and return how long it took, in seconds."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    start = time.monotonic()
    done = subprocess.run(
        [*command, "--directory", str(folder), *arguments],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"A run failed:\n{done.stdout[-5000:]}")
    return time.monotonic() - start


def benchmarks(folder: Path) -> pd.DataFrame:
    """Read Snakemake's benchmark of every job: seconds, peak memory (MB), and the rule without numbers."""
    tables = []
    for file in sorted((folder / "benchmarks").rglob("*.tsv")):
        table = pd.read_csv(file, sep="\t")
        table["rule"] = file.stem.rstrip("0123456789").rstrip("_")
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
