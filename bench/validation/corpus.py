"""How fits of ordinary data end by default: what `stanmix init` writes, run by `stanmix run`.

``python -m bench.validation.corpus`` adds a row for each fit to ``docs/validation.json``, as runs end, and
writes ``docs/validation.md``. A measurement that was stopped goes on with the same command: runs that have
their rows are left out, unless ``--again`` asks for them. With ``--groups`` only the number of groups that
are there is fitted, which takes a fifth of the time.

The data, their sources and their numbers of groups are in ``bench/validation/data``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml
from bench.validation import results as validation
from bench.workers import ROOT, processor

DATA = Path(__file__).resolve().parent / "data"
PLACE = ROOT / "build" / "bench" / "corpus"
MORE = 2
"""Components that are fitted beyond the groups that are there."""
KEY = ("data", "structure", "K", "seed")
"""What tells rows apart."""
ENDED = "stop"
"""The action of a round's decision after which there is no other round."""


@dataclass(frozen=True)
class Table:
    """A table of the corpus.

    Attributes
    ----------
    name
        Name of its file in ``bench/validation/data``, without the ending.
    response
        The columns to model.
    family
        The family that init chooses.
    groups
        Groups that are there, of components of this family: known classes, or what criteria that others
        published support; see ``bench/validation/data/README.md``.
    separated
        Whether hardly any observation is between groups.
    classes
        Column of the known classes, which no fit sees.
    """

    name: str
    response: tuple[str, ...]
    family: str
    groups: int
    separated: bool = False
    classes: str | None = None

    @property
    def components(self) -> list[int]:
        """Numbers of components that are fitted."""
        return list(range(1, self.groups + MORE + 1))

    def read(self) -> pd.DataFrame:
        """Read all columns."""
        return pd.read_csv(DATA / f"{self.name}.csv")


FLOWERS = ("Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width")
NOTES = ("Length", "Left", "Right", "Bottom", "Top", "Diagonal")
TABLES = {
    table.name: table
    for table in (
        Table("acidity", ("y",), "normal", 2),
        Table("galaxies", ("y",), "normal", 3, separated=True),
        Table("eyes", ("y",), "normal", 2),
        Table("low_dim_gauss_mix", ("y",), "normal", 2, separated=True),
        Table("faithful", ("eruptions", "waiting"), "multi_normal", 2, separated=True),
        Table("iris", FLOWERS, "multi_normal", 3, classes="Species"),
        Table("diabetes", ("glucose", "insulin", "sspg"), "multi_normal", 3, classes="class"),
        Table("banknote", NOTES, "multi_normal", 2, separated=True, classes="Status"),
        Table("fetal_lamb", ("y",), "poisson", 2),
        Table("london_deaths", ("y",), "poisson", 2),
        Table("eyetracking", ("y",), "neg_binomial_2", 1),
        Table("candy_long", ("y",), "neg_binomial_2", 1),
        Table("carcinoma", tuple("ABCDEFG"), "product", 3),
        Table("values", tuple("ABCD"), "product", 2),
    )
}


def configure(table: Table, components: Sequence[int], seed: int, folder: Path) -> None:
    """Write the data and init's configuration for them into a folder, with our components and seed.

    The table that init sees has the columns of the response alone, so that no fit can know classes.
    """
    file = folder / f"{table.name}.csv"
    table.read()[list(table.response)].to_csv(file, index=False)
    stanmix("init", file.name, folder=folder)
    place = folder / "config.yaml"
    config = with_changes(yaml.safe_load(place.read_text("utf-8")), components, seed)
    found = {
        (str(dataset["response"]), model["family"])
        for dataset in config["datasets"].values()
        for model in config["models"].values()
    }
    wanted = (str(list(table.response) if len(table.response) > 1 else table.response[0]), table.family)
    if found != {wanted}:
        raise SystemExit(
            f"{table.name}: init chose {found}, and bench.validation.corpus knows the groups of {wanted}."
        )
    place.write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def with_changes(config: Mapping[str, Any], components: Sequence[int], seed: int) -> dict[str, Any]:
    """Return a configuration with other numbers of components and another seed, and nothing else changed.

    A model that init gave fewer components than others, because the rows do not bear more, keeps them.
    """
    most = {name: max(model["components"]) for name, model in config["models"].items()}
    borne = {
        name: [K for K in components if most[name] == max(most.values()) or most[name] >= K] for name in most
    }
    return {
        **config,
        "models": {
            name: {**model, "components": borne[name]}
            for name, model in config["models"].items()
            if borne[name]
        },
        "sampling": {**config.get("sampling", {}), "seed": seed},
    }


