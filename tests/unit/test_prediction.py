"""Predictions of new data, against brute force from SciPy's densities."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from stanmix.errors import DataError
from stanmix.families import DataScale
from stanmix.model import resolve
from stanmix.results import assignments, new_data
from stanmix.results.assignments import LOWEST, pointwise
from stanmix.results.new_data import predict, read

CHAINS, DRAWS = 2, 40
S = CHAINS * DRAWS


def fit_of(family, components=2, spread=0.1, **centres):
    """A model, and a tree of draws around some values of its parameters; all the same without a spread."""
    rng = np.random.default_rng(1)
    shape = (CHAINS, DRAWS, components)
    draws = {"theta": rng.dirichlet(30 * np.arange(1, components + 1), shape[:2])}
    draws |= {
        name: np.asarray(centre) * np.exp(spread * rng.standard_normal(shape))
        for name, centre in centres.items()
    }
    variables = {name: (("chain", "draw", "component"), value) for name, value in draws.items()}
    scale = DataScale(0.0, 10.0, columns=2 * (DataScale(0.0, 10.0),))
    model = resolve({"family": family, "components": components}, components, scale)
    return model, xr.DataTree.from_dict({"posterior": xr.Dataset(variables)})


CASES = {
    # the fit, new observations, SciPy's log densities (given the parameters as columns), and all that may be
    "normal": (
        fit_of("normal", mu=[2.0, 8.0], sigma=[1.0, 0.5]),
        np.array([2.0, 0.7, 5.2, 8.0, 8.0, 30.0, -4.0]),
        lambda y, mu, sigma: stats.norm.logpdf(y, mu, sigma),
        lambda y: np.linspace(-10, 20, 30_001),
    ),
    "poisson": (
        fit_of("poisson", **{"lambda": [2.0, 15.0]}),
        np.array([0.0, 3.0, 7.0, 7.0, 40.0]),
        lambda y, rate: stats.poisson.logpmf(y, rate),
        lambda y: np.arange(200.0),
    ),
    "binomial": (
        fit_of("binomial", p=[0.2, 0.6]),
        np.array([[3, 20], [8, 20], [8, 20], [20, 20], [1, 5], [0, 0]], dtype=float),
        lambda y, p: stats.binom.logpmf(y[..., 0], y[..., 1], p),
        lambda y: np.column_stack([np.arange(y[1] + 1), np.full(int(y[1]) + 1, y[1])]),
    ),
}


def joint_of(name, y):
    """Log theta_k f_k(y_n) by SciPy, draws x observations x components."""
    (_, tree), _, log_density, _ = CASES[name]
    values = [value.values.reshape(S, 1, 2) for value in tree["posterior"].data_vars.values()]
    return np.log(values[0]) + log_density(y[:, None], *values[1:])


def predictions(fit, y, draws=S, interval=0.9, seed=3):
    """Every column with a value for each observation."""
    columns, position = predict(*fit, y, draws, interval, seed)
    return {name: column[position] for name, column in columns.items()}


@pytest.mark.parametrize("name", CASES)
def test_columns_are_those_of_brute_force(name):
    fit, y, _, _ = CASES[name]
    found = predictions(fit, y)
    joint = joint_of(name, y)
    density = np.exp(joint).sum(axis=2)
    p = np.exp(joint) / density[..., None]
    mean = p.mean(axis=0)
    order = np.argsort(-mean, axis=1, kind="stable")
    rows = np.arange(len(y))
    low, high = np.quantile(p[:, rows, order[:, 0]], [0.05, 0.95], axis=0)
    log_low, log_high = np.quantile(np.log(density), [0.05, 0.95], axis=0)
    expected = {
        "component": order[:, 0] + 1,
        "probability": mean.max(axis=1),
        "probability_low": low,
        "probability_high": high,
        "entropy": stats.entropy(mean, axis=1),
        "second": order[:, 1] + 1,
        "second_probability": mean.min(axis=1),
        "p_1": mean[:, 0],
        "p_2": mean[:, 1],
        "log_density": np.log(density.mean(axis=0)),
        "log_density_low": log_low,
        "log_density_high": log_high,
    }
    assert list(found) == [*expected, "outlier"]
    for column, value in expected.items():
        assert found[column] == pytest.approx(value, rel=1e-10, abs=1e-10), column


@pytest.mark.parametrize("name", CASES)
def test_outlier_scores_are_the_share_of_the_predictive_distribution_with_a_higher_density(name):
    fit, y, _, support = CASES[name]
    found = predictions(fit, y)["outlier"]
    exact = []
    for observation in y:
        possible = support(observation)
        density = np.exp(joint_of(name, possible)).sum(axis=2).mean(axis=0)
        own = np.exp(joint_of(name, observation[None])).sum(axis=2).mean(axis=0)
        exact.append(density[density > own * (1 + 1e-9)].sum() / density.sum())
    exact = np.array(exact)
    error = np.sqrt(exact * (1 - exact) / new_data.REPLICATED)
    assert (np.abs(found - exact) <= 4.5 * error + 1e-4).all()
    assert len(np.unique(np.round(exact, 2))) >= 4


def test_the_outlier_score_of_one_normal_component_is_a_two_sided_tail():
    fit = fit_of("normal", components=1, spread=0, mu=[2.0], sigma=[3.0])
    y = np.array([2.0, 2.5, -1.0, 6.0, 9.5, 14.0])
    tail = 2 * stats.norm.sf(np.abs(y - 2) / 3)
    error = np.sqrt(tail * (1 - tail) / new_data.REPLICATED)
    found = predictions(fit, y)
    assert (np.abs((1 - found["outlier"]) - tail) <= 4 * error).all()
    assert found["outlier"][0] == 0
    assert "second" not in found


def test_several_columns_are_predicted_with_the_tail_of_their_distance():
    centres = {"mu_1": [1.0], "mu_2": [5.0], "sigma_1": [2.0], "sigma_2": [1.0], "pcor_2_1": [0.5]}
    fit = fit_of("multi_normal", components=1, spread=0, **centres)
    normal = stats.multivariate_normal([1, 5], [[4, 1], [1, 1]])
    y = np.array([[1.0, 5.0], [2.0, 5.0], [0.0, 6.0], [5.0, 4.0]])
    found = predictions(fit, y)
    assert found["log_density"] == pytest.approx(normal.logpdf(y), rel=1e-10)
    distance = -2 * (normal.logpdf(y) - normal.logpdf([1, 5]))
    tail = stats.chi2.sf(distance, 2)
    error = np.sqrt(tail * (1 - tail) / new_data.REPLICATED)
    assert (np.abs((1 - found["outlier"]) - tail) <= 4 * error).all()


def rows_fit(family, sds, correlation=0.0):
    """A fit of one component with two normal columns, without spread, of which cells may be missing."""
    values = {"theta": [1.0], "mu_1": [1.0], "mu_2": [5.0], "sigma_1": [sds[0]], "sigma_2": [sds[1]]}
    if family == "multi_normal":
        values["pcor_2_1"] = [correlation]
    variables = {
        name: (("chain", "draw", "component"), np.broadcast_to(value, (CHAINS, DRAWS, 1)))
        for name, value in values.items()
    }
    kind = {"families": ["normal", "normal"]} if family == "product" else {"missing": True}
    scale = DataScale(0.0, 10.0, columns=2 * (DataScale(0.0, 10.0),))
    model = resolve({"family": family, "components": 1, **kind}, 1, scale)
    return model, xr.DataTree.from_dict({"posterior": xr.Dataset(variables)})


@pytest.mark.parametrize("sd", [10.0, 1.0, 0.1])
@pytest.mark.parametrize(("family", "correlation"), [("multi_normal", 0.6), ("product", 0.0)])
def test_rows_with_missing_cells_are_ranked_among_rows_with_the_same_missing_cells(family, correlation, sd):
    fit = rows_fit(family, (sd, 3 * sd), correlation)
    gone = np.nan
    y = np.array([[1 + 2 * sd, gone], [1, gone], [gone, 5 - 3 * sd], [1, 5], [1 + 2 * sd, 5 + 6 * sd]])
    normal = stats.norm()
    # Of two columns, the squared distance is 8 / (1 + correlation) at two sds of both.
    exact = [
        1 - 2 * normal.sf(2),
        0,
        1 - 2 * normal.sf(1),
        0,
        stats.chi2.cdf(8 / (1 + correlation), 2),
    ]
    error = np.sqrt(np.multiply(exact, np.subtract(1, exact)) / new_data.REPLICATED)
    found = predictions(fit, y)
    assert (np.abs(found["outlier"] - exact) <= 4 * error).all()
    assert found["outlier"][0] == pytest.approx(0.954, abs=0.009)
    marginal = stats.norm.logpdf(y[[0, 1], 0], 1, sd)
    assert found["log_density"][:2] == pytest.approx(marginal)
    for row in range(len(y)):
        assert predictions(fit, y[row : row + 1])["outlier"] == found["outlier"][row]


def test_counts_of_rows_with_missing_cells_are_ranked_by_their_own_probabilities():
    variables = {"theta": [1.0], "lambda_1": [2.0], "lambda_2": [400.0]}
    draws = {
        n: (("chain", "draw", "component"), np.broadcast_to(v, (2, 20, 1))) for n, v in variables.items()
    }
    scale = DataScale(0.0, 9.0, columns=2 * (DataScale(0.0, 9.0),))
    model = resolve({"family": "product", "families": "poisson", "components": 1}, 1, scale)
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(draws)})
    found = predictions((model, tree), np.array([[0.0, np.nan], [2, np.nan], [7, np.nan]]))["outlier"]
    mass = stats.poisson.pmf(np.arange(60), 2)
    exact = [mass[mass > mass[k] * (1 + 1e-9)].sum() for k in (0, 2, 7)]
    assert found == pytest.approx(exact, abs=4 * np.sqrt(0.25 / new_data.REPLICATED))
    assert found[1] == 0


def test_many_patterns_of_missing_cells_have_fewer_replications_each(monkeypatch):
    fit = rows_fit("product", (1.0, 1.0))
    sizes = []
    draw = new_data.draw_observations
    monkeypatch.setattr(new_data, "REPLICATED_AT_MOST", 12_000)
    monkeypatch.setattr(new_data, "draw_observations", lambda *a: sizes.append(a[2]) or draw(*a))
    predict(*fit, np.array([[1.0, 2], [np.nan, 3], [4, np.nan], [1, np.nan]]), S, 0.9, 1)
    assert sizes == [4000] * 3


def test_predictions_of_the_data_that_were_fitted_are_their_assignments():
    (model, tree), y, _, _ = CASES["normal"]
    columns, loo, position, _ = pointwise(model, tree, y, S, 0.9)
    found = predictions((model, tree), y)
    for name, column in columns.items():
        assert np.array_equal(found[name], column[position]), name
    assert found["log_density"] == pytest.approx(loo["lpd"], rel=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_chunks_do_not_change_what_is_predicted(name, monkeypatch):
    fit, y, _, _ = CASES[name]
    whole = predictions(fit, y)
    monkeypatch.setattr(assignments, "VALUES_AT_ONCE", 2 * S * 2)
    parts = predictions(fit, y)
    for column, value in whole.items():
        assert parts[column] == pytest.approx(value, rel=1e-12), column


@pytest.mark.parametrize("name", CASES)
def test_what_is_predicted_for_a_row_does_not_depend_on_the_others(name):
    fit, y, _, _ = CASES[name]
    together = predictions(fit, y)
    for row in range(len(y)):
        alone = predictions(fit, y[row : row + 1])
        for column, value in together.items():
            assert alone[column] == pytest.approx(value[row : row + 1], rel=1e-12), column


def test_rows_that_are_all_the_same_are_predicted_like_one():
    fit, y, _, _ = CASES["poisson"]
    same, one = predictions(fit, np.repeat(y[2], 5)), predictions(fit, y[2:3])
    for column, value in one.items():
        assert (same[column] == value).all(), column


def test_tied_counts_are_no_more_probable_than_themselves():
    fit = fit_of("poisson", components=1, spread=0, **{"lambda": [0.01]})
    assert predictions(fit, np.array([0.0, 1.0]))["outlier"].tolist() == [0, pytest.approx(0.99, abs=0.005)]


def test_the_seed_decides_the_replicated_observations_and_nothing_else():
    fit, y, _, _ = CASES["normal"]
    first, again, other = (predictions(fit, y, seed=seed) for seed in (1, 1, 2))
    for column, value in first.items():
        assert np.array_equal(again[column], value)
        assert np.array_equal(other[column], value) == (column != "outlier")


def test_components_of_replicated_observations_follow_the_weights_of_their_draws():
    model, tree = fit_of("normal", spread=0, mu=[0.0, 100.0], sigma=[1.0, 1.0])
    values = {name: value.values.reshape(S, 2) for name, value in tree["posterior"].data_vars.items()}
    values["mu"] = np.array([0.0, 100.0]) + 1000.0 * np.arange(S)[:, None]
    y = new_data.draw_observations(model, values, 40_000, 1)
    draw, place = np.divmod(np.round(y / 100).astype(int), 10)
    count = np.bincount(draw, minlength=S)
    assert stats.chisquare(count).pvalue > 1e-4
    expected = values["theta"][:, 1] * count
    assert np.bincount(draw[place == 1], minlength=S) == pytest.approx(expected, abs=5 * np.sqrt(500 / 4))
    assert place.max() == 1


def test_many_numbers_of_trials_have_fewer_replications_each(monkeypatch):
    fit, _, _, _ = CASES["binomial"]
    sizes = []
    draw = new_data.draw_observations
    monkeypatch.setattr(new_data, "REPLICATED_AT_MOST", 50_000)
    monkeypatch.setattr(new_data, "draw_observations", lambda *a: sizes.append(a[2]) or draw(*a))
    for numbers in (2, 10, 100):
        y = np.column_stack([np.ones(numbers), np.arange(1.0, numbers + 1)])
        predict(*fit, y, S, 0.9, 1)
        assert sizes == [{2: 10_000, 10: 5_000, 100: 1_000}[numbers]] * numbers
        sizes.clear()


def test_rows_whose_density_overflows_are_outliers():
    found = predictions(CASES["normal"][0], np.array([1e200, 1e6, 2.0]))
    assert found["log_density"][0] == pytest.approx(LOWEST)
    assert LOWEST < found["log_density"][1] < -1e9
    assert found["outlier"][:2].tolist() == [1, 1]
    assert all(np.isfinite(column).all() for column in found.values())


def test_a_large_file_uses_fewer_draws(monkeypatch):
    model, tree = CASES["normal"][0]
    used = []
    over = assignments.draws_for
    monkeypatch.setattr(new_data, "draws_for", lambda n, wanted: used.append(n) or over(n, wanted))
    predict(model, tree, np.arange(300.0), S, 0.9, 1)
    predict(*CASES["binomial"][0], np.array([[1.0, 20.0], [2.0, 7.0]]), S, 0.9, 1)
    assert used == [300 + 10_000, 2 + 21 + 8]


@pytest.mark.parametrize(
    ("family", "content", "parts"),
    [
        ("normal", None, ["There is no file", "Correct the path"]),
        ("normal", "", ["is empty", "at least one row"]),
        ("normal", "y\n", ["has a header but no rows", "at least one row"]),
        ("normal", "x\n1\n", ["no column 'y'", "the columns of the data that were fitted"]),
        ("normal", "y\nhigh\n", ["'high' in row 1"]),
        ("poisson", "y\n1\n2.5\n", ["model m is poisson", "1 observations", "2.5 in row 2"]),
        ("poisson", "y\n-1\n", ["counts", "-1 in row 1"]),
        ("binomial", "y,trials\n3,2\n", ["more successes than trials", "Correct those rows."]),
        ("binomial", "y\n3\n", ["no column 'trials'"]),
    ],
)
def test_a_bad_file_gets_a_sentence(tmp_path, family, content, parts):
    path = tmp_path / "new.csv"
    if content is not None:
        path.write_text(content, "utf-8")
    model = resolve({"family": family, "components": 2}, 2, DataScale(0.0, 10.0))
    with pytest.raises(DataError) as caught:
        read(path, model, "m", "y", "trials" if family == "binomial" else None)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert "datasets.NAME" not in message
    for part in parts:
        assert part in message


def test_a_single_row_and_a_fixed_number_of_trials_are_read(tmp_path):
    (tmp_path / "new.tsv").write_text("id\tcured\n7\t3\n", "utf-8")
    model = resolve({"family": "binomial", "components": 2}, 2, DataScale(0.0, 10.0))
    assert read(tmp_path / "new.tsv", model, "m", ["cured"], 20).tolist() == [[3, 20]]


def test_known_components_of_the_fitted_data_are_not_asked_of_new_ones():
    (model, tree), y, _, _ = CASES["normal"]
    labelled = resolve({"family": "normal", "components": 2}, 2, DataScale(0.0, 10.0), known=[1])
    plain, found = predictions((model, tree), y), predictions((labelled, tree), y)
    for name, column in plain.items():
        assert np.array_equal(found[name], column), name
