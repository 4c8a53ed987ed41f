import hashlib
import struct

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers import DATA
from stanmix.data import checking, description, reading, simulation, storage, ties
from stanmix.errors import DataError

COUNTS = {"family": "normal", "counts": [3, 2], "parameters": {"mu": [0, 100], "sigma": 1}}
DRAWN = {"family": "normal", "n": 20_000, "theta": [0.3, 0.7], "parameters": {"mu": [0, 10], "sigma": [1, 2]}}


def test_counts_are_simulated_exactly_with_their_shares_as_truth():
    frame, truth = simulation.simulate(COUNTS, 1)
    assert frame["component"].tolist() == [1, 1, 1, 2, 2]
    assert (frame["y"] > 50).tolist() == [False] * 3 + [True] * 2
    assert truth == {
        "family": "normal",
        "components": 2,
        "theta": [0.6, 0.4],
        "parameters": {"mu": [0.0, 100.0], "sigma": [1.0, 1.0]},
    }


def test_drawn_components_follow_the_weights_and_the_family():
    frame, truth = simulation.simulate(DRAWN, 1)
    assert truth["theta"] == [0.3, 0.7]
    share = (frame["component"] == 1).mean()
    assert share == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / len(frame)))
    for k, (mu, sigma) in enumerate([(0, 1), (10, 2)], start=1):
        y = frame.loc[frame["component"] == k, "y"]
        assert stats.kstest(y, stats.norm(mu, sigma).cdf).pvalue > 1e-4
        assert stats.kstest(y, stats.norm(mu + 0.5, sigma).cdf).pvalue < 1e-4


def test_simulation_depends_on_nothing_but_its_seed():
    first, again, other = (simulation.simulate(DRAWN, seed)[0]["y"] for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def text_file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("y.csv", "id,y\n1,1.5\n2,-2\n3,3e2\n"),
        ("y.csv", '"id","y"\n"1","1.5"\n"2","-2"\n"3","3e2"\n'),
        ("y.csv", "\ufeffy,id\n1.5,1\n-2,2\n3e2,3\n"),
        ("y.csv", "y\r\n1.5\r\n-2\r\n3e2\r\n"),
        ("y.tsv", "id\ty\n1\t1.5\n2\t-2\n3\t3e2\n"),
        ("y.CSV", "y\n1.5\n-2\n300"),
        ("y.csv", "y,z\n1.5,1,\n-2,2,\n300,3,\n"),
    ],
    ids=["plain", "quoted", "byte order mark", "windows", "tabs", "no final newline", "trailing commas"],
)
def test_text_files_are_read(tmp_path, name, content):
    frame = reading.read(text_file(tmp_path, name, content), "y")
    assert frame["y"].tolist() == [1.5, -2, 300]
    assert frame["y"].dtype == np.float64


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.5, 2.0, 3.0]),
        pd.Series([1, 2, 3]),
        pd.Series([1, 2, 3], dtype="Int64"),
        pd.Series([1, 2, 3], dtype="float32"),
    ],
    ids=["double", "integer", "nullable integer", "single"],
)
def test_parquet_columns_of_any_number_type_are_read(tmp_path, column):
    path = tmp_path / "y.parquet"
    pd.DataFrame({"velocity": column, "other": "text"}).to_parquet(path)
    frame = reading.read(path, ["velocity"])
    assert frame["y"].tolist() == column.astype(float).tolist()
    assert frame["y"].dtype == np.float64


def test_integers_of_any_size_are_read_from_csv(tmp_path):
    assert reading.read(text_file(tmp_path, "y.csv", "y\n1\n40000000000\n"), "y")["y"].tolist() == [1, 4e10]


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("y.ods", "y\n1\n", ["ends in '.ods'", ".csv, .tsv (also with .gz behind), .parquet or .xlsx"]),
        ("y.csv", "", ["is empty"]),
        ("y.csv", "y\n", ["has a header but no rows"]),
        ("y.csv", "x,z\n1,2\n", ["no column 'y'", "its columns are: x, z", "datasets.NAME.response"]),
        ("y.csv", "y\n1\ntwo\n3\nfour\n", ["2 values that are not numbers", "'two' in row 2"]),
        ("y.csv", 'y\n1\n"2,5"\n', ["'2,5' in row 2"]),
        ("y.csv", "y\n1\n\n3\n", ["1 missing values", "row 2"]),
        ("y.csv", "y\n1\nNA\n3\n", ["1 missing values", "row 2"]),
        ("y.csv", "y\n1\n2\ninf\n", ["1 infinite values", "row 3"]),
        ("y.csv", "y\n1\n1e999\n", ["1 infinite values", "row 2"]),
        ("y.csv", "y\nTrue\nFalse\n", ["true/false values"]),
        ("y.csv", b"y\n1\n\xff\xfe\n", ["cannot be read as CSV"]),
        ("y.csv", "y,z\n1,2\n1,2,3\n", ["cannot be read as CSV"]),
        ("y.csv", "y\n1,5\n2,7\n", ["cannot be read as CSV", "loss of data"]),
        ("y.csv", "id,y\n1,1,5\n2,2,7\n", ["cannot be read as CSV", "loss of data"]),
        ("y.parquet", "PAR1 not really", ["cannot be read as PARQUET"]),
    ],
    ids=[
        "suffix",
        "empty",
        "header only",
        "wrong column",
        "text",
        "decimal comma",
        "blank line",
        "NA",
        "infinite",
        "overflow",
        "bool",
        "encoding",
        "ragged",
        "decimal commas",
        "decimal commas in the second column",
        "broken parquet",
    ],
)
def test_a_bad_file_gets_a_sentence(tmp_path, name, content, parts):
    path = text_file(tmp_path, name, content)
    with pytest.raises(DataError) as caught:
        reading.read(path, "y")
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_missing_values_of_a_nullable_parquet_column_get_a_sentence(tmp_path):
    path = tmp_path / "y.parquet"
    pd.DataFrame({"y": pd.Series([1, None, 3], dtype="Int64")}).to_parquet(path)
    with pytest.raises(DataError, match="1 missing values; the first is in row 2"):
        reading.read(path, "y")


