"""The C++ kernels against the same functions in Stan, against SciPy, and against themselves.

Every family is called with every combination of data and parameters (see kernel_program.py), at
random and at extreme points, with each instruction set that the machine has.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cmdstanpy
import numpy as np
import pandas as pd
import pytest
import stanli
from disassembly import instruction_set, passes
from kernel_program import (
    ARGUMENTS,
    CALLS,
    GROUPS,
    LIKELIHOODS,
    Call,
    call_of,
    group_of,
    instruction_sets,
    program,
)
from scipy import stats
from scipy.special import logsumexp

from family_values import VALUES
from helpers import model_of, two_groups
from stanmix.io import read_json, write_stan_json
from stanmix.stan import programs
from stanmix.stan.sources import complete, kernel_headers

RELATIVE = 1e-10
FAMILIES = list(LIKELIHOODS)
SETS = instruction_sets()
OBSERVATIONS = ("y", "unit", "angle", "whole", "trials", "rows_of_y", "answers", "mixed")
"""The data of a case with a row for each observation, beside the counts."""


def stan_inputs(call: Call, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The program's data and parameters, which have the same values, for a call."""
    n = len(case["count"])
    values = case | {"log_weights": case["log_weights"][: n if call.by_row else 0]}
    given = {f"{name}_data": values[name] for name in ARGUMENTS}
    if not call.by_row:
        given["log_weights_data"] = np.zeros((0, 0))
    data = {name: value for name, value in case.items() if name not in ARGUMENTS}
    sizes = {
        "N": n,
        "M": n if call.by_row else 0,
        "K": len(case["mean"]),
        "noise": len(case["log_theta"]) - len(case["mean"]),
        "D": case["rows_of_y"].shape[1],
        "G": len(case["factor"]),
        "J": len(case["levels"]),
        "A": len(case["log_p"]),
        "V": len(case["values"]),
        "C": len(case["families"]),
        "which": CALLS.index(call),
    }
    return data | given | sizes, {name: values[name] for name in ARGUMENTS if np.size(values[name])}


class Evaluator:
    """Value and gradient of the calls, by programs that are compiled when they are first wanted.

    Kernels are compiled as the workflow does it. The functions in Stan are what they are compared with: they
    are optimised less, and compiled faster.
    """

    def __init__(self, likelihood: str, folder: Path):
        self.likelihood = likelihood
        self.folder = folder
        self.executables: dict[str, Path] = {}
        self.found: dict[tuple[Any, ...], np.ndarray] = {}

    def executable(self, family: str) -> Path:
        """The executable with a family's likelihood, from the user's cache."""
        group = group_of(family)
        if group not in self.executables:
            source = self.folder / f"kernels_{group}"
            source.with_suffix(".stan").write_text(program(group), "utf-8")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("O", "3" if self.likelihood == "kernel" else "1")
                self.executables[group] = programs.compiled(str(source), self.likelihood)
        return self.executables[group]

    def __call__(
        self, call: Call, case: dict[str, Any], threads: int = 1, instructions: str = ""
    ) -> np.ndarray:
        """The value, then the gradient by all parameters of the program (0 for those not in the call)."""
        data, point = stan_inputs(call, case)
        write_stan_json(self.folder / "data.json", data)
        write_stan_json(self.folder / "point.json", point)
        texts = b"\0".join((self.folder / name).read_bytes() for name in ("data.json", "point.json"))
        executable = self.executable(call.family)
        key = (executable, hashlib.sha256(texts).digest(), threads, instructions)
        if key not in self.found:
            self.found[key] = self.evaluated(executable, threads, instructions)
        return self.found[key].copy()

    def evaluated(self, executable: Path, threads: int, instructions: str) -> np.ndarray:
        """What an executable says of the data and the point in the folder."""
        output = self.folder / "log_prob.csv"
        arguments = [
            "log_prob",
            f"constrained_params={self.folder / 'point.json'}",
            "jacobian=0",
            "data",
            f"file={self.folder / 'data.json'}",
            "output",
            f"file={output}",
            "sig_figs=18",
        ]
        environment = os.environ | {"STAN_NUM_THREADS": str(threads), "STANMIX_INSTRUCTIONS": instructions}
        done = subprocess.run([executable, *arguments], capture_output=True, text=True, env=environment)
        if done.returncode:
            raise ValueError(done.stdout + done.stderr)
        return pd.read_csv(output, comment="#").to_numpy()[0]


@pytest.fixture(scope="module")
def evaluators(tmp_path_factory) -> dict[str, Evaluator]:
    """With the kernels, and with the functions in Stan."""
    return {name: Evaluator(name, tmp_path_factory.mktemp(name)) for name in ("kernel", "stan")}


@pytest.fixture(scope="module", params=SETS)
def kernel(evaluators, request) -> Callable[..., np.ndarray]:
    """The kernels of an instruction set."""
    return functools.partial(evaluators["kernel"], instructions=request.param)


