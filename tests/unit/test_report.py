"""The report, from results that are written by the workflow's own functions with made-up draws."""

import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from arviz_base import from_dict
from hypothesis import given
from hypothesis import strategies as st

from helpers import DATA
from stanmix.config import Config, load
from stanmix.config.loading import Fit
from stanmix.data import description, reading, simulation, storage
from stanmix.errors import StanmixError
from stanmix.families import DataScale
from stanmix.families.statistics import REAL_STATISTICS
from stanmix.io import read_json, write_json
from stanmix.judgement import checks
from stanmix.judgement.verdict import tally
from stanmix.model import Model, resolve
from stanmix.paths import REPORT
from stanmix.posterior import datatree
from stanmix.posterior.summary import scalars
from stanmix.priors.density import interval
from stanmix.report import formats, html, sections, words
from stanmix.report.catalogue import COUNTS_FIGURES, DATASET_FIGURES, FIT_FIGURES, ROWS_FIGURES
from stanmix.report.facts import collect, toolchain
from stanmix.report.figures.chains import marginal_figure
from stanmix.report.figures.comparison import comparison_figure
from stanmix.report.figures.data import data_figure
from stanmix.report.figures.fit import FitResults, fit_figures
from stanmix.report.figures.gaps import NoFigure, gap_figure
from stanmix.report.figures.style import report_style, save
from stanmix.report.headline import headline, remedies
from stanmix.report.html import environment, render
from stanmix.report.methods import methods
from stanmix.report.registry import Section
from stanmix.report.sections import SECTIONS
from stanmix.report.validation import report_schema, validate
from stanmix.results import comparison, posterior_predictive
from stanmix.results.assignments import loo_summary

LARGEST_SVG = 300_000
CHAINS, DRAWS = 2, 60
STAGES = ("initialise", "sample_1", "sample_2", "prior", "label", "diagnose", "quantify", "draw_fit")
RAW = {
    "title": "Toys & <lakes>",
    "datasets": {
        "toy": {
            "simulate": {
                "family": "normal",
                "n": 60,
                "theta": [0.3, 0.3, 0.4],
                "parameters": {"mu": [0, 6, 12], "sigma": 1},
            }
        },
        "lakes": {"file": str(DATA / "acidity.csv"), "response": "y"},
    },
    "models": {
        "free": {"family": "normal", "components": [1, 2, 3]},
        "shared": {"family": "normal", "components": 3, "parameters": {"sigma": {"shared": True}}},
        "half_fixed": {
            "family": "normal",
            "components": 3,
            "parameters": {"mu": {"fixed": [0, None, 12]}, "sigma": {"fixed": 1}},
        },
    },
    "analyses": [
        {"dataset": "toy", "models": ["free", "shared", "half_fixed"]},
        {"dataset": "lakes", "models": ["free"]},
    ],
}


MODES = {
    "search": {
        "climbs": 20,
        "failed": 2,
        "batches": [12, 8],
        "stopped": "nothing new",
        "kinds": {
            "k-means": {"climbs": 19, "failed": 1, "best": -90.0},
            "prior": {"climbs": 1, "failed": 1, "best": None},
        },
        "consequence": 0.002,
    },
    "stray": [],
    "pooled": None,
    "climbs": 20,
    "climbs_failed": 1,
    "genuine": False,
    "left_out": 3,
    "groups": [
        {
            "chains": [1, 2],
            "stationary": True,
            "climbs": 20,
            "climbs_failed": 1,
            "optima": [{"mode": 1, "share": 0.95}],
            "mass": 0.97,
            "mass_error": 0.01,
            "weight": 1.0,
            "sizes": [40, 20],
        }
    ],
    "modes": [
        {
            "log_density": -90.0,
            "converged": True,
            "hits": 12,
            "log_mass": -98.0,
            "mass": 0.97,
            "mass_error": 0.01,
            "chains": [1, 2],
            "share": 0.95,
        },
        {
            "log_density": -91.5,
            "converged": False,
            "hits": 6,
            "log_mass": None,
            "mass": None,
            "mass_error": None,
            "chains": [],
            "share": None,
        },
    ],
}
"""What the ledger of modes says of every fit."""


PARTITION = {
    "observations": 60,
    "draws": 400,
    "binder": {"clusters": 2, "loss": 30.5, "sizes": [40, 20]},
    "vi": {
        "clusters": 2,
        "loss": 0.21,
        "sizes": [40, 20],
        "ball": {
            "probability": 0.95,
            "radius": 0.5,
            "upper": [60],
            "lower": [40, 19, 1],
            "horizontal": [30, 30],
        },
    },
}


