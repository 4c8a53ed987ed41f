"""Odd configurations and tables through the commands."""

import csv
import time

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stanmix.commandline import main
from stanmix.config import load, read
from stanmix.data import reading, simulation, storage
from stanmix.run.planning import Planner


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *words):
    """The sentence with which a command ends."""
    capsys.readouterr()
    assert main(words) == 1
    return capsys.readouterr().err


def table(path, names, rows=60, separator=",", decimal="."):
    y = np.random.default_rng(1).normal(5, 1, (rows, len(names)))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=separator)
        writer.writerow(names)
        writer.writerows([[f"{value:.4f}".replace(".", decimal) for value in row] for row in y])
    return y


def configured(path, response, model, **dataset):
    config = {
        "datasets": {"d": {"file": "y.csv", "response": response, **dataset}},
        "models": {"m": {"components": 2, **model}},
        "analyses": [{"dataset": "d", "models": ["m"]}],
    }
    path.write_text(yaml.safe_dump(config), "utf-8")


TITLES = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=12).filter(
    lambda name: name.strip() == name and not name.startswith("\ufeff")
)


@given(st.lists(TITLES, min_size=2, max_size=2, unique=True))
def test_init_writes_columns_of_any_name_so_that_they_are_read_back(tmp_path_factory, names):
    folder = tmp_path_factory.getbasetemp() / "names"
    folder.mkdir(exist_ok=True)
    table(folder / "y.csv", names, 30)
    words = ["init", str(folder / "y.csv"), "--force", "--output", str(folder / "config.yaml")]
    assert main([*words, "--response", names[0], "--response", names[1]]) == 0
    assert read(folder / "config.yaml")["datasets"]["y"]["response"] == names


@pytest.mark.parametrize(
    "name", ["a: b", "a\nb", "# a", "{a}", "'", '"a', "- a", "a\n: b", "null", "1", "é", "😀\n"]
)
def test_init_takes_a_column_with_a_name_that_yaml_would_misread(here, name):
    table(here / "y.csv", [name])
    assert main(["init", "y.csv"]) == 0
    assert load(read("config.yaml")).datasets["y"]["response"] == name