@pytest.fixture(scope="module")
def difference(evaluators, kernel) -> Callable[..., float]:
    """Largest relative difference of kernel and Stan in value and gradient."""

    def compare(call: Call, case: dict[str, Any]) -> float:
        ours, theirs = kernel(call, case), evaluators["stan"](call, case)
        assert np.isfinite(ours).all()
        # Stan's own gradient is NaN at a probability of 0 or 1.
        theirs = np.where(np.isnan(theirs), ours, theirs)
        for position, name, index in free_positions(call, case):
            if name == "factor" and index[1] < index[2]:
                assert ours[position] == 0
                theirs[position] = (
                    0  # Stan's has values above the diagonal of a Cholesky factor, which nothing reads
                )
        # A gradient's entry may cancel to nearly 0; its error is then that of the terms it is made of.
        scale = np.maximum(np.abs(theirs), 1e-4 * np.abs(theirs).max())
        scale[scale == 0] = 1
        return float((np.abs(ours - theirs) / scale).max())

    return compare


def a_case(
    seed: int, components: int = 3, n: int = 23, dimension: int = 3, tied: bool = False, noise: bool = False
) -> dict[str, Any]:
    """Data and parameters for every family, at random.

    Parameters that mean different things in different families (a, b, c) are positive, and below 1 for
    the binomial; `only` narrows them.
    """
    rng = np.random.default_rng(seed)
    levels = [2, 3, 4]
    log_p = np.concatenate([np.log(rng.dirichlet(np.ones(size), components)).T for size in levels])
    groups = 1 if tied else components
    factor = np.tril(rng.normal(0, 0.4, (groups, dimension, dimension)))
    factor[:, range(dimension), range(dimension)] = np.exp(rng.normal(0, 0.5, (groups, dimension)))
    trials = rng.integers(1, 30, n)
    repeats = [np.ones(n), rng.integers(1, 4, n).astype(float), rng.gamma(2, 0.5, n)][seed % 3]
    return {
        "count": repeats,
        "y": np.exp(rng.normal(0.5, 0.8, n)),
        "whole": rng.binomial(trials, 0.4),
        "trials": trials,
        "rows_of_y": rng.normal(1, 2, (n, dimension)),
        "answers": np.column_stack([rng.integers(0, size + 1, n) for size in levels]),
        "levels": levels,
        "log_theta": np.log(rng.dirichlet(np.ones(components + noise))),
        "log_weights": np.log(rng.dirichlet(np.ones(components + noise), n)),
        "a": rng.uniform(0.1, 0.9, components),
        "b": np.exp(rng.normal(0, 0.7, components)),
        "c": np.exp(rng.normal(0, 0.7, components)),
        "mean": rng.normal(1, 2, (components, dimension)),
        "factor": factor,
        "sd": np.exp(rng.normal(0, 0.5, (groups, dimension))),
        "radius": np.exp(rng.normal(0, 0.5, groups)),
        "log_p": log_p,
        "unit": rng.beta(1.5, 1.5, n),
        "angle": rng.uniform(-4, 4, n),
        **mixed_columns(rng, components, n),
    }


def mixed_columns(rng: np.random.Generator, components: int, n: int) -> dict[str, Any]:
    """A column of each family that products know, some cells missing, and values that suit them."""
    levels = 4
    columns = [
        rng.normal(size=n),
        rng.standard_t(3, n),
        rng.lognormal(size=n),
        rng.gamma(2, size=n),
        rng.beta(2, 2, n),
        rng.poisson(2, n),
        rng.negative_binomial(2, 0.4, n),
        rng.integers(1, levels + 1, n),
    ]
    mixed = np.column_stack(columns).astype(float)
    mixed[rng.random(mixed.shape) < 0.1] = np.nan
    return {
        "mixed": mixed,
        "families": np.arange(1, 9),
        "levels_of_columns": np.array([0] * 7 + [levels]),
        "values": rng.uniform(0.1, 0.9, (2 + 3 + 2 + 2 + 2 + 1 + 2 + levels - 1, components)),
    }


def test_every_likelihood_is_in_one_program():
    assert sorted(family for families in GROUPS.values() for family in families) == sorted(LIKELIHOODS)


@pytest.mark.parametrize(
    "call", CALLS, ids=lambda c: f"{c.family}-{'rows-' if c.by_row else ''}{c.is_parameter}"
)
def test_every_combination_of_data_and_parameters_equals_stan(difference, call):
    assert difference(call, a_case(CALLS.index(call))) < RELATIVE