def make_values(model: Model, y: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draws around quantiles of the data, that obey the model's shared and fixed values."""
    components = model.components
    shape = (CHAINS, DRAWS, components)
    centre = {"mu": np.quantile(y, (np.arange(components) + 0.5) / components), "sigma": np.ones(components)}
    values = {"theta": rng.dirichlet(np.full(components, 20.0), size=shape[:2])}
    for name, plan in model.parameters.items():
        free = centre[name] + rng.normal(0, 0.1, shape)
        index = np.asarray(plan.index)
        drawn = free[..., np.maximum(index - 1, 0)]
        values[name] = np.where(index == 0, np.nan_to_num(plan.fixed), drawn)
    return values


def write_fit(config: Config, fit: Fit, results: Path, truth: Mapping[str, Any] | None) -> None:
    """Write what the rules up to `quantify` leave of one fit."""
    rng = np.random.default_rng(fit.components)
    folder, of_data = results / fit.folder, results / fit.dataset
    y = storage.responses(of_data / "data.parquet")
    model = resolve(config.models[fit.model], fit.components, DataScale.of(y))
    write_json(folder / "model.json", model.to_dict())
    values = make_values(model, y, rng)
    noise = rng.normal(0, 1, (2, CHAINS, DRAWS))
    stats = {"lp": noise[0], "energy": noise[1], "diverging": noise[0] > 9}
    tree = datatree.assemble(values, stats | {"tree_depth": np.full((CHAINS, DRAWS), 3)}, model, y)
    datatree.write_tree(tree, folder / "posterior.nc")
    settings = config.effective["diagnostics"] | {"max_treedepth": 10}
    summary, verdict = checks.diagnose(tree, model, y, settings, truth, lambda functionals: MODES)
    summary.to_csv(folder / "summary.csv", index=False)
    write_json(folder / "diagnostics.json", verdict)
    settings = {"warmup": 500, "draws": DRAWS, "adapt_delta": 0.9, "max_treedepth": 12}
    first = {"verdict": "not converged", "action": "chains start again", "why": "Chain 2 ended elsewhere."}
    last = {"verdict": verdict["verdict"], "action": "stop", "why": "The fit is good.", "restarted": []}
    rounds = [
        first | {"settings": settings, "restarted": [{"chain": 2, "mode": 1}]},
        last | {"settings": settings},
    ]
    write_json(folder / "chains" / "kept.json", {"chains": [], "rounds": rounds, "modes": MODES})
    probability = rng.dirichlet(np.full(fit.components, 0.2), size=len(y))
    assignments = pd.DataFrame({f"p_{k + 1}": column for k, column in enumerate(probability.T)})
    assignments.insert(0, "component", probability.argmax(1) + 1)
    assignments.insert(1, "probability", probability.max(1))
    assignments.to_parquet(folder / "assignments.parquet", index=False)
    elpd = rng.normal(-2, 1, len(y))
    loo = {"elpd": elpd, "lpd": elpd + 0.01, "pareto_k": rng.uniform(0, 1.1, len(y))}
    pd.DataFrame(loo).to_parquet(folder / "loo_pointwise.parquet")
    write_json(folder / "partition.json", PARTITION)
    write_json(folder / "loo.json", loo_summary(loo, 100))
    write_predictions(folder, y, values, model, rng)


def write_predictions(
    folder: Path, y: np.ndarray, values: Mapping[str, np.ndarray], model: Model, rng: np.random.Generator
) -> None:
    """Write replicated data: resampled observations stand in for the posterior's."""
    y_rep = rng.choice(y, size=(20, len(y))) + rng.normal(0, 0.2, (20, len(y)))
    replicated = posterior_predictive.statistics(REAL_STATISTICS, y_rep)
    observed = posterior_predictive.statistics(REAL_STATISTICS, y[None])[0]
    groups = {
        "posterior_predictive": xr.Dataset({"y_rep": (("sample", "row"), y_rep)}),
        "statistics": xr.Dataset(
            {
                "replicated": (("sample", "statistic"), replicated),
                "observed": ("statistic", observed),
                "p_value": ("statistic", (replicated >= observed).mean(0)),
            },
            coords={"statistic": list(REAL_STATISTICS)},
            attrs={"observations": len(y), "n": len(y)},
        ),
    }
    datatree.write_tree(xr.DataTree.from_dict(groups), folder / "predictive.nc")
    component = np.arange(1, model.components + 1)
    prior = from_dict(
        {"prior": dict(values)},
        coords={"component": component},
        dims={name: ["component"] for name in values},
    )
    prior["prior_predictive"] = xr.DataTree(xr.Dataset({"y_rep": (("sample", "row"), y_rep * 3)}))
    datatree.write_tree(prior, folder / "prior.nc")


def draw(config: Config, results: Path) -> None:
    """Draw every figure."""
    for name in config.datasets:
        folder = results / name
        truth = read_json(folder / "truth.json") if name in config.simulated else None
        y = storage.responses(folder / "data.parquet")
        with report_style():
            save(data_figure(y, "y", truth), [folder / "figures" / "data.svg"])
            table = pd.read_csv(folder / "comparison.csv")
            save(comparison_figure(table), [folder / "figures" / "comparison.svg"])
            for fit in config.fits(name):
                place = results / fit.folder
                for figure_name, figure in fit_figures(fit_results(place, y)):
                    save(figure, [place / "figures" / f"{figure_name}.svg"])


def fit_results(place: Path, y: np.ndarray) -> FitResults:
    return FitResults(
        y=y,
        response="y",
        columns=[],
        model=Model.from_dict(read_json(place / "model.json")),
        posterior=datatree.read_tree(place / "posterior.nc"),
        prior=datatree.read_tree(place / "prior.nc"),
        predictive=datatree.read_tree(place / "predictive.nc"),
        summary=pd.read_csv(place / "summary.csv"),
        assignments=pd.read_parquet(place / "assignments.parquet"),
        interval=0.95,
    )


@pytest.fixture(scope="module")
def config() -> Config:
    return load(RAW)


@pytest.fixture(scope="module")
def results(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a finished run, figures included."""
    results = tmp_path_factory.mktemp("report") / "results"
    write_results(config, results)
    return results


def write_results(config: Config, results: Path) -> None:
    """Write the results of a run of all fits to simulated toys and real lakes."""
    for name, spec in config.datasets.items():
        if simulated := name in config.simulated:
            table, truth = simulation.simulate(spec["simulate"], 1)
            write_json(results / name / "truth.json", truth)
        else:
            table, truth = reading.read(DATA / "acidity.csv", "y"), None
        facts = description.describe(name, table, "simulated" if simulated else "acidity.csv") | {"seed": 1}
        storage.write(table, facts, results / name / "data.parquet", results / name / "data.json")
        fits = config.fits(name)
        for fit in fits:
            write_fit(config, fit, results, truth)
        rows = [
            {"model": f.model, "components": f.components}
            | read_json(results / f.folder / "loo.json")
            | {"verdict": "components not identified"}  # which is ranked
            for f in fits
        ]
        pointwise = [pd.read_parquet(results / f.folder / "loo_pointwise.parquet") for f in fits]
        comparison.compare(rows, pointwise).to_csv(results / name / "comparison.csv", index=False)
    for program in ("normal", "normal_quantities"):
        manifest = {
            "program": program,
            "likelihood": "stan",
            "hash": "00",
            "cmdstan": "2.0",
            "cmdstan_origin": "here",
            "compiler": "c",
            "processor": "dispatch",
            "flags": "-O3",
        }
        write_json(results / "programs" / f"{program}.json", manifest)
    draw(config, results)


@pytest.fixture(scope="module")
def facts(config: Config, results: Path) -> dict[str, Any]:
    benchmarks = results.parent / "benchmarks"
    for fit in config.fits("toy"):
        (benchmarks / fit.folder).mkdir(parents=True)
        for stage in STAGES:
            (benchmarks / fit.folder / f"{stage}.tsv").write_text("s\th:m:s\n1.5\t0:00:01\n")
    return collected(config, results)


def collected(config: Config, results: Path, failures: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Write report.json, and read it."""
    fits = [
        {"dataset": f.dataset, "model": f.model, "components": f.components, "program": "normal", "seed": 7}
        for f in config.fits()
    ]
    benchmarks = results.parent / "benchmarks"
    write_json(results / "report.json", collect(results, benchmarks, config.effective, fits, failures))
    facts: dict[str, Any] = read_json(results / "report.json")
    return facts


class Page(HTMLParser):
    """What a test asks of a page: its figures, tables, headings, identifiers, links and words."""

    SILENT = frozenset({"script", "style", "svg", "pre", "title"})

    def __init__(self, text: str):
        super().__init__()
        self.images: list[dict[str, str]] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self._cell = False
        self._silent: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        if "src" in found:
            self.loads.append(found["src"])
        if tag == "link":
            self.loads.append(found["href"])
        if tag == "a":
            self.links.append(found["href"])
        if tag == "svg" and found.get("role") == "img":
            self.images.append(found)
        if tag in self.SILENT:
            self._silent.append(tag)
        if "aria-label" in found:
            self.words.append(found["aria-label"])
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self._cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self._cell = False
        if tag in self.SILENT:
            self._silent.pop()

    def handle_data(self, text: str) -> None:
        if not self._silent:
            self.words.append(text)
        if self._cell and not self._silent:
            self.rows[-1][-1] = (self.rows[-1][-1] + text).strip()


@pytest.fixture(scope="module")
def text(facts: dict[str, Any], results: Path) -> str:
    return render(facts, results)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_marginals_mark_the_mean_itself(config: Config, results: Path) -> None:
    fit = config.fits("toy")[0]
    folder = results / fit.folder
    tree = datatree.read_tree(folder / "posterior.nc")
    model = Model.from_dict(read_json(folder / "model.json"))
    with report_style():
        figure = marginal_figure(tree, model, 0.95, {})
    means = [float(draws.mean()) for _, draws in scalars(tree, model)]
    marked = [axes.collections[-1].get_offsets()[0][0] for axes in figure.axes[: len(means)]]
    assert marked == pytest.approx(means, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (9.01234, 0.004, "9.012"),
        (9.01234, 0.4, "9.0"),
        (-1234.56, 3, "\N{MINUS SIGN}1,235"),
        (0.5, None, "0.5000"),
        (-0.0001, 0.02, "0.00"),
        (None, 0.1, "\N{EN DASH}"),
        (float("nan"), 0.1, "\N{EN DASH}"),
        (float("-inf"), 0.1, "\N{EN DASH}"),
        (1.23456e300, 1e298, "1.23e+300"),
        (1.23456e300, None, "1.235e+300"),
        (-1.23456e-300, 2e-303, "\N{MINUS SIGN}1.235e\N{MINUS SIGN}300"),
        (1.23456e-300, 1e300, "0"),
        (0.0, 1e-300, "0.00000000"),
        (1.5, float("inf"), "1.500"),
        (5e-324, 5e-324, "5e\N{MINUS SIGN}324"),
    ],
)
def test_error_decides_digits(value: float, error: float | None, shown: str) -> None:
    assert formats.measured(value, error) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (400.0, "400"), (1.23456, "1.23"), (1234.56, "1,235"), (1e-9, "1.00e\N{MINUS SIGN}09")],
)
def test_significant_digits(value: float, shown: str) -> None:
    assert formats.significant(value) == shown


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e3))
def test_rounding_stays_within_the_error(value: float, error: float) -> None:
    shown = float(formats.measured(value, error).replace("\N{MINUS SIGN}", "-").replace(",", ""))
    assert abs(shown - value) <= error * 0.5 * (1 + 1e-6) + 0.5 * 10**-formats.MOST_DECIMALS


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.42, "0.4 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (7800, "2 h 10 min"), (None, "\N{EN DASH}")],
)
def test_durations(value: float | None, shown: str) -> None:
    assert formats.seconds(value) == shown


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_what_is_no_number_is_a_dash(value: float | None) -> None:
    for write in (formats.significant, formats.count, formats.percent, formats.seconds):
        assert write(value) == formats.MISSING
    assert formats.fixed(value, 2) == formats.MISSING


