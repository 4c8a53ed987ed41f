"""Every figure of the catalogue for odd but legal data, draws and names: none fails, warns or grows."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from stanmix.errors import StanmixError
from stanmix.families import DataScale
from stanmix.families.multivariate import MultiNormal
from stanmix.model import Model, resolve
from stanmix.priors import Prior
from stanmix.priors.density import interval, quantiles
from stanmix.report.catalogue import FIT_FIGURES, ROWS_FIGURES
from stanmix.report.figures.comparison import comparison_figure
from stanmix.report.figures.data import data_figure
from stanmix.report.figures.fit import FitResults, fit_figures
from stanmix.report.figures.gaps import drawn
from stanmix.report.figures.pairs import pair_figure
from stanmix.report.figures.prior import prior_figure
from stanmix.report.figures.rootogram import rootogram_figure
from stanmix.report.figures.rows import rows_figures
from stanmix.report.figures.style import (
    histogram_bins,
    kernel_density,
    legible,
    report_style,
    save,
)
from stanmix.report.inline import Inliner, gap_in

pytestmark = pytest.mark.long  # each draws every figure of a fit

LARGEST_SVG = 300_000
LONGEST = 60.0
"""Seconds for the figures of one fit, on a machine that others share; an unbounded one takes minutes."""
CHAINS, DRAWS = 2, 50
N = 100

RNG = np.random.default_rng(17)
VALUES = {
    "plain": RNG.normal(size=N),
    "heavy tails": RNG.standard_cauchy(N),
    "one far out": np.append(RNG.normal(size=N - 1), 1e12),
    "any size": 10.0 ** np.linspace(-300, 300, N),
    "huge": 1e300 * RNG.normal(size=N),
    "the whole range of numbers": np.linspace(-1, 1, N) * np.finfo(float).max,
    "tiny": 1e-300 * np.exp(RNG.normal(size=N)),
    "millionths": 1e-6 * RNG.normal(size=N),
    "far from zero": 1e15 + RNG.integers(0, 1000, N),
    "rounding errors": 1 + np.finfo(float).eps * RNG.integers(0, 5, N),
    "all alike": np.full(N, 0.5),
    "all alike and large": np.full(N, 1e17),
    "all but one alike": np.append(np.zeros(N - 1), 3.3),
    "two values": np.repeat([0.25, 7.75], N // 2),
    "two rows": np.array([0.0, 1.5]),
}
BEYOND_AXES = {"any size", "huge", "the whole range of numbers", "tiny", "far from zero", "rounding errors"}
COUNTS = {
    "plain": RNG.poisson(4, N).astype(float),
    "up to a million": RNG.integers(0, 1_000_000, N).astype(float),
    "one far out": np.append(RNG.poisson(4, N - 1), 10**12).astype(float),
    "all alike": np.full(N, 3.0),
    "all zero": np.zeros(N),
    "two rows": np.array([0.0, 1.0]),
}


def some(kinds: Iterable[str], *quick: str) -> list[Any]:
    """All kinds, of which those that are not quick are slow proofs: each draws every figure of a fit."""
    return [kind if kind in quick else pytest.param(kind, marks=pytest.mark.slow) for kind in kinds]


NAMES = {
    "TeX": r"a$\frac{$",
    "markup": "<b>bold</b> {{ 7 * 7 }} & <script>alert(1)</script>",
    "long": "x" * 200,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "emoji": "height \U0001f4cf\u200d\U0001f525",
    "Chinese": "\u5e74\u9f62",
    "control characters": "two\nlines\tand\x07bell",
    "empty": "",
}
TAMES = DataScale(-3.0, 3.0)


def shaped(value: np.ndarray) -> np.ndarray:
    return np.asarray(value, dtype=float).reshape(CHAINS, DRAWS)


def odd_draws() -> dict[str, np.ndarray]:
    own = RNG.normal(size=CHAINS * DRAWS)
    far, some, once = own.copy(), own.copy(), np.zeros(CHAINS * DRAWS)
    far[7], some[3:9], once[11] = 1e12, np.inf, 1.0
    return {
        "plain": shaped(own),
        "constant": shaped(np.full(CHAINS * DRAWS, 2.5)),
        "one far out": shaped(far),
        "some infinite": shaped(some),
        "all infinite": shaped(np.full(CHAINS * DRAWS, -np.inf)),
        "no number": shaped(np.full(CHAINS * DRAWS, np.nan)),
        "huge": shaped(1e300 * own),
        "any size": shaped(10.0 ** np.linspace(-300, 300, CHAINS * DRAWS)),
        "tiny": shaped(1e-300 * own),
        "heavy tails": shaped(np.random.default_rng(1).standard_cauchy(CHAINS * DRAWS)),
        "one that moved": shaped(once),
        "each chain its own": np.repeat([[0.0], [4.0]], DRAWS, axis=1),
    }


DRAWN = odd_draws()


def results(
    model: Model,
    y: np.ndarray,
    response: str = "y",
    odd: np.ndarray | None = None,
    y_rep: np.ndarray | None = None,
) -> FitResults:
    """Made-up results of a fit, of which the first parameter has odd draws for its last component."""
    rng = np.random.default_rng(3)
    K, shape = model.components, (CHAINS, DRAWS, model.components)
    values = {"theta": rng.dirichlet(np.full(K, 5.0), size=shape[:2])}
    values |= {name: rng.uniform(0.5, 2.0, shape) for name in model.parameters}
    if odd is not None:
        values[next(iter(model.parameters))][..., -1] = odd
    dims = ("chain", "draw", "component")
    constant = {"theta": ("component", np.ones(1))} if model.theta_fixed else {}
    posterior = {name: (dims, own) for name, own in values.items() if name not in constant}
    diverging = rng.random(shape[:2]) < 0.1
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(posterior),
            "constant_data": xr.Dataset(constant),
            "sample_stats": xr.Dataset({"diverging": (dims[:2], diverging)}),
        }
    )
    prior = {name: (dims, rng.uniform(0.5, 2.0, shape)) for name in values}
    y_rep = rng.choice(model.family.score(y), size=(8, len(y))) if y_rep is None else y_rep
    replicated = xr.Dataset({"y_rep": (("sample", "row"), y_rep)})
    probability = rng.dirichlet(np.full(K, 0.3), size=len(y))
    return FitResults(
        y=y,
        response=response,
        columns=[],
        model=model,
        posterior=tree,
        prior=xr.DataTree.from_dict({"prior": xr.Dataset(prior), "prior_predictive": replicated}),
        predictive=xr.DataTree.from_dict({"posterior_predictive": replicated}),
        summary=pd.DataFrame({"parameter": ["mu[1]"], "rhat": [np.nan], "truth": [np.nan]}),
        assignments=pd.DataFrame({f"p_{k + 1}": probability[:, k] for k in range(K)}),
        interval=0.95,
    )


def written(figures, folder: Path) -> dict[str, str | None]:  # type: ignore[no-untyped-def]
    """Write figures, hold each to its bounds, and return the sentences that stand in place of some."""
    gaps = {}
    for name, figure in figures:
        target = folder / f"{name}.svg"
        save(figure, [target])
        assert target.stat().st_size < LARGEST_SVG, name
        Inliner().figure(target, name)
        gaps[name] = gap_in(target)
    return gaps


@pytest.fixture
def foreseen(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """No figure fails for a reason that is not known, and none takes long."""
    begin = time.perf_counter()
    with report_style():
        yield
    assert "Traceback" not in capsys.readouterr().err
    assert time.perf_counter() - begin < LONGEST


def test_what_is_not_foreseen_is_said_and_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise IndexError("list index out of <range>")

    with report_style():
        gaps = written([("own", drawn(broken))], tmp_path)  # type: ignore[arg-type]
    assert "IndexError: list index out of <range>" in str(gaps["own"])
    assert "raise IndexError" in capsys.readouterr().err


@pytest.mark.parametrize(("kind", "components"), [*((kind, 3) for kind in VALUES), ("one far out", 1)])
def test_figures_of_odd_values(kind: str, components: int, tmp_path: Path, foreseen: None) -> None:
    y = VALUES[kind]
    gaps = written([("data", drawn(data_figure, y, "y", None))], tmp_path)
    model = resolve({"family": "normal"}, components, TAMES)
    gaps |= written(fit_figures(results(model, y)), tmp_path)
    assert set(gaps) == {"data", *FIT_FIGURES}
    beyond = {"data", "prior_predictive", "predictive", "assignments"} if kind in BEYOND_AXES else set()
    assert {name for name, reason in gaps.items() if reason} == beyond
    assert all("The values of y reach from" in str(gaps[name]) for name in beyond)


@pytest.mark.parametrize("kind", some(COUNTS, "one far out", "two rows"))
@pytest.mark.parametrize("family", some(["poisson", "neg_binomial_2"], "poisson"))
def test_figures_of_odd_counts(kind: str, family: str, tmp_path: Path, foreseen: None) -> None:
    y = COUNTS[kind]
    far = np.random.default_rng(4).choice([0.0, 3.0, 1e18, np.inf, np.nan], size=(8, len(y)))
    gaps = written([("data", drawn(data_figure, y, "y", None))], tmp_path)
    for y_rep in (None, far):
        fit = results(resolve({"family": family}, 2, DataScale(0.0, 10.0)), y, y_rep=y_rep)
        gaps |= written(fit_figures(fit), tmp_path)
        shown = np.tile(y, (8, 1)) if y_rep is None else y_rep
        gaps |= written([("rootogram", drawn(rootogram_figure, y, shown, "y", 0.95))], tmp_path)
        assert set(gaps.values()) == {None}


@pytest.mark.parametrize("kind", ["some", "none"])
@pytest.mark.parametrize("family", ["normal", "poisson"])
def test_figures_of_replications_that_are_no_numbers(
    kind: str, family: str, tmp_path: Path, foreseen: None
) -> None:
    y = COUNTS["plain"]
    y_rep = np.random.default_rng(5).choice([1.0, 2.5, np.inf, -np.inf, 1e300], size=(8, N))
    y_rep = np.full((8, N), np.inf) if kind == "none" else y_rep
    gaps = written(
        fit_figures(results(resolve({"family": family}, 2, DataScale(0.0, 10.0)), y, y_rep=y_rep)), tmp_path
    )
    empty = {"prior_predictive", "predictive"} if kind == "none" else set()
    assert {name for name, reason in gaps.items() if reason} == empty
    gaps = written([("rootogram", drawn(rootogram_figure, y, y_rep, "y", 0.95))], tmp_path)
    assert bool(gaps["rootogram"]) == (kind == "none")


@pytest.mark.parametrize(("kind", "components"), [*((kind, 2) for kind in DRAWN), ("all infinite", 1)])
def test_figures_of_odd_draws(kind: str, components: int, tmp_path: Path, foreseen: None) -> None:
    model = resolve({"family": "normal"}, components, TAMES)
    gaps = written(fit_figures(results(model, VALUES["plain"], odd=DRAWN[kind])), tmp_path)
    # Panels say for themselves what cannot be drawn; whatever can is there.
    assert set(gaps.values()) == {None}


@pytest.mark.parametrize(
    "family",
    some(["von_mises", "gamma", "lognormal", "beta", "weibull", "student_t"], "von_mises", "weibull"),
)
def test_figures_of_families_with_bounds(family: str, tmp_path: Path, foreseen: None) -> None:
    far = {"von_mises": np.linspace(-np.pi, np.pi, N), "beta": np.linspace(1e-300, 1 - 1e-16, N)}
    y = far.get(family, np.append(np.linspace(1e-300, 1, N - 1), 1e12))
    model = resolve({"family": family}, 2, DataScale(0.01, 0.99))
    for odd in (None, DRAWN["some infinite"], DRAWN["huge"]):
        gaps = written(fit_figures(results(model, y, odd=odd)), tmp_path)
        assert set(gaps.values()) == {None}


def test_figures_of_shares(tmp_path: Path, foreseen: None) -> None:
    trials = np.array([1.0, 1e6, 3.0] * 20)
    y = np.column_stack([np.floor(trials / 2), trials])
    gaps = written([("data", drawn(data_figure, y, "y / n", None))], tmp_path)
    gaps |= written(fit_figures(results(resolve({"family": "binomial"}, 2, DataScale(0, 1)), y)), tmp_path)
    assert set(gaps.values()) == {None}


@pytest.mark.parametrize(("kind", "components"), [*((kind, 2) for kind in VALUES), ("one far out", 1)])
def test_figures_of_odd_rows(kind: str, components: int, tmp_path: Path, foreseen: None) -> None:
    y = np.column_stack([VALUES[kind], np.random.default_rng(6).normal(size=len(VALUES[kind]))])
    family = MultiNormal("VVV", 2)
    means = {"theta": np.full(components, 1 / components), "pcor_2_1": np.zeros(components)}
    means |= {f"mu_{d}": np.arange(components) + 0.0 for d in (1, 2)}
    means |= {f"sigma_{d}": np.ones(components) for d in (1, 2)}
    classes = np.arange(len(y)) % components
    names = ["a", "b"]
    figures = [
        ("data", drawn(pair_figure, y, names, None)),
        (
            "assignments",
            drawn(
                pair_figure, y, names, classes, "component", family.means(means), family.covariances(means)
            ),
        ),
        *rows_figures(y, names, classes, family, means),
    ]
    gaps = written(figures, tmp_path)
    assert set(ROWS_FIGURES) < set(gaps)
    beyond = {"data", "assignments", "parallel"} if kind in BEYOND_AXES else set()
    # The discriminants have units of their own.
    assert {name for name, reason in gaps.items() if reason} - {"discriminant"} == beyond


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e200])
def test_rows_with_components_that_are_nowhere(value: float, tmp_path: Path, foreseen: None) -> None:
    y = np.random.default_rng(7).normal(size=(N, 2))
    means = np.array([[0.0, 0.0], [value, 1.0]])
    covariances = np.stack([np.eye(2), np.diag([value, 1.0])])
    classes = np.arange(N) % 2
    pairs = drawn(pair_figure, y, ["a", "b"], classes, "component", means, covariances)
    assert set(written([("pairs", pairs)], tmp_path).values()) == {None}


TABLES = {
    "one fit": ([-140.0], [3.0], [0.0], [0.0]),
    "no error": ([-140.0, -141.0], [0.0, 0.0], [0.0, -1.0], [0.0, 0.0]),
    "no number": ([-140.0, np.nan], [3.0, np.nan], [0.0, np.nan], [0.0, np.nan]),
    "far below": ([-140.0, -1e15], [3.0, 1e14], [0.0, -1e15], [0.0, 1e14]),
    "alike": ([-140.0, -140.0], [3.0, 3.0], [0.0, 0.0], [0.0, 0.0]),
    "beyond axes": ([-140.0, -1e300], [3.0, 1.0], [0.0, -1e300], [0.0, 1.0]),
}


@pytest.mark.parametrize("kind", TABLES)
def test_comparisons_of_odd_numbers(kind: str, tmp_path: Path, foreseen: None) -> None:
    columns = zip(("elpd", "se", "elpd_diff", "se_diff"), TABLES[kind], strict=True)
    table = pd.DataFrame({"model": "m" * 200, "components": 2} | dict(columns))
    gaps = written([("comparison", drawn(comparison_figure, table))], tmp_path)
    assert bool(gaps["comparison"]) == (kind == "beyond axes")


@pytest.mark.parametrize("kind", some(NAMES, "TeX", "markup", "long"))
def test_names_are_literal_in_every_figure(kind: str, tmp_path: Path, foreseen: None) -> None:
    name = NAMES[kind]
    y, rows = VALUES["plain"], np.random.default_rng(8).normal(size=(N, 6))
    table = pd.DataFrame(
        {"model": [name], "components": 2, "elpd": -1.0, "se": 1.0, "elpd_diff": 0.0, "se_diff": 0.0}
    )
    names = [f"{name} {d}" for d in range(6)]
    data = data_figure(y, name, None)
    figures = [
        ("data", data),
        ("comparison", comparison_figure(table)),
        ("pairs", pair_figure(rows, names, np.zeros(N, dtype=int))),
        ("rootogram", rootogram_figure(COUNTS["plain"], np.tile(COUNTS["plain"], (8, 1)), name, 0.95)),
        *fit_figures(results(resolve({"family": "normal"}, 2, TAMES), y, name)),
    ]
    family = MultiNormal("EII", 6)
    means = {"theta": np.ones(1)} | {f"mu_{d + 1}": np.zeros(1) for d in range(6)} | {"sigma": np.ones(1)}
    figures += rows_figures(rows, names, np.zeros(N, dtype=int), family, means)
    assert data.axes[0].get_xlabel() == legible(name)
    assert set(written(figures, tmp_path).values()) == {None}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (r"a$\frac{$", r"a$\frac{$"),
        ("\u5e74", r"\u5e74"),
        ("a\nb", r"a\nb"),
        ("x" * 200, "x" * 30 + "\N{HORIZONTAL ELLIPSIS}" + "x" * 29),
        ("\u05e9\u05dc", "\u05e9\u05dc"),
    ],
)
def test_names_in_figures(name: str, shown: str) -> None:
    assert legible(name) == shown


@pytest.mark.parametrize("kind", VALUES)
def test_histograms_have_few_bins_that_hold_all_data(kind: str) -> None:
    y = VALUES[kind]
    if kind in BEYOND_AXES:
        return
    edges = histogram_bins(y)
    assert len(edges) <= 82
    assert np.histogram(y, edges)[0].sum() == len(y)


def test_bins_are_twice_those_of_freedman_and_diaconis() -> None:
    y = np.random.default_rng(9).normal(size=500)
    by_rule = len(np.histogram_bin_edges(y, bins="fd")) - 1
    assert len(histogram_bins(y)) - 1 == 2 * by_rule


def test_a_kernel_density_counts_what_lies_outside() -> None:
    y = np.append(np.random.default_rng(10).normal(size=4000), [1e12, np.inf, np.nan, -np.inf] * 250)
    grid, density = kernel_density(y, -5.0, 5.0)
    assert density.sum() * (grid[1] - grid[0]) == pytest.approx(0.8, rel=1e-9)
    assert density == pytest.approx(0.8 * stats.norm.pdf(grid), abs=0.03)


PRIORS = [
    (Prior("normal", {"mu": 0.0, "sigma": 1.0}), (8.5, np.inf), stats.truncnorm(8.5, np.inf)),
    (Prior("normal", {"mu": 0.0, "sigma": 1.0}), (45.0, np.inf), stats.truncnorm(45, np.inf)),
    (Prior("normal", {"mu": 0.0, "sigma": 1.0}), (-np.inf, -45.0), stats.truncnorm(-np.inf, -45)),
    (Prior("normal", {"mu": 0.0, "sigma": 1.0}), (9.0, 10.0), stats.truncnorm(9, 10)),
    (Prior("normal", {"mu": 0.0, "sigma": 1.0}), (-1.0, 2.0), stats.truncnorm(-1, 2)),
    (Prior("exponential", {"beta": 1.0}), (2000.0, np.inf), stats.expon(2000)),
]


@pytest.mark.parametrize(("prior", "bounds", "exact"), PRIORS)
def test_quantiles_of_priors_with_next_to_no_mass(prior, bounds, exact) -> None:  # type: ignore[no-untyped-def]
    p = np.array([0.001, 0.025, 0.5, 0.975, 0.999])
    assert quantiles(prior, bounds, p) == pytest.approx(exact.ppf(p), rel=1e-6)
    assert interval(prior, bounds, 0.95) == pytest.approx(tuple(exact.ppf([0.025, 0.975])), rel=1e-6)


ODD_PRIORS = [
    {"dist": "normal", "mu": -9, "sigma": 1},
    {"dist": "normal", "mu": -45, "sigma": 1},
    {"dist": "normal", "mu": -1e9, "sigma": 1},
    {"dist": "gamma", "alpha": 1e-3, "beta": 1e-3},
    {"dist": "gamma", "alpha": 1e9, "beta": 1e9},
    {"dist": "inv_gamma", "alpha": 1e-3, "beta": 1e-3},
    {"dist": "lognormal", "mu": 0, "sigma": 50},
    {"dist": "lognormal", "mu": 0, "sigma": 1e4},
    {"dist": "lognormal", "mu": 600, "sigma": 1},
    {"dist": "half_cauchy", "sigma": 1e300},
    {"dist": "half_cauchy", "sigma": 1e-300},
    {"dist": "exponential", "beta": 1e300},
    {"dist": "uniform", "lower": 1, "upper": 1.0000000001},
]


@pytest.mark.parametrize("prior", ODD_PRIORS, ids=str)
@pytest.mark.parametrize("alpha", [1e-6, 1e6])
def test_odd_priors_are_drawn_or_said(prior: dict, alpha: float, tmp_path: Path, foreseen: None) -> None:  # type: ignore[type-arg]
    weights = {"prior": {"dist": "dirichlet", "alpha": alpha}}
    spec = {"family": "normal", "parameters": {"sigma": {"prior": prior}}, "weights": weights}
    for components in (2, 3):
        try:
            model = resolve(spec, components, TAMES)
        except StanmixError:
            continue  # refused before anything runs
        fit = results(model, VALUES["plain"])
        gaps = written([("prior", drawn(prior_figure, model, fit.prior))], tmp_path)
        assert set(gaps.values()) == {None}