@pytest.mark.parametrize("components", [1, 2, 8])
@pytest.mark.parametrize("by_row", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_noise_is_a_component_of_log_density_0(difference, family, by_row, components):
    case = a_case(components, components, n=140, noise=True)
    assert difference(call_of(family, by_row), case) < RELATIVE


@pytest.mark.parametrize(
    "n", [pytest.param(n, marks=pytest.mark.slow if n in (7, 300) else []) for n in (1, 7, 8, 9, 129, 300)]
)
@pytest.mark.parametrize("components", [1, 2, 9])
@pytest.mark.parametrize("family", FAMILIES)
def test_any_size_equals_stan(difference, family, components, n):
    case = a_case(n + components, components, n)
    assert difference(call_of(family, by_row=n == 129), case) < RELATIVE


@pytest.mark.parametrize("dimension", [1, 2, 3, 4, 5, 18, 35])
@pytest.mark.parametrize("tied", [False, True], ids=["own", "tied"])
@pytest.mark.parametrize(
    "family", ["multi_normal", "multi_student_t", "multi_normal_diag", "multi_normal_spherical"]
)
def test_any_dimension_and_tied_covariances_equal_stan(difference, family, tied, dimension):
    assert difference(call_of(family), a_case(dimension, 3, 150, dimension, tied)) < RELATIVE


WEIGHT_NEAR_0 = {"log_theta": np.log([1e-12, 0.4, 0.6])}
WEIGHT_0 = {"log_theta": np.array([-np.inf, np.log(0.4), np.log(0.6)])}
SCALES = [1e-8, 1e-3, 1e3, 1e8]
ZERO_PROBABILITIES = {
    "zeros without density and others": {"a": np.array([0.0, 1.0, 0.5])},
    "probabilities near 0 and 1": {"a": np.array([1e-12, 1 - 1e-12, 0.5])},
    "no zeros": {"whole": np.array([1, 5, 2, 3])},
    "zeros alone": {"whole": np.zeros(4, dtype=int)},
}
RATES = {
    "small rate": {"b": np.array([1e-4, 0.1, 2.0])},
    "large rate": {"b": np.array([1e8, 0.1, 2.0])},
    "large counts": {"whole": np.array([0, 1_000_000, 5000, 3]), "b": np.array([1e6, 0.1, 4000.0])},
}
PRECISIONS = {
    "small phi": {"c": np.array([1e-3, 0.1, 2.0])},
    "on both sides of 32": {"c": np.array([31.999, 32.0, 40.0])},
    "large phi": {"c": np.array([1e4, 1e8, 2.0]), "b": np.array([3.0, 4.0, 8.0])},
}
EXTREMES = {
    "normal": {
        "sd near 0": {"b": np.array([1e-8, 1.0, 2.0])},
        "large sd": {"b": np.array([1e8, 1.0, 2.0])},
        "far from the data": {"a": np.array([1e6, -1e6, 1e7])},
        "all outliers": {"a": np.array([9.0, 9.0, 9.0]), "b": np.array([0.05] * 3)},
        "equal components": {"a": np.array([1.0] * 3), "b": np.array([2.0] * 3)},
        "far outlier": {"y": np.array([1e9, 1.0, 2.0, 1.0])},
    },
    "student_t": {
        "few degrees of freedom": {"a": np.array([0.01, 0.5, 1.0])},
        "many degrees of freedom": {"a": np.array([50.0, 300.0, 1e3])},
        "sd near 0": {"c": np.array([1e-8, 1.0, 2.0])},
        "large sd": {"c": np.array([1e8, 1.0, 2.0])},
        "far outlier": {"y": np.array([1e9, 1.0, 2.0, 1.0])},
    },
    "lognormal": {
        "sd near 0": {"b": np.array([1e-8, 1.0, 2.0])},
        "large sd": {"b": np.array([1e8, 1.0, 2.0])},
        "tiny and huge": {"y": np.array([1e-300, 1e300, 1.0, 1e-5])},
    },
    "gamma": {
        "small shape": {"a": np.array([1e-8, 0.1, 2.0])},
        "large shape": {"a": np.array([1e8, 1e3, 2.0]), "b": np.array([1e8, 1e3, 1.0])},
        "tiny and huge": {"y": np.array([1e-300, 1e6, 1.0, 1e-5])},
    },
    "poisson": {
        "small rate": {"a": np.array([1e-8, 0.1, 2.0])},
        "large rate": {"a": np.array([1e8, 0.1, 2.0])},
        "a component of zeros": {"a": np.array([0.0, 0.1, 2.0])},
        "large counts": {"whole": np.array([0, 1_000_000, 5000, 3]), "a": np.array([1e6, 0.1, 4000.0])},
    },
    "neg_binomial_2": {
        "small mean": {"a": np.array([1e-8, 0.1, 2.0])},
        "large mean": {"a": np.array([1e8, 0.1, 2.0])},
        "small phi": {"b": np.array([1e-3, 0.1, 2.0])},
        "on both sides of 32": {"b": np.array([31.999, 32.0, 40.0])},
        "large phi": {"b": np.array([1e4, 1e8, 2.0]), "a": np.array([3.0, 4.0, 8.0])},
        "large counts": {"whole": np.array([0, 200_000, 5000, 3]), "a": np.array([1e5, 0.1, 4e3])},
    },
    "binomial": {
        "probabilities near 0 and 1": {"a": np.array([1e-8, 1 - 1e-8, 0.5])},
        "impossible and certain": {"a": np.array([0.0, 1.0, 0.5])},
        "many trials": {"trials": np.array([1_000_000] * 4), "whole": np.array([0, 3, 400_000, 1_000_000])},
    },
    "exponential": {
        "small and large rate": {"b": np.array([1e-8, 1e8, 2.0])},
        "nothing, tiny and huge": {"y": np.array([0.0, 1e-300, 1e6, 1.0])},
    },
    "weibull": {
        "small shape": {"b": np.array([1e-3, 0.1, 2.0])},
        "large shape": {"b": np.array([1e3, 50.0, 2.0])},
        "unlike scales": {"c": np.array([1e-8, 1e8, 1.0])},
        "tiny and huge": {"y": np.array([1e-300, 1e6, 1.0, 1e-5])},
    },
    "beta": {
        "small shapes": {"b": np.array([1e-3, 0.1, 2.0]), "c": np.array([1e-3, 2.0, 0.1])},
        "large shapes": {"b": np.array([1e4, 1e3, 2.0]), "c": np.array([1e4, 3e3, 1.0])},
        "near 0 and 1": {"unit": np.array([1e-300, 1 - 1e-16, 0.5, 1e-9])},
    },
    "von_mises": {
        "uniform": {"b": np.array([0.0, 1e-8, 2.0])},
        "on both sides of 20": {"b": np.array([19.999, 20.0, 25.0])},
        "concentrated": {"b": np.array([100.0, 50.0, 2.0])},
        "turned about": {"angle": np.array([-3.0, 3.0 + 2 * np.pi, 50.0, -999.0])},
    },
    "skew_normal": {
        "symmetric, and skewed to the left": {"c": np.array([0.0, -1.0, -4.0])},
        "in the tail": {"y": np.array([-4.0, 5.0, -2.0, 0.0]), "b": np.ones(3), "c": np.array([5.0, 7.0, 1])},
        "half normal": {"a": np.array([-1.0, 0.0, 0.5]), "c": np.array([1e3, 1e8, 1e4])},
        "scale near 0": {"b": np.array([1e-8, 1.0, 2.0])},
        "large scale": {"b": np.array([1e8, 1.0, 2.0])},
        "far outlier": {"y": np.array([1e9, 1.0, 2.0, 1.0])},
    },
    "beta_binomial": {
        "small shapes": {"b": np.array([1e-3, 0.1, 2.0]), "c": np.array([1e-3, 2.0, 0.1])},
        "on both sides of 16": {"b": np.array([15.999, 16.0, 20.0]), "c": np.array([16.0, 15.0, 0.1])},
        "large shapes": {"b": np.array([1e6, 1e4, 2.0]), "c": np.array([1e6, 3e4, 1.0])},
        "many trials": {"trials": np.array([10_000] * 4), "whole": np.array([0, 3, 4000, 10_000])},
    },
    "zero_inflated_poisson": {
        **ZERO_PROBABILITIES,
        **RATES,
        "a component of zeros": {"b": np.array([0.0, 0.1, 2.0])},
    },
    "hurdle_poisson": ZERO_PROBABILITIES | RATES,
    "zero_inflated_neg_binomial_2": ZERO_PROBABILITIES | RATES | PRECISIONS,
    "hurdle_neg_binomial_2": ZERO_PROBABILITIES | RATES | PRECISIONS,
    "multi_normal": {
        "far from the data": {"mean": np.full((3, 3), 1e6)},
        "unlike scales": {"factor": np.stack([np.diag([1e-8, 1.0, 1e8])] * 3)},
        "nearly collinear": {"factor": np.stack([np.array([[1, 0, 0], [1, 1e-4, 0], [1, 1, 1.0]])] * 3)},
    },
    "multi_student_t": {
        "far from the data": {"mean": np.full((3, 3), 1e6)},
        "unlike scales": {"factor": np.stack([np.diag([1e-8, 1.0, 1e8])] * 3)},
        "few and many degrees of freedom": {"b": np.array([0.01, 1.0, 300.0])},
    },
    "multi_normal_diag": {
        "far from the data": {"mean": np.full((3, 3), 1e6)},
        "unlike scales": {"sd": np.array([[1e-8, 1.0, 1e8]] * 3)},
    },
    "multi_normal_spherical": {"unlike scales": {"radius": np.array([1e-8, 1.0, 1e8])}},
    "categorical": {
        "impossible answers": {
            "log_p": np.array(
                [[0.0, -0.7, -0.7], [-np.inf, -0.7, -0.7], *[[-1.1] * 3] * 3, *[[-1.4] * 3] * 4],
            )
        },
    },
}


def narrowed(case: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A case with some of its values changed; shorter data cut all data to their length."""
    n = min([len(value) for name, value in change.items() if name not in ARGUMENTS] or [len(case["count"])])
    by_observation = ("count", "log_weights", *OBSERVATIONS)
    return {name: value[:n] if name in by_observation else value for name, value in (case | change).items()}


@pytest.mark.parametrize(
    ("family", "name"), [(family, name) for family, points in EXTREMES.items() for name in points]
)
def test_extreme_points_equal_stan(difference, family, name):
    assert difference(call_of(family), narrowed(a_case(3), EXTREMES[family][name])) < RELATIVE


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_near_0_equal_stan(difference, family):
    assert difference(call_of(family), a_case(4) | WEIGHT_NEAR_0) < RELATIVE


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    "family", ["normal", "student_t", "skew_normal", "multi_normal", "multi_normal_diag"]
)
def test_any_scale_equals_stan(difference, family, scale):
    case = a_case(5)
    located = {"student_t": ("y", "b", "c"), "normal": ("y", "a", "b"), "skew_normal": ("y", "a", "b")}.get(
        family, ("rows_of_y", "mean", "factor", "sd")
    )
    assert difference(call_of(family), case | {name: scale * case[name] for name in located}) < RELATIVE


def scipy_log_density(family: str, case: dict[str, Any], k: int) -> np.ndarray:
    """Log density of component k at every observation, by SciPy."""
    if family in VALUES:
        own = VALUES[family]
        given = [case[name][k] for name in own.arguments]
        found = own.distribution(*given, *(case[name] for name in LIKELIHOODS[family].more_data))
        return found.logpmf(case["whole"]) if own.y == "whole" else found.logpdf(case[own.y])
    rows = case["rows_of_y"]
    group = min(k, len(case["factor"]) - 1)
    match family:
        case "multi_student_t":
            factor = case["factor"][group]
            return np.atleast_1d(
                stats.multivariate_t.logpdf(rows, case["mean"][k], factor @ factor.T, case["b"][k])
            )
        case "multi_normal":
            factor = case["factor"][group]
            return np.atleast_1d(stats.multivariate_normal.logpdf(rows, case["mean"][k], factor @ factor.T))
        case "multi_normal_diag":
            return stats.norm.logpdf(rows, case["mean"][k], case["sd"][group]).sum(axis=1)
        case "multi_normal_spherical":
            return stats.norm.logpdf(rows, case["mean"][k], case["radius"][group]).sum(axis=1)
        case "product":
            v, shares = case["values"][:14, k], case["values"][14:, k]
            densities = (
                lambda x: stats.norm.logpdf(x, v[0], v[1]),
                lambda x: stats.t.logpdf(x, v[2], v[3], v[4]),
                lambda x: stats.lognorm.logpdf(x, v[6], scale=np.exp(v[5])),
                lambda x: stats.gamma.logpdf(x, v[7], scale=1 / v[8]),
                lambda x: stats.beta.logpdf(x, v[9], v[10]),
                lambda x: stats.poisson.logpmf(x, v[11]),
                lambda x: stats.nbinom.logpmf(x, v[13], v[13] / (v[12] + v[13])),
                lambda x: np.log(np.append(shares, 1) * np.cumprod([1, *(1 - shares)]))[x.astype(int) - 1],
            )
            total = np.zeros(len(case["mixed"]))
            for x, density in zip(case["mixed"].T, densities, strict=True):
                seen = ~np.isnan(x)
                total[seen] += density(x[seen])
            return total
        case _:
            first = np.cumsum([0, *case["levels"][:-1]])
            table = case["log_p"][first + np.maximum(case["answers"], 1) - 1, k]
            return np.where(case["answers"] > 0, table, 0).sum(axis=1)


@pytest.mark.parametrize("by_row", [False, True], ids=["weights", "weights of each row"])
@pytest.mark.parametrize("family", FAMILIES)
def test_values_are_scipys(kernel, family, by_row):
    case = a_case(7)
    weights = case["log_weights"] if by_row else case["log_theta"]
    terms = weights + np.column_stack([scipy_log_density(family, case, k) for k in range(3)])
    expected = (case["count"] * logsumexp(terms, axis=1)).sum()
    assert kernel(call_of(family, by_row), case)[0] == pytest.approx(expected, rel=1e-12)


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory) -> Callable[[str, dict[str, Any]], stanli.Model]:
    """A family's program with the functions in Stan, in an implementation of Stan of another kind."""

    @functools.cache
    def text(group: str) -> str:
        source = tmp_path_factory.mktemp("interpreted") / f"{group}.stan"
        source.write_text(program(group), "utf-8")
        return complete(str(source.with_suffix("")), "stan")

    return lambda family, data: stanli.Model(stan_code=text(group_of(family)), data=data)


@pytest.mark.parametrize("by_row", [False, True], ids=["weights", "weights of each row"])
@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "product"])  # stanli has no to_int of data
def test_another_implementation_of_stan_gives_the_same_numbers(kernel, interpreted, family, by_row):
    call, case = call_of(family, by_row), a_case(16, n=11)
    data, point = stan_inputs(call, case)
    model = interpreted(family, {name: np.asarray(value).tolist() for name, value in data.items()})
    positions = free_positions(call, case)
    value, gradient = model.log_prob_grad([point[name][index] for _, name, index in positions])
    ours = kernel(call, case)
    assert ours[0] == pytest.approx(value, rel=1e-12)
    for (position, name, index), theirs in zip(positions, gradient, strict=True):
        if name != "factor" or index[1] >= index[2]:
            assert ours[position] == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def free_positions(call: Call, case: dict[str, Any]) -> list[tuple[int, str, tuple[int, ...]]]:
    """Where derivatives stand in the gradient: position, argument and index in it, as Stan orders them."""
    found, position = [], 1
    for name in ARGUMENTS:
        if name == "log_weights" and not call.by_row:
            continue
        shape = np.shape(case[name])
        if name in (
            "mean",
            "factor",
            "sd",
            "values",
        ):  # an array of vectors or matrices: each is contiguous, column by column
            order = [(g, *reversed(i)) for g in range(shape[0]) for i in np.ndindex(*reversed(shape[1:]))]
        else:
            order = [tuple(reversed(i)) for i in np.ndindex(*reversed(shape))]
        found += [(position + j, name, index) for j, index in enumerate(order)]
        position += len(order)
    return found