@pytest.mark.parametrize("value", [1e15, 1e300, -1.7e308, 5e-324])
def test_numbers_of_any_size_are_short(value: float) -> None:
    for write in (formats.significant, formats.count, formats.percent, lambda x: formats.fixed(x, 3)):
        assert len(write(value)) < 14


@pytest.mark.parametrize(("share", "shown"), [(0.95, "95%"), (1.0, "100%"), (0.995, "99.5%"), (0.0, "0%")])
def test_shares(share: float, shown: str) -> None:
    assert formats.percent(share) == shown


def test_tied_data_and_the_choice_of_compiler_flags_are_said(facts: dict[str, Any], text: str) -> None:
    tied = {dataset["name"]: dataset["distinct"] < dataset["n"] for dataset in facts["datasets"]}
    assert tied == {"toy": False, "lakes": True}
    assert "155 values of" in text
    assert text.count(": 138 distinct (the likelihood is computed of these, with their counts)") == 1
    assert text.count("with their counts") == 1
    assert facts["versions"]["compiler"] == "c -O3 (dispatch)"
    assert "c -O3 (dispatch)" in text


def test_priors_in_words_tell_default_from_given(config: Config, facts: dict[str, Any]) -> None:
    fit = next(f for f in facts["fits"] if f["model"] == "half_fixed")
    rows = {row["parameter"]: row for row in fit["priors"]}
    assert rows["mu[1]"]["prior"] == "fixed at 0"
    assert rows["mu[2]"]["origin"].startswith("default")
    assert rows["sigma"]["prior"] == "fixed at 1"
    assert rows["theta"]["prior"] == "dirichlet(1, 1, 1)"
    assert rows["theta"]["origin"] == "default"


