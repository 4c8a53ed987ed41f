"""`stanmix init`: what it suggests for a table, and the configuration that it writes."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import DATA, ROOT
from stanmix.commandline import main
from stanmix.config import load

PEERS = DATA / "peers"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name="config.yaml"):
    """The configuration that was written, after the project's own check of it."""
    return load(yaml.safe_load(Path(name).read_text("utf-8"))).effective


def suggested(table, name="data.csv", *options):
    """Response, family and components for a table."""
    pd.DataFrame(table).to_csv(name, index=False)
    assert main(["init", name, "--force", *options]) == 0
    config = written()
    (dataset,), (model,) = config["datasets"].values(), config["models"].values()
    return dataset["response"], model["family"], model["components"]


@pytest.mark.parametrize(
    ("file", "response", "family", "largest"),
    [
        ("peers/faithful.csv", ["eruptions", "waiting"], "multi_normal", 4),
        ("peers/diabetes.csv", ["glucose", "insulin", "sspg"], "multi_normal", 4),
        ("peers/articles.csv", "y", "neg_binomial_2", 6),
        ("peers/fetal_lamb.csv", "y", "poisson", 6),
        ("peers/london_deaths.csv", "y", "poisson", 6),
        ("acidity.csv", "y", "normal", 6),
        ("galaxies.csv", "velocity", "normal", 5),
    ],
)
def test_known_data_get_the_families_that_their_papers_took(here, file, response, family, largest):
    shutil.copy(DATA / file, here / "own.csv")
    assert main(["init", "own.csv"]) == 0
    config = written()
    assert config["datasets"]["own"] == {"file": "own.csv", "response": response}
    (name,) = config["models"]
    assert name == config["models"][name]["family"] == family
    assert config["models"][name]["components"] == list(range(1, largest + 1))
    assert config["analyses"] == [{"dataset": "own", "models": [family]}]


def rng():
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    ("y", "family"),
    [
        (rng().beta(2, 5, 300), "beta"),
        (rng().lognormal(0, 1, 300), "lognormal"),
        (rng().gamma(0.5, 2, 300), "gamma"),
        (rng().normal(-3, 1, 300), "normal"),
        (rng().poisson(4, 300), "poisson"),
        (rng().negative_binomial(1, 0.1, 300), "neg_binomial_2"),
        (rng().poisson(4, 300) * (rng().uniform(size=300) > 0.5), "zero_inflated_poisson"),
        (
            rng().negative_binomial(5, 0.3, 300) * (rng().uniform(size=300) > 0.5),
            "zero_inflated_neg_binomial_2",
        ),
        (rng().poisson(500, 300), "normal"),  # whole numbers far from 0
    ],
)
def test_the_family_follows_from_the_support_and_the_shape(here, y, family):
    assert suggested({"y": y})[1] == family


def test_columns_that_are_no_measurements_are_left_out_and_said(here, capsys):
    n = 60
    table = {
        "id": range(1, n + 1),
        "constant": [3] * n,
        "height": rng().normal(170, 10, n),
        "holed": [np.nan, *rng().normal(0, 1, n - 1)],
        "sex": ["f", "m"] * (n // 2),
        "treated": [True, False] * (n // 2),
        "visits": rng().poisson(2, n),
    }
    assert suggested(table)[:2] == ("height", "normal")
    page = capsys.readouterr().out
    for reason in (
        "numbers the rows",
        "has one value in all rows",
        "has 1 missing values",
        "holds text",
        "true and false",
        "it is the only column of measurements",
    ):
        assert reason in page, reason
    assert "# labels: sex #" in (here / "config.yaml").read_text("utf-8")


def test_named_columns_are_taken(here):
    table = {"a": rng().normal(0, 1, 60), "b": rng().normal(0, 1, 60), "c": rng().poisson(3, 60)}
    assert suggested(table, "data.csv", "--response", "c")[:2] == ("c", "poisson")
    response, family, _ = suggested(table, "data.csv", "--response", "b", "--response", "a")
    assert (response, family) == (["b", "a"], "multi_normal")


def test_few_rows_get_few_components_and_no_covariances(here):
    small = pd.read_csv(PEERS / "iris.csv").head(40).drop(columns="Species")
    assert suggested(small)[2] == [1, 2]
    assert written()["models"]["multi_normal"]["structure"] == "VVI"
    assert suggested({"y": [1.5, 2.5, 3.25]})[2] == [1, 2]


def test_names_that_need_quotes_and_paths_elsewhere_are_written_as_yaml(here):
    (here / "raw").mkdir()
    (here / "study").mkdir()
    name = "raw/my data: 1.csv"
    pd.DataFrame({"no": rng().normal(0, 1, 60), "a # b: [\nc]": rng().normal(0, 1, 60)}).to_csv(
        name, index=False
    )
    assert main(["init", name, "--output", "study/config.yaml"]) == 0
    (dataset,) = written("study/config.yaml")["datasets"].items()
    assert dataset == (
        "my_data__1",
        {"file": "../raw/my data: 1.csv", "response": ["no", "a # b: [\nc]"]},
    )


def test_a_configuration_is_never_overwritten_unless_asked_for(here, capsys):
    shutil.copy(PEERS / "faithful.csv", here)
    (here / "config.yaml").write_text("mine", "utf-8")
    assert main(["init", "faithful.csv"]) == 1
    assert "config.yaml is there already" in capsys.readouterr().err
    assert (here / "config.yaml").read_text("utf-8") == "mine"
    assert main(["init", "faithful.csv", "--force"]) == 0
    assert "faithful" in written()["datasets"]


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        (None, [], "There is no file data.csv. Correct the path."),
        ("", [], "data.csv is empty."),
        ("a,b\n", [], "has a header but no rows"),
        ("a\nx\ny\n", [], "has no column that can be modelled: a holds text, not numbers"),
        ("a\n1.5\n2\n3\n", ["--response", "b"], "has no column 'b'; its columns are: a. Correct --response."),
        ("a,b\n1.5,x\n2,y\n3,z\n", ["--response", "b"], "values that are not numbers"),
        ("a,b\n1.5,1\n2,1\n3,1\n", ["--response", "b"], "nothing to model"),
        ("a,b\n1.5,1\n2,0\n3,1\n", ["--response", "b"], "two different values only"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_nothing_is_written(here, capsys, text, options, sentence):
    if text is not None:
        (here / "data.csv").write_text(text, "utf-8")
    assert main(["init", "data.csv", *options]) == 1
    found = capsys.readouterr()
    assert sentence in found.err
    assert (found.out, found.err.count("\n")) == ("", 1)
    assert not (here / "config.yaml").exists()


def test_the_defaults_in_the_comments_are_those_of_the_schema_and_hold_as_they_are(here):
    shutil.copy(ROOT / "resources" / "galaxies.csv", here)
    assert main(["init", "galaxies.csv"]) == 0
    before = written()
    lines = (here / "config.yaml").read_text("utf-8").splitlines()
    text = "\n".join(
        line.replace("# sampling", "sampling").replace("    # parameters", "    parameters") for line in lines
    )
    text = text.replace("    #   ", "      ")
    after = load(yaml.safe_load(text)).effective
    assert after["sampling"] == before["sampling"]
    assert set(after["models"]["normal"]["parameters"]) == {"mu", "sigma"}