@pytest.mark.parametrize("by_row", [False, True], ids=["weights", "weights of each row"])
@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_central_differences(kernel, family, by_row):
    case, call = a_case(8, components=2, n=5, dimension=2), call_of(family, by_row)
    gradient = kernel(call, case)
    for position, name, index in free_positions(call, case):
        above_diagonal = name == "factor" and index[1] < index[2]
        if name not in call.arguments or above_diagonal:
            assert gradient[position] == 0
            continue
        step = 1e-6 * max(1.0, abs(case[name][index]))
        values = []
        for sign in (1, -1):
            moved = np.array(case[name], dtype=float)
            moved[index] += sign * step
            values.append(kernel(call, case | {name: moved})[0])
        assert gradient[position] == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-5, abs=1e-6)


NO_DENSITY = {
    "lognormal": {"y": np.array([1.0, 0.0, 2.0])},
    "poisson": {"a": np.zeros(3), "whole": np.array([0, 2, 0])},
    "binomial": {"a": np.ones(3), "whole": np.array([1, 0, 1]), "trials": np.array([1, 1, 1])},
    "normal": {"a": np.full(3, 1e200), "b": np.full(3, 1e-200)},
    "student_t": {"b": np.full(3, 1e300), "c": np.full(3, 1e-300)},
    "exponential": {"y": np.array([1.0, 1e300]), "b": np.full(3, 1e10)},
    "weibull": {"y": np.array([1.0, 1e300]), "b": np.full(3, 3.0)},
    "skew_normal": {"a": np.full(3, 1e200), "b": np.full(3, 1e-200)},
    "zero_inflated_poisson": {"a": np.ones(3), "whole": np.array([0, 2, 0])},
    "hurdle_poisson": {"a": np.zeros(3), "whole": np.array([1, 2, 0])},
    "zero_inflated_neg_binomial_2": {"a": np.ones(3), "whole": np.array([0, 2, 0])},
    "hurdle_neg_binomial_2": {"a": np.ones(3), "whole": np.array([0, 2, 0])},
    "multi_normal": {"mean": np.full((3, 3), 1e200)},
    "multi_student_t": {"mean": np.full((3, 3), 1e200)},
    "multi_normal_diag": {"mean": np.full((3, 3), 1e200)},
    "multi_normal_spherical": {"mean": np.full((3, 3), 1e200)},
    "categorical": {"log_p": np.full((9, 3), -np.inf), "answers": np.ones((4, 3), dtype=int)},
}