def test_prior_interval_in_words_is_that_of_the_prior() -> None:
    spec = {"parameters": {"sigma": {"prior": {"dist": "half_normal", "sigma": 2}}}}
    model = resolve({"family": "normal", **spec}, 2, DataScale(0, 10))
    row = next(row for row in words.describe(model, spec) if row["parameter"] == "sigma")
    plan = model.parameters["sigma"]
    low, high = interval(plan.priors[0], plan.bounds[0], 0.95)
    assert row["interval"] == f"{formats.significant(low)} to {formats.significant(high)}"
    assert row["origin"] == "configuration"


def test_facts_have_what_the_interface_promises(facts: dict[str, Any], config: Config) -> None:
    assert {"title", "created", "versions", "config", "datasets", "fits", "comparisons"} <= set(facts)
    assert [(f["dataset"], f["model"], f["components"]) for f in facts["fits"]] == [
        (f.dataset, f.model, f.components) for f in config.fits()
    ]
    for fit in facts["fits"]:
        assert {"verdict", "reasons", "summary", "checks", "elpd", "seconds"} <= set(fit)
    assert {"name", "n", "hash", "source"} <= set(facts["datasets"][0])


def test_facts_agree_with_the_result_files(facts: dict[str, Any], results: Path) -> None:
    fit = facts["fits"][0]
    folder = results / "toy" / "free" / "k1"
    summary = pd.read_csv(folder / "summary.csv")
    assert [row["mean"] for row in fit["summary"]] == summary["mean"].tolist()
    assert fit["elpd"]["elpd"] == read_json(folder / "loo.json")["elpd"]
    assert fit["seconds"]["sample"] == 3.0
    assert fit["seconds"]["total"] == 1.5 * len(STAGES)


def test_correct_assignments_do_not_depend_on_labels(facts: dict[str, Any], results: Path) -> None:
    fit = next(f for f in facts["fits"] if f["model"] == "shared")
    true = storage.true_components(results / "toy" / "data.parquet")
    assigned = pd.read_parquet(results / "toy" / "shared" / "k3" / "assignments.parquet")["component"]
    table = pd.crosstab(pd.Series(true), assigned).to_numpy()
    assert fit["confusion"]["table"] == table.tolist()
    permutations = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    assert fit["confusion"]["correct"] == max(sum(table[i, p[i]] for i in range(3)) for p in permutations)
    assert facts["fits"][-1]["confusion"] is None


def test_interval_coverage_is_told_only_where_truth_is_known(facts: dict[str, Any]) -> None:
    for fit in facts["fits"]:
        for row in fit["summary"]:
            if row["truth"] is None:
                assert row["covered"] is None
            else:
                assert row["covered"] == (row["hdi_low"] <= row["truth"] <= row["hdi_high"])
    assert any(row["truth"] is not None for fit in facts["fits"] for row in fit["summary"])


def test_summary_tables_show_the_facts(facts: dict[str, Any], page: Page) -> None:
    """Every number of the page's summary tables is that of report.json, rounded by its error."""
    expected = []
    for fit in facts["fits"]:
        truth = any(row["truth"] is not None for row in fit["summary"])
        for row in fit["summary"]:
            error = row["mcse_mean"]
            cells = [
                row["parameter"],
                formats.measured(row["mean"], error),
                formats.significant(row["sd"]),
                formats.significant(error, 2),
                f"{formats.measured(row['hdi_low'], error)} to {formats.measured(row['hdi_high'], error)}",
                formats.count(row["ess_bulk"]),
                formats.count(row["ess_tail"]),
                formats.fixed(row["rhat"], 3),
            ]
            if truth:
                covered = {None: formats.MISSING, True: "yes", False: "no"}[row["covered"]]
                cells += [formats.significant(row["truth"], 4), covered]
            expected.append(cells)
    names = {cells[0] for cells in expected}
    shown = [row for row in page.rows if row and row[0] in names and len(row) >= 8]
    assert shown == expected


def test_failures_lead_the_report(facts: dict[str, Any], text: str, page: Page) -> None:
    fits = [row for row in page.rows if len(row) == 9 and row[0] in ("toy", "lakes")]
    assert len(fits) == len(facts["fits"])
    standings = [fit["standing"] for fit in facts["fits"]]
    assert "failed" in standings, "the made-up chains are too short to pass"
    assert f"<strong>{tally(standings)}</strong>" in text
    assert text.index(tally(standings)) < text.index('class="analyses"') < text.index("<table")
    cards = re.findall(r'<article class="analysis (\w+)"', text)
    assert cards == sorted(cards), "failed analyses stand before passed ones"
    assert len(cards) == len(facts["datasets"])


