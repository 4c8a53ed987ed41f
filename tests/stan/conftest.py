"""The compiled Stan programs, and short ways to ask them for densities and draws."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cmdstanpy
import numpy as np
import pytest

from stanmix import toolchain
from stanmix.io import write_stan_json
from stanmix.model import Model
from stanmix.posterior.datatree import read_chains
from stanmix.stan import programs
from stanmix.stan.sampling import sample_chain
from stanmix.starts.clusters import start


@pytest.fixture(scope="session")
def cmdstan() -> Path:
    return toolchain.ensure(progress=print).path


@pytest.fixture(scope="session", params=["kernel", "stan"])
def executables(request, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The executable of each program, compiled as the workflow does it, with either likelihood."""
    folder = tmp_path_factory.mktemp("programs")
    found = {}
    for name in ("normal", "normal_quantities"):
        programs.build(name, request.param, folder / name, folder / f"{name}.json")
        found[name] = str(folder / name)
    return found


@pytest.fixture
def log_density(executables, tmp_path) -> Callable[..., tuple[float, np.ndarray]]:
    """Log density and gradient (on the scale on which Stan samples) of normal.stan at free values."""
    program = cmdstanpy.CmdStanModel(exe_file=executables["normal"])

    def evaluate(data: dict[str, Any], point: dict[str, Any], jacobian: bool = False):
        write_stan_json(tmp_path / "data.json", data)
        # As in a start, Stan wants parameters without values to be left out.
        given = {"theta_free": [point["theta"]]} if len(point["theta"]) else {}
        free = np.concatenate([np.ravel(value) for name, value in point.items() if name != "theta"])
        centre, unit = data["free_centre"], data["free_unit"]
        standard = {"standard": (free - centre) / unit} if len(free) else {}
        write_stan_json(tmp_path / "point.json", given | standard)
        row = program.log_prob(
            str(tmp_path / "point.json"), str(tmp_path / "data.json"), jacobian=jacobian, sig_figs=18
        ).iloc[0]
        gradient = row.iloc[1:].to_numpy().copy()
        gradient[len(gradient) - len(free) :] /= unit
        return float(row.iloc[0]), gradient

    return evaluate


@pytest.fixture(scope="session")
def sampled(executables, tmp_path_factory) -> Callable[..., dict[str, np.ndarray]]:
    """Draws of a model for some data by NUTS: theta and the parameters, shape (chains, draws, K)."""

    def run(
        model: Model, y: np.ndarray, likelihood: int = 1, draws: int = 1000, chains: int = 2, **settings: Any
    ):
        folder = tmp_path_factory.mktemp("fit")
        write_stan_json(folder / "data.json", model.stan_data(y) | {"likelihood": likelihood})
        files = []
        for chain in range(1, chains + 1):
            found = start(model, y, seed=chain, **settings)
            init, metric, output = (folder / f"{name}_{chain}" for name in ("init", "metric", "chain"))
            files.append(output.with_suffix(".parquet"))
            write_stan_json(init.with_suffix(".json"), found["init"])
            write_stan_json(metric.with_suffix(".json"), {"inv_metric": found["inv_metric"]})
            sample_chain(
                executable=executables["normal"],
                data=folder / "data.json",
                start={"init": init.with_suffix(".json"), "metric": metric.with_suffix(".json")},
                output=files[-1],
                settings={"warmup": 500, "draws": draws, "adapt_delta": 0.9, "max_treedepth": 10},
                seed=1,
                chain=chain,
            )
        values, stats = read_chains(files, model)
        return values | {"lp": stats["lp"], "files": files}

    return run
