"""One way to ask every sampler for draws: ours, the textbook program, JAGS, and the Python peers."""

from __future__ import annotations

import contextlib
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from bench import builds
from bench.fits import run_chains
from bench.problems import Problem
from bench.workers import StalledError, peer_worker

from stanmix.config.schema import with_defaults
from stanmix.data.ties import collapse
from stanmix.io import write_json, write_stan_json
from stanmix.posterior.datatree import read_chains
from stanmix.stan import sampling

Array = npt.NDArray[np.float64]

CHAINS = 2


class Draws(NamedTuple):
    """Draws of ``theta``, ``mu`` and ``sigma``, shape (chains, draws, ...), and the seconds they took."""

    values: dict[str, Array]
    seconds: float


class Sampler(ABC):
    """A sampler with the warmup that it takes by default."""

    warmup = 1000

    def load(self, problem: Problem, folder: Path) -> None:
        """Take data, which are written in a folder; what this takes is not measured."""
        self.problem = problem
        self.folder = folder

    @abstractmethod
    def sample(self, warmup: int, draws: int, seed: int, limit: float) -> Draws:
        """Run the chains one after the other.

        Raises
        ------
        StalledError
            If they are not done after ``limit`` seconds.
        """

    def close(self) -> None:
        """End what runs."""
        return


class Ours(Sampler):
    """What the workflow's script sample.py calls, with the configuration's defaults.

    It finds starts by k-means and EM, whose scale is also its guess of the metric. The workflow's own starts
    come after a search for modes, which no other sampler makes.
    """

    def load(self, problem: Problem, folder: Path) -> None:
        """Write the data as the workflow does: in the units in which it samples, unlike for gradients."""
        super().load(problem, folder)
        distinct, count, _ = collapse(problem.y)
        write_stan_json(folder / "sampled.json", problem.model.stan_data(distinct, count))

    def __init__(self) -> None:
        self.settings = with_defaults({}, {"$ref": "#/$defs/sampling"})
        self.warmup = self.settings["warmup"]
        builds.sampler("ours")

    def sample(self, warmup: int, draws: int, seed: int, limit: float) -> Draws:
        """Find starts and run the chains; start-up of each chain's process included."""
        settings = self.settings | {"warmup": warmup, "draws": draws}
        model = self.problem.model
        before = time.perf_counter()
        # What CmdStan says goes to a file, as in a job of the workflow.
        with (self.folder / "ours.log").open("a") as log, contextlib.redirect_stdout(log):
            output = run_chains(model, self.problem.y, self.folder / "sampled.json", settings, seed, CHAINS)
        seconds = time.perf_counter() - before
        values, _ = read_chains(output, model)
        return Draws(values | {"sigma": values["sigma"][..., :1]}, seconds)


class Textbook(Sampler):
    """The textbook program with CmdStan's defaults; start-up of each chain's process included."""

    def __init__(self) -> None:
        self._executable = builds.sampler("textbook")

    def sample(self, warmup: int, draws: int, seed: int, limit: float) -> Draws:
        """Run the chains."""
        write_stan_json(self.folder / "start.json", self.problem.start())
        output = [self.folder / f"textbook_{chain}.csv" for chain in range(1, CHAINS + 1)]
        before = time.perf_counter()
        for chain, target in enumerate(output, start=1):
            command = [str(self._executable), "sample", f"num_warmup={warmup}", f"num_samples={draws}"]
            command += [f"id={chain}", "data", f"file={self.folder / 'textbook.json'}"]
            command += [f"init={self.folder / 'start.json'}", "random", f"seed={seed}"]
            command += ["output", f"file={target}"]
            _run(command, limit - (time.perf_counter() - before))
        seconds = time.perf_counter() - before
        frames = [pd.read_csv(path, comment="#") for path in output]
        return Draws(
            {
                name: np.stack([sampling.columns_of(frame, name) for frame in frames])
                for name in ("theta", "mu", "sigma")
            },
            seconds,
        )