@pytest.mark.parametrize("by_row", [False, True], ids=["weights", "weights of each row"])
@pytest.mark.parametrize("family", NO_DENSITY)
def test_an_observation_without_density_gives_minus_infinity_and_no_gradient(kernel, family, by_row):
    found = kernel(call_of(family, by_row), narrowed(a_case(9), NO_DENSITY[family]))
    assert found[0] == -np.inf
    assert (found[1:] == 0).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_weight_of_0_leaves_its_component_out(kernel, family):
    found = kernel(call_of(family), a_case(10) | WEIGHT_0)
    assert np.isfinite(found).all()
    assert found[1] == 0


@pytest.mark.parametrize("family", ["poisson"])
def test_what_one_component_cannot_give_another_may(kernel, family):
    # Zero inflation: the component of zeros gives no density to counts above 0.
    case = narrowed(a_case(11), {"whole": np.array([0, 3, 0, 1]), "a": np.array([0.0, 2.0, 2.0])})
    found = kernel(call_of(family), case)
    terms = case["log_theta"] + stats.poisson.logpmf(case["whole"][:, None], case["a"])
    assert found[0] == pytest.approx((case["count"] * logsumexp(terms, axis=1)).sum(), rel=1e-12)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_counts_are_repetitions(kernel, family):
    case = a_case(12)
    times = np.arange(len(case["y"])) % 3 + 1
    repeated = {name: np.repeat(case[name], times, axis=0) for name in OBSERVATIONS}
    single = case | repeated | {"count": np.ones(len(repeated["y"]))}
    single["log_weights"] = np.repeat(case["log_weights"], times, axis=0)
    counted = kernel(call_of(family), case | {"count": times})
    assert counted == pytest.approx(kernel(call_of(family), single), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("family", FAMILIES)
def test_threads_do_not_change_a_bit(kernel, family):
    case = a_case(13, n=9001, dimension=5)
    found = [kernel(call_of(family), case, threads) for threads in (1, 2, 3)]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


@pytest.mark.skipif("avx512" not in SETS, reason="this machine has no AVX-512")
@pytest.mark.parametrize("family", FAMILIES)
def test_avx2_gives_the_bits_of_avx512(evaluators, family):
    # Number of observations and of components, weights of each row, noise.
    for n, components, by_row, noise in [
        (1, 1, False, False),
        (9, 2, True, False),
        (300, 4, False, True),
        (140, 9, True, True),
        (5000, 3, False, False),
    ]:
        case = a_case(n + components, components, n, dimension=1 + components, noise=noise)
        call = call_of(family, by_row)
        found = [evaluators["kernel"](call, case, instructions=name) for name in ("avx2", "avx512")]
        assert (found[0] == found[1]).all()


PASSES = {name: len(families) for name, families in GROUPS.items()} | {"normals": 2, "columns": 2 + 2 * 7}
"""How many functions run over the data in a program: diagonal and spherical covariances share one, and a
product has two more for each distribution but the categorical."""


def assert_vectors(executable: Path, objdump: str = "objdump") -> dict[str, Counter[str]]:
    """Check that no pass over the data computes in single numbers, or selects by them."""
    found = passes(executable, objdump)
    for name, count in found.items():
        # What is left are the components' constants, and the sums over lanes.
        assert count["packed"] > 0.7 * (count["packed"] + count["scalar"]), name
        assert count["selecting"] < 0.08 * count["packed"], name
    return found


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the registers are those of x86-64")
@pytest.mark.parametrize("group", GROUPS)
def test_passes_compute_in_the_registers_of_their_instruction_set(evaluators, group):
    found = assert_vectors(evaluators["kernel"].executable(GROUPS[group][0]))
    for name, register in {"plain": "x", "avx2": "y", "avx512": "z"}.items():
        own = [count for function, count in found.items() if instruction_set(function) == name]
        assert len(own) >= PASSES[group]
        assert all(count[register] > 0.9 * count["packed"] for count in own)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("aarch64-linux-gnu-g++"), reason="needs g++-aarch64-linux-gnu")