@pytest.mark.parametrize(("of", "standing"), [("toy", "limited"), ("lakes", "passed")])
def test_components_that_are_not_identified_are_shown_as_what_they_are(
    results: Path, facts: dict[str, Any], of: str, standing: str
) -> None:
    verdicts = {"limited": "components not identified", "passed": "converged"}
    fits = [
        fit
        | {
            "standing": standing if fit["dataset"] == of else "passed",
            "verdict": verdicts[standing] if fit["dataset"] == of else "converged",
            "converged": not (fit["dataset"] == of and standing == "limited"),
        }
        for fit in facts["fits"]
    ]
    count = sum(fit["standing"] == "limited" for fit in fits)
    by_dataset = {name: [fit for fit in fits if fit["dataset"] == name] for name in ("toy", "lakes")}
    headlines = [
        headline(dataset, by_dataset[dataset["name"]], comparison["rows"])
        for dataset, comparison in zip(facts["datasets"], facts["comparisons"], strict=True)
    ]
    changed = facts | {"fits": fits, "headlines": headlines}
    validate(changed)
    text = render(changed, results)
    assert "✗" not in text
    assert "What failed, and what to do" not in text
    assert ("What is not identified, and what may be reported" in text) == (count > 0)
    assert text.count('<div class="finding limited">') == count
    assert ("≈" in text) == (count > 0)
    if count:
        assert f"Of {len(fits)} fits {len(fits) - count} passed every check, {count} have components" in text
        assert [re.findall(r'<article class="analysis (\w+)"', text)] == [["limited", "passed"]]
    else:
        assert f"All {len(fits)} fits converged and passed every check." in text


def test_reasons_are_grouped_by_remedy() -> None:
    reasons = ["R-hat is 1.2 for mu[1], above 1.01. Run longer.", "ESS is 3.5. Run longer.", "Alone"]
    assert remedies(reasons) == [
        ("Run longer.", ["R-hat is 1.2 for mu[1], above 1.01", "ESS is 3.5"]),
        ("", ["Alone"]),
    ]


def test_page_loads_nothing_from_elsewhere(text: str, page: Page) -> None:
    assert all(source.startswith("data:") for source in page.loads)
    assert "@import" not in text
    assert not re.search(r"url\(\s*['\"]?(?!#)", text)
    # Beside its own places the page links only to the figures' files, which lie with it.
    outside = [link for link in page.links if not link.startswith("#")]
    assert outside
    assert all(re.fullmatch(r"(toy|lakes)/[\w/]+\.(svg|png)", link) for link in outside)
    assert not re.search(r'\shref="(?!#|data:|toy/|lakes/)', text)
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|importScripts|sendBeacon)\b", text)


def test_every_figure_says_what_it_shows(facts: dict[str, Any], page: Page) -> None:
    wanted = sum(len(fit["figures"]) for fit in facts["fits"]) + len(DATASET_FIGURES) * len(facts["datasets"])
    assert len(page.images) == wanted
    for image in page.images:
        assert len(image["aria-label"]) > 60
        assert int(image["width"]) > 0
        assert int(image["height"]) > 0


NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[\N{MINUS SIGN}-]?\d+)?")
COUNTED = 20
"""Numbers up to this may count what is listed: fits, chains, components, lines of a table."""


def numbers(text: str) -> set[str]:
    return {token.rstrip(",") for token in NUMBER.findall(text)}


def traceable(value: Any) -> set[str]:
    """Every way in which the page may write the numbers in some facts."""
    match value:
        case dict():
            return set().union(*(traceable(item) for item in value.values()), *map(numbers, value))
        case list():
            return set().union(*map(traceable, value))
        case str():
            return numbers(value)
        case bool() | None:
            return set()
    written = [formats.fixed(value, decimals) for decimals in range(formats.MOST_DECIMALS + 1)]
    written += [formats.significant(value, digits) for digits in range(1, formats.MOST_DECIMALS + 2)]
    written += [
        formats.percent(value),
        formats.seconds(value),
        formats.plain(value),
        formats.measured(value, None),
    ]
    return set().union(*map(numbers, written))


def untraced(page: Page, facts: dict[str, Any]) -> set[str]:
    """Numbers of a page that are neither in the facts nor in the words of its templates."""
    known = traceable(facts) | {str(n) for n in range(COUNTED + 1)}
    own = environment()
    for name in own.list_templates(filter_func=lambda name: name.endswith(".j2")):
        assert own.loader is not None
        source = own.loader.get_source(own, name)[0]
        for _, kind, token in own.lex(source):
            if kind in ("data", "string"):
                known |= numbers(token)
    return numbers(" ".join(page.words)) - known


def test_every_number_of_the_page_is_in_the_facts(facts: dict[str, Any], text: str, page: Page) -> None:
    assert len(numbers(" ".join(page.words))) > 500
    assert untraced(page, facts) == set()
    # The same page with one number that is in no fact is found out.
    shown = formats.fixed(facts["fits"][0]["elpd"]["elpd"], 1)
    assert shown in text
    assert untraced(Page(text.replace(shown, "-98,765.4")), facts) == {"98,765.4"}


def test_facts_are_what_the_published_schema_describes(facts: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())
    validate(facts)
    more = facts | {"fits": [facts["fits"][0] | {"mood": "good"}, *facts["fits"][1:]]}
    with pytest.raises(StanmixError, match=r"report\.json\.fits\[0\] is not what .*'mood' was unexpected"):
        validate(more)
    with pytest.raises(StanmixError, match=r"report\.json\.fits\[1\]\.verdict"):
        validate(facts | {"fits": [facts["fits"][0], facts["fits"][1] | {"verdict": "fine"}]})


CHOSEN = {
    "threshold",
    "theta_alpha",
    "interval",
    "seconds",
    "probability",
    "loss",
    "radius",
    "certain",
    "value",
    "log_density",
    "share",
}
"""Facts that are numbers whatever the data and the draws are."""
OF_THE_COMPARISON = {"comparisons", "headlines", "config"}


