"""The command line as a whole, and `stanmix predict`."""

import json
import os
import subprocess
import sys
import tomllib

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import ROOT, model_of, two_groups
from stanmix import __version__
from stanmix.__main__ import main
from stanmix.families import DataScale
from stanmix.io import write_json
from stanmix.model import resolve
from stanmix.posterior.datatree import assemble, read_tree, write_tree
from stanmix.results.new_data import predict
from stanmix.seeds import derive

CONFIG = {
    "datasets": {
        "groups": {"file": "groups.csv", "response": "height"},
        "tests": {"file": "tests.csv", "response": "cured", "trials": "treated"},
    },
    "models": {},
    "analyses": [],
    "sampling": {"seed": 5},
    "diagnostics": {"interval": 0.8},
    "quantities": {"draws": 100},
}


def write_fit(folder, model, values, y):
    tree = assemble(values, {"lp": np.zeros((2, 60))}, model, y)
    write_json(folder / "model.json", model.to_dict())
    write_tree(tree, folder / "posterior.nc")
    return tree


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The results of a normal and a binomial fit in a working directory, and new data beside them."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    values = {
        "theta": rng.dirichlet([30, 30], (2, 60)),
        "mu": np.array([0, 8]) + rng.normal(0, 0.2, (2, 60, 2)),
        "sigma": np.exp(rng.normal(0, 0.1, (2, 60, 2))),
    }
    folder = tmp_path / "results" / "groups" / "two" / "k2"
    folder.mkdir(parents=True)
    write_fit(folder, model_of(2), values, two_groups())
    binomial = resolve({"family": "binomial", "components": 2}, 2, DataScale(0.0, 1.0))
    values = {"theta": values["theta"], "p": np.array([0.2, 0.7]) + rng.uniform(0, 0.1, (2, 60, 2))}
    folder = tmp_path / "results" / "tests" / "cures" / "k2"
    folder.mkdir(parents=True)
    write_fit(folder, binomial, values, np.array([[2.0, 10.0], [8.0, 10.0], [7.0, 10.0]]))
    (tmp_path / "results" / "config.effective.yaml").write_text(yaml.safe_dump(CONFIG), "utf-8")
    (tmp_path / "new.csv").write_text("height,other\n0.1,a\n8.2,b\n7.5,c\n300,d\n", "utf-8")
    (tmp_path / "trials.csv").write_text("cured,treated\n1,10\n9,10\n", "utf-8")
    return tmp_path / "results"


FIT = "results/groups/two/k2"


def run(capsys, *arguments):
    code = main(["predict", *map(str, arguments)])
    out = capsys.readouterr()
    return code, out.out.splitlines(), out.err


def test_predictions_are_written_and_summarised(results, capsys):
    code, lines, errors = run(capsys, FIT, "new.csv")
    assert (code, errors) == (0, "")
    assert lines == [
        "Wrote new_predictions.csv.",
        "4 rows: 1 in component 1, 3 in component 2.",
        "Rows with an outlier score above 0.99: 1.",
    ]
    table = pd.read_csv("new_predictions.csv")
    assert table["row"].tolist() == [1, 2, 3, 4]
    assert table["component"].tolist() == [1, 2, 2, 2]
    assert table["outlier"].iloc[3] == 1


def test_settings_and_seed_are_those_of_the_run(results, capsys):
    assert run(capsys, FIT, "new.csv", "--output", "p.parquet")[0] == 0
    found = pd.read_parquet("p.parquet")
    tree, y = read_tree(results / "groups" / "two" / "k2" / "posterior.nc"), np.array([0.1, 8.2, 7.5, 300])
    columns, _ = predict(model_of(2), tree, y, 100, 0.8, derive(5, "groups", "two", 2, "predictions"))
    for name, column in columns.items():
        assert np.array_equal(found[name], column), name
    assert run(capsys, FIT, "new.csv", "--output", "p.parquet", "--draws", "10")[0] == 0
    fewer = pd.read_parquet("p.parquet")
    assert not np.array_equal(fewer["log_density"], found["log_density"])


def test_another_response_may_be_named(results, capsys):
    (results.parent / "new.tsv").write_text("size\n8\n", "utf-8")
    code, lines, _ = run(capsys, FIT, "new.tsv", "--response", "size")
    assert (code, lines[1]) == (0, "1 row: 0 in component 1, 1 in component 2.")