class Jags(Sampler):
    """JAGS from its command line; start-up and reading of data included.

    It has no default length of warmup; 1000 updates is what rjags adapts for.
    """

    def load(self, problem: Problem, folder: Path) -> None:
        """Write the data in JAGS' format."""
        super().load(problem, folder)
        data = {"y": problem.y, "center": problem.center, "alpha": np.ones(problem.components)}
        lines = [f"N <- {len(problem.y)}", f"K <- {problem.components}"]
        lines += [f"{name} <- c({', '.join(map(repr, value.tolist()))})" for name, value in data.items()]
        (folder / "jags.data").write_text("\n".join(lines) + "\n", "utf-8")
        start = problem.start()
        for chain in range(1, CHAINS + 1):
            lines = [f"{name} <- c({', '.join(map(str, np.ravel(value)))})" for name, value in start.items()]
            lines += ['.RNG.name <- "base::Mersenne-Twister"', f".RNG.seed <- {chain}"]
            (folder / f"jags_{chain}.init").write_text("\n".join(lines) + "\n", "utf-8")

    def sample(self, warmup: int, draws: int, seed: int, limit: float) -> Draws:
        """Run the chains, in one process on one thread."""
        for chain in range(1, CHAINS + 1):
            path = self.folder / f"jags_{chain}.init"
            kept = [line for line in path.read_text("utf-8").splitlines() if ".RNG.seed" not in line]
            path.write_text("\n".join([*kept, f".RNG.seed <- {seed + chain}"]) + "\n", "utf-8")
        script = [
            f'model in "{builds.HERE / "normal.bug"}"',
            f'data in "{self.folder / "jags.data"}"',
            f"compile, nchains({CHAINS})",
            *(f'parameters in "{self.folder}/jags_{c}.init", chain({c})' for c in range(1, CHAINS + 1)),
            "initialize",
            f"update {warmup}, by({warmup})",
            *(f"monitor {name}" for name in ("theta", "mu", "sigma")),
            f"update {draws}, by({draws})",
            f'coda *, stem("{self.folder}/jags_")',
        ]
        (self.folder / "jags.script").write_text("\n".join(script) + "\n", "utf-8")
        before = time.perf_counter()
        _run(["jags", str(self.folder / "jags.script")], limit)
        seconds = time.perf_counter() - before
        index = pd.read_csv(self.folder / "jags_index.txt", sep=" ", header=None, index_col=0)
        chains = [
            np.loadtxt(self.folder / f"jags_chain{chain}.txt", usecols=1) for chain in range(1, CHAINS + 1)
        ]
        values = {}
        for name in ("theta", "mu", "sigma"):
            rows = index[[str(label).partition("[")[0] == name for label in index.index]]
            parts = [[c[a - 1 : b] for a, b in rows.to_numpy()] for c in chains]
            values[name] = np.moveaxis(np.asarray(parts), 1, 2)
        return Draws(values, seconds)


class PythonPeer(Sampler):
    """A peer in a process of its own; its sampling call is measured, without compilation."""

    def __init__(self, name: str, module: str, warmup: int = 1000):
        self.name = name
        self.warmup = warmup
        self._worker = peer_worker(name, module)
        self._loaded = False

    def load(self, problem: Problem, folder: Path) -> None:
        """Note the data; the process takes them when it is asked for draws."""
        super().load(problem, folder)
        self._loaded = False

    def sample(self, warmup: int, draws: int, seed: int, limit: float) -> Draws:
        """Run the chains."""
        if not self._loaded:
            self._worker.ask("load", self.folder)
            self._loaded = True
        task = {
            "warmup": warmup,
            "draws": draws,
            "chains": CHAINS,
            "seed": seed,
            "start": self.problem.start(),
            "output": str(self.folder / f"{self.name}.npz"),
        }
        write_json(self.folder / f"{self.name}.json", task)
        try:
            # Compilation comes on top of the limit.
            answer = self._worker.ask("sample", self.folder / f"{self.name}.json", limit + 60)
        except StalledError:
            self._loaded = False
            raise
        with np.load(task["output"]) as found:
            return Draws({name: found[name] for name in ("theta", "mu", "sigma")}, answer["seconds"])

    def close(self) -> None:
        """End the process."""
        self._worker.close()


def _run(command: list[str], limit: float) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=max(limit, 0.1))
    except subprocess.TimeoutExpired as error:
        raise StalledError(f"{command[0]} took more than {limit:.0f} s.") from error


def all_samplers() -> dict[str, Sampler]:
    """Return ours and every peer; nutpie's default warmup is 400, PyMC's and CmdStan's 1000."""
    return {
        "ours": Ours(),
        "article": PythonPeer("article", "with_pymc"),
        "textbook": Textbook(),
        "numpyro": PythonPeer("numpyro", "with_numpyro"),
        "pymc": PythonPeer("pymc", "with_pymc"),
        "nutpie": PythonPeer("nutpie", "with_pymc", warmup=400),
        "jags": Jags(),
    }