def stanmix(*words: str, folder: Path, must: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of `stanmix` in a folder, and return what it printed.

    Raises
    ------
    SystemExit
        If it fails, where it ``must`` not.
    """
    done = subprocess.run(
        [sys.executable, "-m", "stanmix", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if must and done.returncode:
        raise SystemExit(f"stanmix {' '.join(words)} failed in {folder}:\n{done.stdout[-3000:]}")
    return done


def measure(table: Table, components: Sequence[int], seed: int, cores: int) -> list[dict[str, Any]]:
    """Run one configuration with these numbers of components, and return a row for each of its fits.

    The folder is removed afterwards, unless the run left no report or a fit has no verdict.
    """
    folder = PLACE / f"{table.name}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    configure(table, components, seed, folder)
    before = time.monotonic()
    done = stanmix("run", "--cores", str(cores), folder=folder, must=False)
    seconds = time.monotonic() - before
    rows = rows_of(table, seed, folder, seconds, cores)
    if all(row["report"] and row["verdict"] for row in rows):
        shutil.rmtree(folder)
    else:
        log = folder / "run.log"
        log.write_text(done.stdout, "utf-8")
        print(f"{table.name}, seed {seed}: not all is there; see {log}", file=sys.stderr, flush=True)
    return rows


def rows_of(table: Table, seed: int, folder: Path, seconds: float, cores: int) -> list[dict[str, Any]]:
    """Read a row for each fit of a run that ended, whatever is there of it.

    Parameters
    ----------
    seconds, cores
        Of the whole run.
    """
    config = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
    (dataset,) = config["datasets"]
    known = table.read()[table.classes].to_numpy() if table.classes else None
    peers = json.loads((DATA / "mclust.json").read_text("utf-8")).get(table.name, {})
    rows = []
    fits = [(name, model, K) for name, model in config["models"].items() for K in model["components"]]
    for name, model, K in fits:
        fit = Path(dataset) / name / f"k{K}"
        structure = model.get("structure", "V" if model["family"] == "normal" else "")
        peer = peers.get("classification", {}).get(f"{structure}{K}")
        rows.append(
            {
                "data": table.name,
                "family": model["family"],
                "structure": model.get("structure"),
                "groups": table.groups,
                "separated": table.separated,
                "K": K,
                "seed": seed,
                "report": (folder / "results" / "report.html").is_file(),
                "run_seconds": round(seconds, 1),
                "run_components": len({K for *_, K in fits}),
                **fit_facts(folder / "results" / fit, folder / "benchmarks" / fit, known, peer),
                "processor": processor(),
                "cores": cores,
            }
        )
    return rows


def fit_facts(
    results: Path,
    benchmarks: Path,
    known: npt.ArrayLike | None = None,
    peer: npt.ArrayLike | None = None,
) -> dict[str, Any]:
    """Read how a fit ended; what the run did not leave is none.

    Parameters
    ----------
    results, benchmarks
        The fit's folders.
    known, peer
        Classes to compare the fit's with: known ones, and those that mclust found with the same structure
        and number of components.

    Returns
    -------
    dict
        ``verdict``, ``fit_seconds`` (of all of its jobs together), ``rounds`` and ``actions`` of the
        escalation, ``log_density`` of the best mode, ``elpd``, ``ari_classes`` and ``ari_mclust``.
    """

    def read(name: str) -> Any:
        return json.loads((results / name).read_text("utf-8")) if (results / name).is_file() else {}

    optima = read("modes.json").get("optima", [])
    file = results / "assignments.parquet"
    found = pd.read_parquet(file)["component"].to_numpy() if file.is_file() else None
    jobs = [pd.read_csv(job, sep="\t")["s"].sum() for job in sorted(benchmarks.glob("*.tsv"))]
    rounds = read("chains/kept.json").get("rounds", [])
    actions = [decision["action"] for decision in rounds if decision["action"] != ENDED]

    def index(other: npt.ArrayLike | None) -> float | None:
        return None if found is None or other is None else round(adjusted_rand(found, other), 4)

    return {
        "verdict": read("diagnostics.json").get("verdict"),
        "fit_seconds": round(float(sum(jobs)), 1),
        "rounds": len(actions),
        "actions": actions,
        "log_density": optima[0]["log_density"] if optima else None,
        "elpd": read("loo.json").get("elpd"),
        "ari_classes": index(known),
        "ari_mclust": index(peer),
    }


def adjusted_rand(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Return the adjusted Rand index of two partitions (Hubert and Arabie 1985).

    Where both are trivial in the same way, a single class or a class for each observation, it is 1.

    Parameters
    ----------
    one, other
        Classes of the same observations; numbers or names.
    """
    first, second = (np.unique(np.asarray(classes), return_inverse=True)[1] for classes in (one, other))
    if first.shape != second.shape:
        raise ValueError(f"The partitions have {first.size} and {second.size} observations.")
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1)

    def pairs(counts: npt.NDArray[np.float64]) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    every = max(first.size * (first.size - 1) / 2, 1)
    expected, largest = rows * columns / every, (rows + columns) / 2
    return 1.0 if largest == expected else (both - expected) / (largest - expected)


def main() -> None:
    """Measure what has no rows yet, and write the rows of each run as it ends."""
    parser = argparse.ArgumentParser(prog="python -m bench.validation.corpus", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(TABLES), default=list(TABLES), help="these data")
    parser.add_argument("--seeds", type=int, default=10, help="the last seed")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument(
        "--groups",
        action="store_true",
        help="fit the number of groups that are there alone",
    )
    parser.add_argument("--cores", type=int, default=2, help="cores of a run")
    parser.add_argument("--again", action="store_true", help="measure also what has rows")
    options = parser.parse_args()
    for seed in range(options.first, options.seeds + 1):
        for table in (TABLES[name] for name in options.only):
            there = {(row["data"], row["seed"], row["K"]) for row in validation.read().get("corpus", [])}
            components = [table.groups] if options.groups else table.components
            if not options.again and there.issuperset((table.name, seed, K) for K in components):
                continue
            rows = measure(table, components, seed, options.cores)
            validation.update("corpus", KEY, rows)
            ends = ", ".join(f"{row['structure'] or ''} K = {row['K']} {row['verdict']}" for row in rows)
            print(f"{table.name}, seed {seed}: {ends}; {rows[0]['run_seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main()