def without_numbers(facts: Any, name: str = "") -> Any:
    """The same facts where every mean, error, interval and diagnostic is NaN or infinite, as JSON has it."""
    match facts:
        case dict():
            kept = CHOSEN - {"value"} if "pass" in facts else CHOSEN
            return {
                own: fact if own in kept | OF_THE_COMPARISON else without_numbers(fact, own)
                for own, fact in facts.items()
            }
        case list():
            return [without_numbers(fact, name) for fact in facts]
        case float():
            return None
    return facts


def test_facts_without_numbers_are_legal_and_the_page_has_dashes(
    facts: dict[str, Any], results: Path
) -> None:
    odd = without_numbers(facts)
    assert odd["fits"][0]["summary"][0]["mean"] is None
    validate(odd)
    page = Page(render(odd, results))
    rows = [row for row in page.rows if row and row[0].startswith("theta[1]") and len(row) >= 8]
    assert rows
    assert all(row[1] == formats.MISSING for row in rows)


def test_a_gap_has_its_reason_in_place_of_the_figure(config: Config, results: Path, tmp_path: Path) -> None:
    shutil.copytree(results, tmp_path / "results")
    folder = tmp_path / "results" / "toy"
    reason = "The values of <b> & c reach from 1e-300 to 1e+300."
    with report_style():
        save(gap_figure(reason), [folder / "figures" / "data.svg"])
        save(gap_figure(reason), [folder / "free" / "k2" / "figures" / "traces.svg"])
    facts = collected(config, tmp_path / "results")
    validate(facts)
    assert [dataset["gaps"] for dataset in facts["datasets"]] == [{"data": reason}, {}]
    gaps = {(f["dataset"], f["model"], f["components"]): f["gaps"] for f in facts["fits"] if f["gaps"]}
    assert gaps == {("toy", "free", 2): {"traces": reason}}
    text = render(facts, tmp_path / "results")
    shown = "The values of &lt;b&gt; &amp; c reach from 1e-300 to 1e+300."
    assert text.count(f'<p class="gap">{shown}</p>') == 2
    assert "<b> & c" not in text


def test_an_infinite_prior_predictive_and_a_missing_interval_are_no_numbers(
    config: Config, results: Path, tmp_path: Path
) -> None:
    shutil.copytree(results, tmp_path / "results")
    folder = tmp_path / "results" / "toy" / "free" / "k2"
    tree = datatree.read_tree(folder / "prior.nc")
    y_rep = tree["prior_predictive"]["y_rep"].values
    y_rep[:, 0], y_rep[:, 1:8] = np.nan, np.inf
    datatree.write_tree(tree, folder / "prior.nc")
    tree = datatree.read_tree(folder / "predictive.nc")
    tree["statistics"]["replicated"].values[::2] = np.inf
    tree["statistics"]["replicated"].values[1::2] = -np.inf
    datatree.write_tree(tree, folder / "predictive.nc")
    summary = pd.read_csv(folder / "summary.csv")
    summary["truth"] = 1.0
    summary.loc[0, "hdi_low"] = np.nan
    summary.to_csv(folder / "summary.csv", index=False)
    facts = collected(config, tmp_path / "results")
    validate(facts)
    fit = next(f for f in facts["fits"] if (f["dataset"], f["model"], f["components"]) == ("toy", "free", 2))
    assert fit["prior_predictive"]["high"] is None
    assert fit["prior_predictive"]["low"] is not None
    assert fit["predictive"]["rows"][0]["mean"] is None
    assert fit["summary"][0]["covered"] is None
    assert fit["summary"][1]["covered"] is not None
    render(facts, tmp_path / "results")


def test_the_schema_describes_every_fact(facts: dict[str, Any]) -> None:
    def nodes(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, own in schema.get("properties", {}).items():
            yield name, own
            yield from nodes(own)
        for other in [schema.get("items"), *schema.get("oneOf", []), *schema.get("$defs", {}).values()]:
            if other:
                yield from nodes(other)

    assert [name for name, own in nodes(report_schema()) if not ({"description", "$ref"} & set(own))] == []
    assert set(facts) == set(report_schema()["properties"])


def test_every_section_has_a_template_and_every_template_a_section() -> None:
    folder = REPORT / "sections"
    templates = {path.relative_to(REPORT).as_posix() for path in folder.rglob("*.j2")}
    assert {section.template for section in SECTIONS} == templates
    for level in ("run", "dataset", "fit"):
        orders = [section.order for section in SECTIONS if section.level == level]
        assert len(set(orders)) == len(orders), level


def test_a_section_is_added_by_its_template_its_facts_and_its_place(
    facts: dict[str, Any], results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(REPORT, tmp_path / "report")
    own = Section("fit", "luck", "Luck", 135, applies=lambda fit: fit["components"] == 2)
    (tmp_path / "report" / own.template).write_text("<p>K is {{ fit.components }}, luckily.</p>", "utf-8")
    monkeypatch.setattr(html, "REPORT", tmp_path / "report")
    monkeypatch.setattr(sections, "SECTIONS", tuple(sorted((*SECTIONS, own), key=lambda s: s.order)))
    text = render(facts, results)
    wanted = sum(fit["components"] == 2 for fit in facts["fits"])
    assert text.count("<h4>Luck</h4>") == text.count("K is 2, luckily.") == wanted
    fit = text[text.index('id="fit.toy.free.2"') :]
    assert fit.index("<h4>Chains</h4>") < fit.index("<h4>Luck</h4>") < fit.index("<h4>Labels and modes</h4>")


def test_methods_name_what_was_done_and_cite_every_reference(facts: dict[str, Any]) -> None:
    written = facts["methods"]
    text = " ".join(paragraph["text"] for paragraph in written["paragraphs"])
    cited = {
        int(n)
        for group in re.findall(r"\[(\d[\d, ]*)\]", text.replace("[1]", "[1]"))
        for n in group.split(", ")
    }
    assert cited >= set(range(1, len(written["references"]) + 1))
    sampling = facts["config"]["sampling"]
    assert f"Each of {sampling['chains']} chains ran {sampling['warmup']}" in text
    assert "K = 1, 2 and 3 components of the normal family" in text
    assert "theta ~ dirichlet(1, 1, 1)" in text
    assert facts["versions"]["numpy"] in text
    assert "order" not in text, "no model orders its components"


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("conda", "with CmdStan 2.39.0, cmdstanpy"),
        (
            "assembled",
            "with Stan 2.39.0 through its own command-line front end over Stan's services, cmdstanpy",
        ),
    ],
)
def test_methods_tell_our_front_end_from_cmdstan(facts: dict[str, Any], origin: str, said: str) -> None:
    manifest = {**facts["programs"][0], "cmdstan": "2.39.0", "cmdstan_origin": origin}
    changed = methods(facts | {"versions": facts["versions"] | toolchain(manifest)})
    assert said in changed["paragraphs"][-1]["text"]