@pytest.mark.parametrize("group", GROUPS)
def test_passes_compute_in_vectors_on_arm(cmdstan, tmp_path, group):
    source = tmp_path / f"{group}.stan"
    source.write_text(program(group), "utf-8")
    headers = kernel_headers(str(source.with_suffix("")), "kernel")
    source.write_text(complete(str(source.with_suffix("")), "kernel"), "utf-8")
    stanc = [cmdstan / "bin" / "stanc", "--allow-undefined", "--O1"]
    subprocess.run([*stanc, f"--o={source.with_suffix('.cpp')}", source], check=True)
    compiler = ["aarch64-linux-gnu-g++", "-std=c++17", "-O3", "-pthread", "-D_REENTRANT", "-w"]
    compiler += ["-isystem", str(cmdstan / "include"), "-include", "stan/model/model_header.hpp"]
    for header in headers:
        compiler += ["-include", str(header)]
    target = tmp_path / f"{group}.o"
    subprocess.run([*compiler, "-c", source.with_suffix(".cpp"), "-o", target], check=True)
    assert len(assert_vectors(target, "aarch64-linux-gnu-objdump")) >= PASSES[group]


@pytest.mark.parametrize("wanted", ["sse9", "AVX2"])
def test_an_instruction_set_that_is_not_there_is_named(evaluators, wanted):
    message = f"STANMIX_INSTRUCTIONS is '{wanted}', but this program has on this machine: {', '.join(SETS)}."
    with pytest.raises(ValueError, match=message):
        evaluators["kernel"](call_of("normal"), a_case(1), instructions=wanted)