def test_a_missing_file_gets_a_sentence(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        reading.read(tmp_path / "none.csv", "y")


def demand(components=2, **parameters):
    spec = {"family": "normal", "components": components, "parameters": parameters}
    return [{"model": "m", "components": components, "spec": spec}]


HALF_CAUCHY = {"prior": {"dist": "half_cauchy", "sigma": 5}}
TIED = np.array([1.0, 2.0, 2.0, 5.0])


@pytest.mark.parametrize(
    ("y", "demands", "parts"),
    [
        ([4, 4, 4], [], ["all 3 observations have the value 4", "right column"]),
        ([4], [], ["all 1 observations have the value 4"]),
        ([-1e200, 1e200], [], ["squares overflow", "Divide the column"]),
        ([0, 2e150], [], ["squares overflow"]),
        ([1, 2, 2], demand(3), ["2 distinct values", "3 components of model m", "at most 2"]),
        (TIED, demand(2, sigma=HALF_CAUCHY), ["value 2 2 times", "half_cauchy(sigma=5)", "lognormal"]),
        (
            TIED,
            demand(2, sigma={"fixed": [1, None], **HALF_CAUCHY}),
            ["a component can collapse"],
        ),
    ],
    ids=["constant", "single", "overflow", "squares", "too few values", "tied", "tied and partly fixed"],
)
def test_data_that_no_model_can_fit_get_a_sentence(y, demands, parts):
    with pytest.raises(DataError) as caught:
        checking.check(np.asarray(y, dtype=float), "toy", demands)
    assert str(caught.value).startswith("toy")
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("y", "demands"),
    [
        (TIED, demand(3)),
        (TIED, demand(2, sigma={"shared": True, **HALF_CAUCHY})),
        (TIED, demand(1, sigma=HALF_CAUCHY)),
        (TIED, demand(2, sigma={"fixed": 1})),
        (TIED, demand(2, mu={"prior": {"dist": "normal", "mu": 0, "sigma": 5}})),
        (TIED, demand(2, sigma={"prior": {"dist": "gamma", "alpha": 2, "beta": 1}})),
        ([1, 2, 3, 5], demand(2, sigma=HALF_CAUCHY)),
    ],
    ids=["default prior", "shared", "one component", "fixed", "a location", "no mass at 0", "no ties"],
)
def test_data_that_can_be_fitted_pass(y, demands):
    checking.check(np.asarray(y, dtype=float), "toy", demands)


def test_facts_of_a_data_set():
    frame = pd.DataFrame({"y": [1.0, 2.0, 2.0, 5.0]})
    facts = description.describe("toy", frame, "y.csv")
    assert {key: facts[key] for key in ("name", "source", "n", "distinct", "minimum", "maximum")} == {
        "name": "toy",
        "source": "y.csv",
        "n": 4,
        "distinct": 3,
        "minimum": 1.0,
        "maximum": 5.0,
    }
    assert facts["mean"] == 2.5
    assert facts["sd"] == pytest.approx(np.sqrt(3))
    assert facts["hash"] == hashlib.sha256(struct.pack("<4d", 1, 2, 2, 5)).hexdigest()
    assert facts["hash"] != description.describe("toy", frame[::-1], "y.csv")["hash"]


def test_what_is_written_is_read_back(tmp_path):
    frame, _ = simulation.simulate(COUNTS, 1)
    paths = str(tmp_path / "data.parquet"), str(tmp_path / "data.json")
    storage.write(frame, description.describe("toy", frame, "simulated"), *paths)
    assert storage.observations(paths[0]).y.tolist() == frame["y"].tolist()
    assert storage.true_components(paths[0]).tolist() == [1, 1, 1, 2, 2]
    storage.write(frame[["y"]], {"n": 5}, *paths)
    assert storage.true_components(paths[0]) is None


def test_the_copied_data_are_those_that_ship():
    galaxies = reading.read(DATA / "galaxies.csv", "velocity")["y"]
    assert len(galaxies) == 82
    assert galaxies[77] == 26.96


@pytest.mark.parametrize(
    "y", [[2.5, 1.0, 2.5, 2.5], [[1.0, 2.0], [0.0, 2.0], [1.0, 2.0]]], ids=["values", "rows"]
)
def test_tied_observations_collapse_to_distinct_ones_with_counts(y):
    y = np.array(y)
    distinct, count, position = ties.collapse(y)
    assert len(distinct) == 2
    assert sorted(count) == [1, len(y) - 1]
    assert np.array_equal(distinct[position], y)
    assert np.bincount(position).tolist() == count.tolist()


def test_observations_without_ties_keep_their_order():
    y = np.array([2.5, 1.0, 7.0])
    distinct, count, position = ties.collapse(y)
    assert distinct.tolist() == y.tolist()
    assert count.tolist() == [1, 1, 1]
    assert position.tolist() == [0, 1, 2]


def test_rounded_data_collapse_to_few_values():
    y = np.round(np.random.default_rng(1).normal(0, 10, 100_000))
    distinct, count, position = ties.collapse(y)
    assert len(distinct) < 120
    assert count.sum() == len(y)
    assert np.array_equal(distinct[position], y)