def test_a_name_stands_right_in_what_init_proposes_in_comments(here):
    y = np.random.default_rng(1).poisson(3, (60, 2))
    names = ["a, b", "c: d"]
    with (here / "y.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([names, *y.tolist()])
    assert main(["init", "y.csv"]) == 0
    text = (here / "config.yaml").read_text("utf-8")
    proposed = text.split("tell groups apart: ")[1].splitlines()[0]
    assert yaml.safe_load(f"{{{proposed}}}")["response"] == names


@pytest.mark.parametrize(
    ("name", "separator", "decimal", "form"),
    [
        ("y.csv", ";", ",", {"separator": ";", "decimal": ","}),
        ("y.csv", "\t", ".", {"separator": "\t"}),
        ("y.tsv", "\t", ",", {"decimal": ","}),
        ("y.csv", ",", ".", {}),
    ],
)
def test_init_writes_how_the_table_is_written_and_check_reads_it(here, name, separator, decimal, form):
    y = table(here / name, ["a", "b"], separator=separator, decimal=decimal)
    assert main(["init", name]) == 0
    dataset = read("config.yaml")["datasets"]["y"]
    assert {key: dataset[key] for key in ("separator", "decimal") if key in dataset} == form
    assert main(["check"]) == 0
    frame = reading.read(name, ["a", "b"], **form)
    assert np.allclose(storage.of_frame(frame), y, atol=1e-4)


@pytest.mark.parametrize("name", ["a{b}.csv", "<b>.csv", "{dataset}.csv"])
def test_a_file_name_that_snakemake_would_misread_is_refused(here, capsys, name):
    table(here / name, ["y"])
    message = said(capsys, "init", name)
    assert ".file has '" in message or ".file has <" in message
    assert "Rename the file" in message
    assert not (here / "config.yaml").exists()


@pytest.mark.parametrize(
    "name", ["a b.csv", "é.csv", "a'b.csv", 'a"b.csv', "a,b.csv", "$a.csv", "(a).csv", "a#b.csv"]
)
def test_other_file_names_are_taken(here, name):
    table(here / name, ["y"])
    assert main(["init", name]) == 0
    assert main(["check"]) == 0


def test_a_long_file_name_gives_a_name_that_is_allowed(here):
    stem = "abcdefghij" * 20
    table(here / f"{stem}.csv", ["y"])
    assert main(["init", f"{stem}.csv"]) == 0
    assert list(read("config.yaml")["datasets"]) == [stem[:64]]


@pytest.mark.parametrize(
    ("stem", "name"), [("a" * 200, "a"), ("2026_" + "0" * 20, "2026_0"), ("ab" * 20, "ab")]
)
def test_a_file_name_that_repeats_itself_gives_a_name_that_snakemake_takes(here, stem, name):
    table(here / f"{stem}.csv", ["y"])
    assert main(["init", f"{stem}.csv"]) == 0
    assert list(read("config.yaml")["datasets"]) == [name]


def test_two_columns_of_one_name_are_refused_by_init(here, capsys):
    (here / "y.csv").write_text("y,id,y\n1,2,3\n4,5,6\n", "utf-8")
    assert "2 columns named 'y'" in said(capsys, "init", "y.csv")


@pytest.mark.parametrize(
    ("columns", "model", "words"),
    [
        (5000, {"family": "multi_normal"}, "datasets.d.response"),
        (1000, {"family": "multi_normal"}, "at most 100 columns can have them. Write: structure: VVI"),
        (101, {"family": "multi_normal", "structure": "EEE"}, "5,050 correlations a component"),
        (101, {"family": "multi_student_t"}, "at most 100 columns"),
    ],
)
def test_columns_too_many_to_check_are_refused_at_once(here, capsys, columns, model, words):
    names = [f"c{d}" for d in range(columns)]
    table(here / "y.csv", names, 10)
    configured(here / "config.yaml", names, model)
    began = time.monotonic()
    assert words in said(capsys, "check")
    assert time.monotonic() - began < 30


def test_many_columns_without_correlations_are_checked(here):
    names = [f"c{d}" for d in range(200)]
    table(here / "y.csv", names, 30)
    configured(here / "config.yaml", names, {"family": "multi_normal", "structure": "VVI"})
    assert main(["check", "--no-priors"]) == 0


SIMULATED = """
datasets:
  d: {simulate: {family: normal, n: 1000000000, theta: [0.5, 0.5], parameters: {mu: [0, 6], sigma: 1}}}
models: {m: {family: normal, components: 2}}
analyses: [{dataset: d, models: [m]}]
"""


def test_data_that_are_above_the_limits_are_not_simulated(here, capsys, monkeypatch):
    monkeypatch.setattr(simulation, "simulate", None)
    (here / "config.yaml").write_text(SIMULATED, "utf-8")
    assert "limits.memory_mb is 64,000" in said(capsys, "check")


def test_data_that_do_not_fit_into_memory_get_a_sentence(here, capsys, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(Planner, "problems", [])
    monkeypatch.setattr(simulation, "_simulated", full)
    (here / "config.yaml").write_text(SIMULATED, "utf-8")
    assert "too little memory to simulate 1,000,000,000 observations" in said(capsys, "check")


def test_categories_need_a_family_of_categories(here, capsys):
    table(here / "y.csv", ["a", "b"])
    model = {"family": "product", "families": ["normal", "normal"]}
    configured(here / "config.yaml", ["a", "b"], model, categorical=["b"])
    message = said(capsys, "check")
    assert "lists the column b under categorical, but model m gives it the family normal" in message
    assert "Write under models.m: families: [normal, categorical]" in message
    configured(here / "config.yaml", ["a", "b"], {"family": "multi_normal"}, categorical=["b"])
    assert "gives it the family multi_normal. Choose the family product" in said(capsys, "check")