@pytest.mark.parametrize(
    ("family", "change", "words"),
    [
        ("normal", {"b": np.array([1.0, 0.0, 1.0])}, "standard deviations"),
        ("normal", {"a": np.array([1.0, np.inf, 1.0])}, "means"),
        ("student_t", {"a": np.array([1.0, -1.0, 1.0])}, "degrees of freedom"),
        ("gamma", {"y": np.array([1.0, 0.0])}, "observations"),
        ("lognormal", {"y": np.array([1.0, -1.0])}, "observations"),
        ("poisson", {"whole": np.array([1, -1])}, "counts"),
        ("neg_binomial_2", {"b": np.array([1.0, 0.0, 1.0])}, "precisions"),
        ("binomial", {"whole": np.array([1, 7]), "trials": np.array([3, 5])}, "successes"),
        ("binomial", {"a": np.array([0.5, 1.5, 0.5])}, "probabilities"),
        ("exponential", {"y": np.array([1.0, -1.0])}, "observations"),
        ("exponential", {"b": np.array([1.0, 0.0, 1.0])}, "rates"),
        ("weibull", {"y": np.array([1.0, 0.0])}, "observations"),
        ("weibull", {"c": np.array([1.0, 0.0, 1.0])}, "scales"),
        ("beta", {"unit": np.array([0.5, 0.0])}, "observations"),
        ("beta", {"unit": np.array([0.5, 1.0])}, "observations"),
        ("beta", {"c": np.array([1.0, 0.0, 1.0])}, "second shapes"),
        ("von_mises", {"angle": np.array([1.0, np.inf])}, "observations"),
        ("von_mises", {"b": np.array([1.0, -1.0, 1.0])}, "concentrations"),
        ("skew_normal", {"b": np.array([1.0, 0.0, 1.0])}, "scales"),
        ("skew_normal", {"c": np.array([1.0, np.inf, 1.0])}, "shapes"),
        ("beta_binomial", {"whole": np.array([1, 7]), "trials": np.array([3, 5])}, "successes"),
        ("beta_binomial", {"b": np.array([1.0, 0.0, 1.0])}, "first shapes"),
        ("zero_inflated_poisson", {"a": np.array([0.5, 1.5, 0.5])}, "probabilities of a zero"),
        ("zero_inflated_poisson", {"b": np.array([0.5, -1.0, 0.5])}, "rates"),
        ("hurdle_poisson", {"b": np.array([0.5, 0.0, 0.5])}, "rates"),
        ("zero_inflated_neg_binomial_2", {"c": np.array([1.0, 0.0, 1.0])}, "precisions"),
        ("hurdle_neg_binomial_2", {"whole": np.array([1, -1])}, "counts"),
        ("multi_normal", {"factor": np.zeros((3, 3, 3))}, "diagonal of a Cholesky factor"),
        ("multi_normal", {"mean": np.zeros((3, 3)), "factor": np.stack([np.eye(3)] * 2)}, "Cholesky factors"),
        ("multi_student_t", {"factor": np.zeros((3, 3, 3))}, "diagonal of a Cholesky factor"),
        ("multi_student_t", {"b": np.array([1.0, 0.0, 1.0])}, "degrees of freedom"),
        ("multi_normal_diag", {"sd": np.zeros((3, 3))}, "standard deviations"),
        ("categorical", {"answers": np.full((2, 3), 5)}, "answers"),
        ("categorical", {"log_p": np.full((9, 3), 0.1)}, "log probabilities"),
    ],
)
def test_what_lies_outside_a_support_is_named(kernel, family, change, words):
    case = narrowed(a_case(14), change)
    if "factor" in change:
        groups = len(change["factor"])
        case |= {"sd": case["sd"][:groups], "radius": case["radius"][:groups]}
    with pytest.raises(ValueError, match=f"{LIKELIHOODS[family].name}.*{words}"):
        kernel(call_of(family), case)