def test_numbers_of_trials_are_read_as_the_fit_s_or_as_they_are_given(results, capsys):
    fit = "results/tests/cures/k2"
    assert run(capsys, fit, "trials.csv", "--output", "a.csv")[0] == 0
    assert run(capsys, fit, "trials.csv", "--output", "b.csv", "--trials", "10")[0] == 0
    assert run(capsys, fit, "trials.csv", "--output", "c.csv", "--trials", "treated")[0] == 0
    tables = [pd.read_csv(f"{name}.csv") for name in "abc"]
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    assert tables[0]["component"].tolist() == [1, 2]


def test_without_a_configuration_the_response_is_named_and_defaults_hold(results, capsys):
    (results / "config.effective.yaml").unlink()
    code, _, error = run(capsys, FIT, "new.csv")
    assert code == 1
    assert "--response COLUMN" in error
    assert run(capsys, FIT, "new.csv", "--response", "height")[0] == 0
    code, _, error = run(capsys, "results/tests/cures/k2", "trials.csv", "--response", "cured")
    assert code == 1
    assert "--trials COLUMN" in error


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["results/groups/two/k3", "new.csv"], "There is no file results/groups/two/k3/model.json"),
        ([FIT, "none.csv"], "There is no file none.csv. Correct the path."),
        ([FIT, "new.csv", "--response", "weight"], "new.csv has no column 'weight'"),
        ([FIT, "new.csv", "--response", "other"], "values that are not numbers"),
        ([FIT, "new.csv", "--output", "p.xlsx"], "written as .csv or .parquet"),
        ([FIT, "new.csv", "--output", "new.csv"], "the file of the new data"),
        ([FIT, "new.csv", "--output", "new.csv/p.csv"], "new.csv"),
        ([FIT, "new.csv", "--trials", "10"], "no numbers of trials"),
        (
            [FIT, "new.csv", "--response", "height", "--response", "other"],
            "names 2 columns, but the fit has 1",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(results, capsys, arguments, sentence):
    code, lines, error = run(capsys, *arguments)
    assert (code, lines) == (1, [])
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("name", ["model.json", "posterior.nc"])
def test_a_broken_fit_gets_a_sentence(results, capsys, name):
    (results / "groups" / "two" / "k2" / name).write_text("nothing", "utf-8")
    code, _, error = run(capsys, FIT, "new.csv")
    assert code == 1
    assert error.startswith(f"{FIT} cannot be read as a fit")
    assert error.count("\n") == 1


def test_a_number_of_draws_that_is_none_is_refused(capsys):
    assert main(["predict", FIT, "new.csv", "--draws", "0"]) == 2
    assert "--draws" in capsys.readouterr().err


COMMANDS = ("init", "check", "plan", "run", "predict", "report", "program", "toolchain")
HEAVY = (
    "numpy",
    "pandas",
    "scipy",
    "snakemake",
    "jsonschema",
    "yaml",
    "xarray",
    "stanmix.config",
    "stanmix.families",
)


def test_help_is_there_without_heavy_imports():
    code = (
        f"import sys; from stanmix.commandline import main\n"
        f"for words in ([], *([name] for name in {COMMANDS!r})):\n"
        f"    code = main([*words, '--help'])\n"
        f"    print('END', code, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    *pages, rest = result.stdout.split("END 0 []\n")
    assert rest == ""
    for page, command in zip(pages, ("[OPTIONS]", *COMMANDS), strict=True):
        assert f"Usage: stanmix {command}" in page


def test_the_program_lists_its_commands_and_its_version(capsys):
    assert main(["--help"]) == 0
    page = capsys.readouterr().out
    assert all(f" {command} " in page for command in COMMANDS)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"stanmix {__version__}\n"


def test_the_version_is_that_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
    assert project["scripts"] == {"stanmix": "stanmix.commandline:main"}


def test_an_unknown_command_is_refused(capsys):
    assert main(["sample"]) == 2
    assert "No such command" in capsys.readouterr().err


def test_the_toolchain_is_told_as_by_its_module(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CMDSTAN", str(tmp_path / "none"))
    assert main(["toolchain", "--json"]) == 1
    assert "is not a folder" in json.loads(capsys.readouterr().out)["error"]
    assert main(["toolchain"]) == 1
    assert "$CMDSTAN is" in capsys.readouterr().err
