"""`stanmix check` and `stanmix plan`: what they show, and what they refuse."""

import shutil

import pytest
import yaml

from helpers import DATA
from stanmix.commandline import main
from stanmix.io import write_json
from stanmix.run.planning import HEAD

CONFIG = {
    "datasets": {
        "toy": {
            "simulate": {
                "family": "normal",
                "n": 60,
                "theta": [0.4, 0.6],
                "parameters": {"mu": [0, 6], "sigma": 1},
            }
        },
        "lakes": {"file": "acidity.csv", "response": "y"},
    },
    "models": {
        "sweep": {"family": "normal", "components": [1, 3]},
        "shared": {"family": "normal", "components": 2, "parameters": {"sigma": {"shared": True}}},
    },
    "analyses": [
        {"dataset": "toy", "models": ["shared"]},
        {"dataset": "lakes", "models": ["sweep", "shared"]},
    ],
    "sampling": {"chains": 3},
}


@pytest.fixture
def project(tmp_path):
    shutil.copy(DATA / "acidity.csv", tmp_path)
    (tmp_path / "few.csv").write_text("y\n1.5\n2\n1.5\n2\n", "utf-8")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG), "utf-8")
    return tmp_path


def run(capsys, *words):
    code = main([str(word) for word in words])
    found = capsys.readouterr()
    return code, found.out, found.err


def rows(page, first):
    """The cells of the rows that begin with a word."""
    return [line.split() for line in page.splitlines() if line.split()[:1] == [first]]


def test_data_fits_and_priors_are_shown(project, capsys):
    code, page, error = run(capsys, "check", "--directory", project)
    assert (code, error) == (0, "")
    assert ["lakes", "acidity.csv", "y", "155", "138", "2.929", "7.105"] in rows(page, "lakes")
    assert ["lakes", "sweep", "normal", "1,", "3", "6"] in rows(page, "lakes")
    assert ["toy", "shared", "normal", "2", "3"] in rows(page, "toy")
    assert "Priors of sweep on lakes, K = 3" in page
    assert any("normal(mu=5.01683," in row for row in rows(page, "mu"))
    assert "Nothing is wrong. 4 fits with 12 chains would run" in page
    code, page, _ = run(capsys, "check", "--directory", project, "--no-priors")
    assert (code, "Priors" in page) == (0, False)


def test_entries_of_another_configuration_replace_those_of_the_folder(project, tmp_path, capsys):
    other = tmp_path / "other.yaml"
    other.write_text("sampling: {chains: 2}\nanalyses: [{dataset: toy, models: [sweep]}]\n", "utf-8")
    code, page, _ = run(capsys, "check", "--directory", project, "--config", other)
    assert code == 0
    assert rows(page, "lakes") == []
    assert "2 fits with 4 chains" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"samplin": {}}, "samplin is not a known key"),
        ({"models": {**CONFIG["models"], "sweep": {"family": "nrmal", "components": 1}}}, "family is nrmal"),
        (
            {"datasets": {**CONFIG["datasets"], "lakes": {"file": "none.csv", "response": "y"}}},
            "no file none.csv",
        ),
        (
            {"datasets": {**CONFIG["datasets"], "lakes": {"file": "acidity.csv", "response": "x"}}},
            "no column 'x'",
        ),
        (
            {"models": {**CONFIG["models"], "sweep": {"family": "poisson", "components": 1}}},
            "lakes: model sweep is poisson, which describes counts",
        ),
        (
            {"datasets": {**CONFIG["datasets"], "lakes": {"file": "few.csv", "response": "y"}}},
            "lakes has 2 distinct values, fewer than the 3 components",
        ),
        ({"limits": {"memory_mb": 100}}, "limits.memory_mb is 100"),
        (
            {"analyses": [{"dataset": "lakes", "models": ["sweep"], "predict": "new.csv"}]},
            "analyses[1].predict: there is no file new.csv",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_else(project, capsys, change, sentence):
    (project / "config.yaml").write_text(yaml.safe_dump(CONFIG | change), "utf-8")
    code, page, error = run(capsys, "check", "--directory", project)
    assert (code, page) == (1, "")
    assert sentence in error
    assert "Traceback" not in error


def test_new_data_are_checked_too(project, capsys):
    (project / "new.csv").write_text("x\n1\n", "utf-8")
    analyses = [{"dataset": "lakes", "models": ["sweep"], "predict": "new.csv"}]
    (project / "config.yaml").write_text(yaml.safe_dump(CONFIG | {"analyses": analyses}), "utf-8")
    code, _, error = run(capsys, "check", "--directory", project)
    assert code == 1
    assert "new.csv has no column 'y'" in error


def test_data_that_are_elsewhere_are_not_read(project, capsys):
    lakes = {"file": "https://example.org/lakes.csv", "response": "y"}
    config = CONFIG | {"datasets": {**CONFIG["datasets"], "lakes": lakes}}
    (project / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    code, page, _ = run(capsys, "check", "--directory", project)
    assert code == 0
    assert "not read here" in page
    assert "Priors of shared on toy" in page
    assert "on lakes" not in page
    code, page, _ = run(capsys, "plan", "--directory", project)
    assert "Not counted, since their files are not here: lakes." in page


@pytest.mark.parametrize("command", ["check", "plan", "run", "report"])
def test_a_folder_without_a_configuration_gets_a_sentence(tmp_path, capsys, command):
    code, page, error = run(capsys, command, "--directory", tmp_path)
    assert (code, page) == (1, "")
    assert f"There is no config.yaml in {tmp_path}. Write one for your data: stanmix init" in error
    code, _, error = run(capsys, command, "--directory", tmp_path / "none")
    assert (code, error.startswith("There is no folder")) == (1, True)
    code, _, error = run(capsys, command, "--directory", tmp_path, "--config", tmp_path / "none.yaml")
    assert (code, error.startswith("There is no file")) == (1, True)


def test_a_file_that_is_no_yaml_gets_a_sentence(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("a: [1\nb: {", "utf-8")
    code, _, error = run(capsys, "check", "--directory", tmp_path)
    assert code == 1
    assert "config.yaml cannot be read as a configuration" in error
    assert error.count("\n") == 1


def test_a_plan_says_which_times_are_measured(project, capsys):
    write_json(project / "results/lakes/data.json", {"n": 155, "distinct": 97})
    write_json(project / "results/lakes/sweep/k3/gradient.json", {"seconds": 5e-6, "distinct": 97})
    code, page, error = run(capsys, "plan", "--directory", project)
    assert (code, error) == (0, "")
    assert all(name in page for name in HEAD)
    (measured,) = rows(page, "lakes/sweep/k3")
    assert measured[1:5] == ["155", "97", "5", "us"]
    assert "(assumed)" not in measured
    (assumed,) = rows(page, "toy/shared/k2")
    assert "(assumed)" in assumed
    assert "MB of results" in page