def test_the_class_probabilities_that_can_be_read_are_those_of_the_assignments(
    facts: dict[str, Any], results: Path, text: str
) -> None:
    fit = next(f for f in facts["fits"] if f["model"] == "shared")
    shown = fit["observations"]
    table = pd.read_parquet(results / "toy" / "shared" / "k3" / "assignments.parquet")
    y = storage.responses(results / "toy" / "data.parquet")
    rows = np.array(shown["row"]) - 1
    assert sorted(rows) == list(range(60))
    assert (np.diff(y[rows]) >= 0).all()
    assert shown["value"] == pytest.approx(y[rows], rel=1e-5)
    for k, column in enumerate(shown["probability"], start=1):
        assert column == pytest.approx(table[f"p_{k}"].to_numpy()[rows], abs=5e-4)
    assert text.count('class="explorer"') == len(facts["fits"])


def test_page_is_well_formed_for_readers(text: str, page: Page) -> None:
    assert '<html lang="en">' in text
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert text.count("<caption>") == text.count("<table")
    assert not re.search(r"<th(?![^>]*scope)[ >]", text)


def test_names_cannot_break_the_page(text: str) -> None:
    assert "<title>Toys &amp; &lt;lakes&gt;</title>" in text


def test_figures_are_small_and_repeat_exactly(config: Config, results: Path, tmp_path: Path) -> None:
    sizes = {path: path.stat().st_size for path in results.rglob("*.svg")}
    assert max(sizes.values()) < LARGEST_SVG
    fit = config.fits("toy")[2]
    y = storage.responses(results / "toy" / "data.parquet")
    with report_style():
        for name, figure in fit_figures(fit_results(results / fit.folder, y)):
            save(figure, [tmp_path / f"{name}.svg"])
            first = results / fit.folder / "figures" / f"{name}.svg"
            assert first.read_bytes() == (tmp_path / f"{name}.svg").read_bytes(), name


def test_every_figure_of_the_catalogue_has_its_caption() -> None:
    captions = {path.stem for path in (REPORT / "captions").glob("*.rst")}
    assert captions == set(FIT_FIGURES) | set(DATASET_FIGURES) | set(ROWS_FIGURES) | set(COUNTS_FIGURES)