TAILS = {
    "von_mises concentrated": (
        {"angle": [0.5, 0.501, 0.498], "a": 0.5, "b": 1e6},
        [15.466450570665444, -999.9988333335926, -9.999989166663864e-7],
    ),
    "von_mises less so": (
        {"angle": [0.5, 0.501, 0.498], "a": 0.5, "b": 500.0},
        [6.5630957968060408, -0.4999994166667963, 0.002999003010122536],
    ),
    "skew_normal where the distribution function underflows": (
        {"y": [-20.0, -8.0, 1.0], "a": 0.5, "b": 0.5, "c": 5.0},
        [-25620.701633259334, -3014.16640754846, 102439.9993367122, -9850.399933671221],
    ),
    "beta_binomial with unlike shapes": (
        {"whole": [0, 3, 10], "trials": [9, 10, 10], "b": 1e-3, "c": 1e6},
        [-175.13042286269334, 2004.326151805753, -1.299993097147925e-5],
    ),
    "beta_binomial near a binomial": (
        {"whole": [0, 3, 10], "trials": [9, 10, 10], "b": 1e6, "c": 2e6},
        [-15.981875239772884, 3.333299333594665e-6, -1.666666916658458e-6],
    ),
    "beta_binomial of all or nothing": (
        {"whole": [0, 3, 10], "trials": [9, 10, 10], "b": 1e-3, "c": 2e-3},
        [-9.5696845533081529, 995.9641758207401, -3.200175939374051],
    ),
    "hurdle_poisson with few events": (
        {"whole": [0, 1, 1, 2], "a": 0.25, "b": 1e-8},
        [-21.363168517987544, 0.0, 99999998.5],
    ),
    "hurdle_neg_binomial_2 with few events": (
        {"whole": [0, 1, 1, 2], "a": 0.25, "b": 1e-8, "c": 2.0},
        [-20.95770342237938, 0.0, 99999997.25000001, -0.1666666604166667],
    ),
    "zero_inflated_poisson whose own zeros underflow": (
        {"whole": [0, 3, 900], "a": 1e-10, "b": 800.0},
        [-815.08873581456545, 9999999998.0, -0.87125],
    ),
}
"""Observations and parameters of one component; the value and its derivatives, computed with 60 digits."""


@pytest.mark.parametrize("name", TAILS)
def test_far_points_keep_their_digits(kernel, name):
    # Stan's own numbers are right to 7 digits, or not finite, in such places.
    given, expected = TAILS[name]
    call = call_of(name.split()[0])
    n = next(len(value) for value in given.values() if isinstance(value, list))
    case = a_case(17, components=1, n=n) | {"count": np.ones(n, dtype=int), "log_theta": np.zeros(1)}
    found = kernel(call, case | {argument: np.atleast_1d(value) for argument, value in given.items()})
    positions = free_positions(call, case)
    slopes = [found[position] for position, argument, _ in positions if argument in call.arguments[1:]]
    assert [found[0], *slopes] == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("family", ["neg_binomial_2"])
def test_a_tiny_phi_keeps_its_digits(kernel, family):
    # Expected values computed with 50 digits; Stan's own gradient is right to 9 digits in such places.
    case = a_case(15, components=2, n=3) | {
        "whole": np.array([0, 3, 17]),
        "count": np.array([4, 1, 2]),
        "log_theta": np.log([0.5, 0.5]),
        "a": np.array([2.0, 3.0]),
        "b": np.array([1e-6, 0.5]),
    }
    call = call_of(family)
    found = kernel(call, case)
    assert found[0] == pytest.approx(-17.347845024695069, rel=1e-14)
    slopes = [found[position] for position, name, _ in free_positions(call, case) if name == "b"]
    assert slopes == pytest.approx([-3.24034495418256768, -2.37187041037639366], rel=1e-12)


def normal_at(y, processor, folder):
    """Value and gradient of the normal program compiled for a choice of `compile.processor`; its manifest."""
    folder.mkdir()
    programs.build("normal", "kernel", folder / "normal", folder / "normal.json", processor)
    write_stan_json(folder / "data.json", model_of(2).stan_data(y))
    write_stan_json(folder / "point.json", {"theta_free": [[0.3, 0.7]], "standard": [0, 8, 1, 2]})
    program = cmdstanpy.CmdStanModel(exe_file=str(folder / "normal"))
    row = program.log_prob(str(folder / "point.json"), str(folder / "data.json"), sig_figs=18).to_numpy()[0]
    return row, read_json(folder / "normal.json")


@pytest.mark.parametrize("processor", ["portable", pytest.param("native", marks=pytest.mark.slow)])
def test_every_choice_of_processor_computes_the_same(processor, tmp_path):
    y = two_groups(1000)
    plain, manifest = normal_at(y, processor, tmp_path / processor)
    dispatched, other = normal_at(y, "dispatch", tmp_path / "dispatch")
    assert plain == pytest.approx(dispatched, rel=1e-12)
    assert manifest["processor"] == processor
    assert manifest["flags"] == ("-O3 -march=native" if processor == "native" else "-O3")
    assert manifest["hash"] != other["hash"]
    # Kernels for several instruction sets stand in an executable that chooses at its start, and in no other.
    sizes = [(tmp_path / name / "normal").stat().st_size for name in (processor, "dispatch")]
    assert sizes[0] < sizes[1]