@pytest.mark.slow
def test_a_report_of_twenty_fits_is_small_and_soon_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below 15 MB and 60 s, with as many draws as the default analysis has."""
    monkeypatch.setitem(globals(), "CHAINS", 4)
    monkeypatch.setitem(globals(), "DRAWS", 4000)
    sweep = {"family": "normal", "components": [1, 2, 3, 4, 5, 6]}
    config = load(
        RAW
        | {
            "models": RAW["models"] | {"free": sweep, "again": sweep},
            "analyses": [
                {"dataset": "toy", "models": ["free", "again", "shared", "half_fixed"]},
                {"dataset": "lakes", "models": ["free"]},
            ],
        }
    )
    results = tmp_path / "results"
    write_results(config, results)
    begin = time.perf_counter()
    facts = collected(config, results)
    validate(facts)
    page = render(facts, results)
    seconds = time.perf_counter() - begin
    size = len(page.encode("utf-8"))
    largest = max(path.stat().st_size for path in results.rglob("*.svg"))
    with capsys.disabled():
        print(
            f"\n{len(facts['fits'])} fits: {size / 1e6:.1f} MB, {seconds:.1f} s, largest figure {largest:,} B"
        )
    assert len(facts["fits"]) == 20
    assert size < 15e6
    assert largest < LARGEST_SVG


def test_a_fit_without_elpd_and_one_with_a_bad_verdict_are_in_the_report_with_their_reasons(
    config: Config, results: Path, tmp_path: Path
) -> None:
    place = tmp_path / "results"
    shutil.copytree(results, place)
    own = [fit for fit in config.fits("toy") if fit.model == "free"]
    loo = read_json(place / own[1].folder / "loo.json")
    reason = "elpd is not available, because the leave-one-out density of 1 observation cannot be estimated."
    nothing = {"elpd": None, "se": None, "p": None, "unusable": {"count": 1, "rows": [7]}, "reason": reason}
    write_json(place / own[1].folder / "loo.json", loo | nothing)
    fits = [
        {"model": f.model, "components": f.components, "verdict": "converged"}
        | read_json(place / f.folder / "loo.json")
        for f in config.fits("toy")
    ]
    fits[2]["verdict"] = "not converged"
    pointwise = [pd.read_parquet(place / f.folder / "loo_pointwise.parquet") for f in config.fits("toy")]
    table = comparison.compare(fits, pointwise)
    table.to_csv(place / "toy" / "comparison.csv", index=False)
    with report_style():
        figure = comparison_figure(pd.read_csv(place / "toy" / "comparison.csv"))
        save(figure, [place / "toy" / "figures" / "comparison.svg"])
    facts = collected(config, place)
    validate(facts)
    page = Page(render(facts, place))
    shown = re.sub(r"\s+", " ", " ".join(page.words))
    assert f"free, K = 2 is left out of the ranking: {reason}" in shown
    assert "free, K = 3 is left out of the ranking: its chains did not converge." in shown
    overview = {row[1]: row for row in page.rows if row[0] == "toy"}
    assert {name for name, row in overview.items() if "not ranked" in row} == {"free,K = 2", "free,K = 3"}
    (compared,) = (row for row in page.rows if row[:2] == ["free", "2"] and formats.MISSING in row)
    assert "not ranked" in compared
    headline = next(own for own in facts["headlines"] if own["dataset"] == "toy")
    named = [(row["model"], row["components"]) for row in headline["supported"]]
    assert named
    assert not {("free", 2), ("free", 3)} & set(named)


def failure_of(fit: Fit, scope: str = "fit", **others: str) -> dict[str, Any]:
    """What is said of a fit without results."""
    return {
        "dataset": fit.dataset,
        "model": fit.model,
        "components": fit.components,
        "scope": scope,
        "stage": "label",
        "job": "Resolve <labels>",
        "kind": "refused",
        "sentence": "Labels & <ties> are refused. Give others.",
        "log": "logs/label.log",
        "remedy": "Mend it.",
    } | others


def without(config: Config, results: Path, target: Path, failures: list[dict[str, Any]]) -> tuple[dict, str]:
    """Facts and page of a run of which some fits have no results, nor any file."""
    left = config.without(failures)
    shutil.copytree(results, target)
    for fit in set(config.fits()) - set(left.fits()):
        shutil.rmtree(target / fit.folder)
    for name in set(config.datasets) - set(left.datasets):
        shutil.rmtree(target / name)
    for name in left.datasets:
        rows = [
            {"model": f.model, "components": f.components, "verdict": "components not identified"}
            | read_json(target / f.folder / "loo.json")
            for f in left.fits(name)
        ]
        rows += [comparison.without_results(own) for own in failures if own["dataset"] == name]
        pointwise = [pd.read_parquet(target / f.folder / "loo_pointwise.parquet") for f in left.fits(name)]
        table = comparison.compare(rows, [*pointwise, *[None] * (len(rows) - len(pointwise))])
        table.to_csv(target / name / "comparison.csv", index=False)
    facts = collected(left, target, failures)
    validate(facts)
    return facts, render(facts, target)


def test_fits_without_results_lead_the_report_with_their_reasons(
    config: Config, results: Path, tmp_path: Path
) -> None:
    failure = failure_of(config.fits("toy")[1])
    facts, text = without(config, results, tmp_path / "results", [failure])
    page = Page(text)
    assert facts["failures"] == [failure]
    assert len(facts["fits"]) == len(config.fits()) - 1
    (toy, lakes) = facts["headlines"]
    assert (toy["lost"], lakes["lost"]) == (1, 0)
    assert toy["fits"] == len(config.fits("toy"))
    assert toy["next"].startswith(
        "free, K = 2 has no results: mend what failed, and run again. Of the fits that"
    )
    reason = "it failed at label: Labels & <ties> are refused. Give others."
    assert f"free, K = 2 is left out of the ranking: {reason}" in toy["warnings"]
    words = " ".join(" ".join(page.words).split())
    assert tally([fit["standing"] for fit in facts["fits"]], [failure]).startswith(
        f"Of {len(config.fits())} fits 1 failed at label: Labels & <ties> are refused; "
    )
    assert words.index("1 failed at label") < words.index("logs/label.log") < words.index("All fits")
    assert "<ties>" not in text
    assert untraced(page, facts) == set()
    inside = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inside - set(page.ids) == set()
    assert "fit.toy.free.2" in page.ids


@pytest.mark.parametrize("every", [False, True], ids=["one data set", "all"])
def test_a_data_set_without_results_has_a_page_with_the_reason(
    config: Config, results: Path, tmp_path: Path, every: bool
) -> None:
    failures = [failure_of(fit, "dataset", stage="ingest") for fit in config.fits(None if every else "lakes")]
    facts, text = without(config, results, tmp_path / "results", failures)
    page = Page(text)
    assert [dataset["name"] for dataset in facts["datasets"]] == ([] if every else ["toy"])
    assert {"data.lakes", "fit.lakes.free.2"} <= set(page.ids)
    assert "lakes" in text
    assert f"all its {len(config.fits('lakes'))} fits" in " ".join(" ".join(page.words).split())
    assert (facts["methods"]["paragraphs"] == []) == every


def test_a_data_set_of_which_no_fit_has_results_is_shown_with_its_data(
    config: Config, results: Path, tmp_path: Path
) -> None:
    failures = [failure_of(fit) for fit in config.fits("lakes")]
    facts, text = without(config, results, tmp_path / "results", failures)
    lakes = facts["headlines"][1]
    assert (lakes["fits"], lakes["lost"], lakes["best"]) == (3, 3, None)
    assert lakes["next"] == "3 fits have no results: mend what failed, and run again."
    assert [dataset["name"] for dataset in facts["datasets"]] == ["toy", "lakes"]
    assert "3 of 3 fits without results" in text


def test_a_comparison_without_any_elpd_has_no_ranking() -> None:
    failures = [failure_of(Fit("toy", "free", components)) for components in (1, 2)]
    table = comparison.compare([comparison.without_results(own) for own in failures], [None, None])
    assert table["left_out"].tolist() == ["it failed at label: Labels & <ties> are refused. Give others."] * 2
    assert table[["elpd", "elpd_diff", "verdict"]].isna().all(axis=None)
    with pytest.raises(NoFigure, match="not finite"):
        comparison_figure(table)
