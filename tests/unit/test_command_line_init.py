"""`stanmix init`: what it suggests for a table, and the configuration that it writes."""

import shutil
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import DATA, ROOT
from stanmix.commandline import main
from stanmix.commandline.suggestion import structures_for
from stanmix.config import load
from stanmix.config.schema import config_schema
from stanmix.errors import ConfigError

PEERS = DATA / "peers"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name="config.yaml"):
    """The configuration that was written, after the project's own check of it."""
    return load(yaml.safe_load(Path(name).read_text("utf-8"))).effective


def read_yaml():
    return yaml.safe_load(Path("config.yaml").read_text("utf-8"))


def suggested(table, name="data.csv", *options):
    """Response, family and components for a table."""
    pd.DataFrame(table).to_csv(name, index=False)
    assert main(["init", name, "--force", *options]) == 0
    config = written()
    (dataset,), models = config["datasets"].values(), list(config["models"].values())
    assert {model["family"] for model in models} == {models[0]["family"]}
    return dataset["response"], models[0]["family"], models[0]["components"]


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
    names = ["VVI", "EEE", "VVV"] if family == "multi_normal" else [family]
    assert list(config["models"]) == names
    for model in config["models"].values():
        assert model["family"] == family
        assert model["components"] == list(range(1, largest + 1))
    assert config["analyses"] == [{"dataset": "own", "models": names}]


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
        "holed": [*[np.nan] * 40, *rng().normal(0, 1, n - 40)],
        "sex": ["f", "m"] * (n // 2),
        "treated": [True, False] * (n // 2),
    }
    assert suggested(table)[:2] == ("height", "normal")
    page = capsys.readouterr().out
    for reason in (
        "numbers the rows",
        "has one value in all rows",
        "has 40 missing values",
        "holds text",
        "true and false",
        "it is the only column of numbers to model",
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
    assert [model["structure"] for model in written()["models"].values()] == ["VVI"]
    assert suggested({"y": [1.5, 2.5, 3.25]})[2] == [1, 2]


def normals(n, D):
    """Rows of D columns in as many different places as there are rows."""
    return pd.DataFrame(rng().normal(0, 1, (n, D)), columns=[f"x{d + 1}" for d in range(D)])


def parameters(structure, D, components):
    """How many free parameters means and covariances have, counted entry by entry."""
    matrix = len(list(combinations_with_replacement(range(D), 2)))
    covariances = {"VVI": D * components, "EEE": matrix, "VVV": matrix * components}
    return D * components + covariances[structure]


@pytest.mark.parametrize(
    ("n", "D", "largest"),
    [
        (272, 2, {"VVI": 4, "EEE": 4, "VVV": 4}),
        (30, 2, {"VVI": 2, "EEE": 2, "VVV": 2}),
        (29, 2, {"VVI": 2, "EEE": 2}),
        (20, 2, {"VVI": 2}),
        (145, 3, {"VVI": 4, "EEE": 4, "VVV": 4}),
        (168, 4, {"VVI": 4, "EEE": 4, "VVV": 4}),
        (167, 4, {"VVI": 4, "EEE": 4, "VVV": 3}),
        (84, 4, {"VVI": 4, "EEE": 4, "VVV": 2}),
        (83, 4, {"VVI": 4, "EEE": 4}),
        (65, 4, {"VVI": 4, "EEE": 2}),
        (53, 4, {"VVI": 3}),
        (200, 6, {"VVI": 4, "EEE": 4, "VVV": 2}),
        (156, 8, {"VVI": 4, "EEE": 2}),
        (155, 8, {"VVI": 4}),
    ],
)
def test_structures_are_compared_as_far_as_the_rows_bear_their_parameters(here, n, D, largest):
    _, _, text = of(normals(n, D))
    models = written()["models"]
    assert {name: model["components"] for name, model in models.items()} == {
        name: list(range(1, most + 1)) for name, most in largest.items()
    }
    assert all(name == model["structure"] for name, model in models.items())
    assert written()["analyses"] == [{"dataset": "data", "models": list(largest)}]
    numbers = models["VVI"]["components"]
    for name in ("EEE", "VVV"):
        borne = [K for K in numbers if n >= 3 * parameters(name, D, K)]
        assert largest.get(name) == (max(borne) if len(borne) > 1 else None)
        if len(borne) < 2:
            assert f"{parameters(name, D, 2)} of {name}" in text
        elif len(borne) < len(numbers):
            assert f"{n} rows bear up to {max(borne)}" in text
    fits = sum(largest.values())
    assert (f"what runs, {fits} fits; to leave a model out" in text) == (len(largest) > 1)


def test_columns_that_are_too_many_for_correlations_get_none():
    found = {D: structures_for(1_000_000, D, (1, 2, 3, 4), "") for D in (100, 101)}
    names = {D: [own.name for own in structures] for D, (structures, _) in found.items()}
    assert names == {100: ["VVI", "EEE", "VVV"], 101: ["VVI"]}
    assert [left_out for _, left_out in found.values()] == ["", "at most 100 columns can have correlations"]


def copied(name, structure):
    """The written configuration with a copy of its first model of another structure, as its comment says."""
    config = yaml.safe_load(Path("config.yaml").read_text("utf-8"))
    first = next(iter(config["models"].values()))
    config["models"][name] = first | {"structure": structure}
    config["analyses"][0]["models"].append(name)
    return config


@pytest.mark.parametrize("D", [2, 3, 101])
def test_every_other_structure_that_is_named_can_be_taken(here, capsys, D):
    _, _, text = of(normals(60, D), *(word for d in range(D) for word in ("--response", f"x{d + 1}")))
    (line,) = [line for line in text.splitlines() if line.startswith("  # analyses: ")]
    others = line.removeprefix("  # analyses: ").removesuffix(".").split(", ")
    for structure in others:
        assert load(copied("own", structure)).models["own"]["structure"] == structure
    assert ("  # Left out: EEE, VVV, since at most 100 columns can have correlations." in text) == (D > 100)
    offered = {*others, *written()["models"]}
    known = set(config_schema()["$defs"]["structure"]["enum"])
    for structure in known - offered:
        with pytest.raises(ConfigError):
            load(copied("own", structure))
    if D < 100:
        Path("config.yaml").write_text(yaml.safe_dump(copied("own", others[-1])), "utf-8")
        assert checked(capsys)


def test_a_structure_is_left_out_by_its_name_under_analyses(here, capsys):
    shutil.copy(PEERS / "iris.csv", here)
    assert main(["init", "iris.csv"]) == 0
    assert len(load(read_yaml()).fits()) == 4 + 4 + 3
    text = (here / "config.yaml").read_text("utf-8").replace("models: [VVI, EEE, VVV]", "models: [EEE]")
    (here / "config.yaml").write_text(text, "utf-8")
    assert [fit.model for fit in load(read_yaml()).fits()] == ["EEE"] * 4
    assert checked(capsys)


def test_priors_in_the_comments_of_the_first_model_hold_in_each(here, capsys):
    shutil.copy(PEERS / "faithful.csv", here)
    assert main(["init", "faithful.csv"]) == 0
    lines = (here / "config.yaml").read_text("utf-8").splitlines()
    start = lines.index("    # parameters:")
    block = lines[start : start + 5]
    assert [line.split()[1] for line in block[1:]] == ["mu_1:", "mu_2:", "sigma_1:", "sigma_2:"]
    freed = [line.replace("#", " ", 1) for line in block]
    freed[0] = "    parameters:"
    others = [i for i, line in enumerate(lines) if line.startswith("    components:") and i > start]
    for i in reversed(others):
        lines[i + 1 : i + 1] = freed
    lines[start : start + 5] = freed
    (here / "config.yaml").write_text("\n".join(lines), "utf-8")
    models = written()["models"]
    assert list(models) == ["VVI", "EEE", "VVV"]
    assert all(set(own["parameters"]) == {"mu_1", "mu_2", "sigma_1", "sigma_2"} for own in models.values())
    assert checked(capsys)


@pytest.mark.parametrize(
    ("codes", "least"),
    [(["a", "b", "c"], 3), ([1, 2, 2], 2), ([0, 1, 1], 2), ([1, 7, 7], None), ([0.5, 1.5, 1.5], None)],
)
def test_labels_can_be_taken_with_so_many_components_as_the_comment_says(here, capsys, codes, least):
    _, _, text = of(normals(90, 2).assign(state=codes * 30))
    begin = "    # labels: state # if it tells the components of some rows for certain; components are then "
    if least is None:
        assert "labels" not in text
        return
    assert f"{begin}{least} or more{', and 0 is not known' * (codes[0] == 0)}\n" in text
    config = yaml.safe_load(text.replace("    # labels", "    labels"))
    for model in config["models"].values():
        model["components"] = [K for K in model["components"] if least <= K]
        assert model["components"]
    Path("config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    assert checked(capsys)


def alone(text, start):
    """The configuration after what a comment proposes in place of what is written: its only model."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"    # {start}")]
    assert "as the only model, without structure" in line
    taken = yaml.safe_load("{" + line.split(": response: ")[1].join(("response: ", "}")))
    config = yaml.safe_load(text)
    (dataset,) = config["datasets"]
    config["datasets"][dataset] = {"file": config["datasets"][dataset]["file"]} | {
        key: taken.pop(key) for key in ("response", "categorical") if key in taken
    }
    if not start.startswith("or"):
        key, column = line.strip("# ").split(" #")[0].split(": ")
        config["datasets"][dataset][key] = column
    components = next(iter(config["models"].values()))["components"]
    config["models"] = {"own": taken | {"components": components}}
    config["analyses"] = [{"dataset": dataset, "models": ["own"]}]
    Path("config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    return config


@pytest.mark.parametrize(
    ("table", "start", "response", "family"),
    [
        (normals(90, 2).assign(sex=["f", "m"] * 45), "or", ["x1", "x2", "sex"], "product"),
        (
            {"height": rng().normal(65, 3, 60), "weight": rng().normal(136, 15, 60)},
            "weights",
            "height",
            "normal",
        ),
        (
            {
                "goals": rng().binomial(9, 0.3, 60),
                "fouls": rng().poisson(1, 60),
                "total": [9, 12] * 30,
                "temperature": rng().normal(15, 3, 60),
            },
            "trials",
            "goals",
            "binomial",
        ),
    ],
)
def test_what_is_proposed_in_place_of_several_columns_can_be_taken(
    here, capsys, table, start, response, family
):
    _, model, text = of(table)
    assert model["family"] in ("multi_normal", "product")
    config = alone(text, start)
    assert config["datasets"]["data"]["response"] == response
    assert config["models"]["own"]["family"] == family
    assert checked(capsys)


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
        line.replace("# sampling", "sampling")
        .replace("# escalate", "escalate")
        .replace("    # parameters", "    parameters")
        for line in lines
    )
    text = text.replace("    #   ", "      ")
    after = load(yaml.safe_load(text)).effective
    assert after["sampling"] == before["sampling"]
    assert after["escalate"]["max_rounds"] == 0
    assert set(after["models"]["normal"]["parameters"]) == {"mu", "sigma"}


def checked(capsys):
    """Whether `stanmix check` finds nothing wrong with what was written."""
    code = main(["check", "--no-priors"])
    found = capsys.readouterr()
    assert (code, found.err) == (0, "")
    return "Nothing is wrong" in found.out


def of(table, *options):
    """The data set and the model for a table, without what the schema fills in, and the text."""
    pd.DataFrame(table).to_csv("data.csv", index=False)
    assert main(["init", "data.csv", "--force", *options]) == 0
    text = Path("config.yaml").read_text("utf-8")
    config = yaml.safe_load(text)
    (dataset,), (model, *_) = config["datasets"].values(), config["models"].values()
    return {key: value for key, value in dataset.items() if key != "file"}, model, text


def litters(n=60):
    """Foetuses of litters, and how many of them died, in two groups of one probability each."""
    size = rng().integers(4, 16, n)
    return {"litter": range(101, 101 + n), "size": size, "dead": rng().binomial(size, [0.05, 0.4] * (n // 2))}


def shared_p(n=60):
    tested = rng().integers(20, 40, n)
    return {"tested": tested, "positive": rng().binomial(tested, 0.3)}


@pytest.mark.parametrize(
    ("table", "response", "trials", "family"),
    [
        (litters(), "dead", "size", "beta_binomial"),
        (shared_p(), "positive", "tested", "binomial"),
        ({"y": rng().binomial(20, 0.4, 60), "n": [20] * 60}, "y", "n", "binomial"),
        ({**shared_p(), "age": rng().normal(40, 9, 60)}, "positive", "tested", "binomial"),
        (
            {"broken": rng().binomial(12, 0.3, 60), "nTrials": [10, 12, 12] * 20, "year": [1999, 2001] * 30}
            | {"broken": rng().binomial(10, 0.3, 60)},
            "broken",
            "nTrials",
            "binomial",
        ),
    ],
)
def test_successes_beside_their_numbers_of_trials_are_taken(here, capsys, table, response, trials, family):
    dataset, model, text = of(table)
    assert dataset == {"response": response, "trials": trials}
    assert model["family"] == family
    (line,) = [line for line in text.splitlines() if line.startswith("    trials:")]
    assert f"# because {trials} is nowhere below {response}; to model {response} alone, remove this" in line
    assert checked(capsys)


def test_components_of_successes_are_not_more_than_their_trials_tell_apart(here, capsys):
    assert of({"hits": rng().binomial(4, 0.4, 90), "trials": [4] * 90})[1]["components"] == [1, 2]
    assert checked(capsys)


def test_two_columns_that_may_be_successes_are_named_only(here, capsys):
    a, b = rng().poisson(3, 60), rng().poisson(4, 60)
    dataset, model, text = of({"goals": a, "fouls": b, "total": a + b})
    assert (dataset, model["family"]) == ({"response": "goals"}, "poisson")
    assert "    # trials: total # if goals counts successes among them: response: goals, family:" in text
    assert checked(capsys)


SURVEY = rng().gamma(4, 0.25, 80)
FREQUENCIES = [8, 20, 30, 28, 20, 11, 5, 2, 1, 1]


@pytest.mark.parametrize(
    ("table", "weights", "family"),
    [
        ({"income": rng().lognormal(10, 1, 80), "survey_weight": SURVEY}, "survey_weight", None),
        ({"score": rng().normal(0, 1, 80), "weight": SURVEY / SURVEY.mean()}, "weight", "normal"),
        ({"children": range(10), "freq": FREQUENCIES}, "freq", "poisson"),
        ({"children": range(10), "n": FREQUENCIES}, "n", "poisson"),
        ({"midpoint": np.arange(1.5, 11), "count": FREQUENCIES}, "count", "normal"),
    ],
)
def test_weights_of_one_response_are_taken(here, capsys, table, weights, family):
    dataset, model, text = of(table)
    assert dataset == {"response": next(iter(table)), "weights": weights}
    assert family is None or model["family"] == family
    assert f"    weights: {weights} # because it is named so" in text
    assert "; without this line every row counts once" in text
    assert checked(capsys)


def test_a_frequency_table_is_judged_by_all_that_it_counts(here):
    _, model, text = of({"children": range(10), "freq": FREQUENCIES})
    assert model["components"] == [1, 2, 3, 4, 5, 6]
    assert "whose variance is near their mean (1.1 times it)" in text


@pytest.mark.parametrize(
    ("table", "response"),
    [
        # The weight of a body, beside its height.
        ({"height": rng().normal(65, 3, 60), "weight": rng().normal(136, 15, 60)}, ["height", "weight"]),
        ({"temperature": rng().normal(20, 3, 60), "count": rng().poisson(3, 60) + 1}, "temperature"),
    ],
)
def test_what_may_be_weights_is_named_only(here, capsys, table, response):
    dataset, _, text = of(table)
    assert dataset == {"response": response}
    name = list(table)[-1]
    assert f"    # weights: {name} # if it says how often each row counts" in text
    assert checked(capsys)


def patients(n=120):
    sick = np.arange(n) % 2
    return {
        "patient": range(1001, 1001 + n),
        "age": rng().normal(40 + 20 * sick, 6).round(1),
        "stay": rng().lognormal(sick, 0.8),
        "visits": rng().poisson(1 + 8 * sick),
        "smoker": np.where(rng().uniform(size=n) < 0.2 + 0.5 * sick, "yes", "no"),
        "seen": [1987 + i % 9 for i in range(n)],
    }


def test_columns_of_several_kinds_become_a_product(here, capsys):
    table = patients()
    table["year"] = table.pop("seen")
    dataset, model, text = of(table)
    assert dataset == {"response": ["age", "stay", "visits", "smoker"], "categorical": ["smoker"]}
    assert model["family"] == "product"
    assert model["families"] == ["normal", "lognormal", "neg_binomial_2", "categorical"]
    assert model["components"] == [1, 2, 3, 4]
    assert "without the others: response: [age, stay], family: multi_normal, no families" in text
    assert "# because these are categories; to leave one out, remove it here, in response and" in text
    assert checked(capsys)


def test_categories_alone_become_latent_classes(here, capsys):
    shutil.copy(PEERS / "carcinoma.csv", here / "data.csv")
    dataset, model, _ = of(pd.read_csv("data.csv"))
    assert dataset["categorical"] == dataset["response"] == list("ABCDEFG")
    assert set(model["families"]) == {"categorical"}
    assert checked(capsys)
    # Three columns of two categories have seven shares, and two classes seven parameters.
    drawn = rng()
    answers = {name: drawn.choice(["yes", "no"], 80) for name in ("tea", "coffee", "cocoa")}
    dataset, model, _ = of(answers)
    assert model["components"] == [1, 2]
    patterns = pd.DataFrame(answers).value_counts().reset_index(name="freq")
    dataset, model, _ = of(patterns)
    assert (dataset["response"], dataset["weights"]) == (["tea", "coffee", "cocoa"], "freq")
    assert model["components"] == [1, 2]
    assert checked(capsys)


def test_categories_beside_measurements_are_named_only(here, capsys):
    n = 60
    table = {"height": rng().normal(170, 10, n), "sex": ["f", "m"] * (n // 2)}
    dataset, model, text = of(table)
    assert (dataset, model["family"]) == ({"response": "height"}, "normal")
    assert (
        "# or, if all of these columns tell groups apart: response: [height, sex], categorical: [sex], "
        "family: product, families: [normal, categorical]" in text
    )
    assert checked(capsys)
    dataset, model, _ = of(table, "--response", "sex", "--response", "height")
    assert dataset == {"response": ["sex", "height"], "categorical": ["sex"]}
    assert model["families"] == ["categorical", "normal"]
    assert checked(capsys)


def test_classes_that_are_known_are_no_part_of_a_product(here):
    dataset, _, text = of(pd.read_csv(PEERS / "iris.csv"))
    assert len(dataset["response"]) == 4
    assert "# labels: Species #" in text
    assert "product" not in text


def test_rows_with_empty_cells_are_marginalised(here, capsys):
    table = pd.read_csv(PEERS / "faithful.csv").astype(float)
    table.loc[[3, 8, 9], "waiting"] = np.nan
    dataset, model, text = of(table)
    assert dataset == {"response": ["eruptions", "waiting"], "missing": "marginalise"}
    assert model["family"] == "multi_normal"
    assert "models: [VVI, EEE, VVV]" in text
    assert "    missing: marginalise # because 3 rows have empty cells, where the others count; to" in text
    assert checked(capsys)
    mixed = pd.DataFrame(patients())
    mixed.loc[5, ["age", "smoker"]] = None
    dataset, model, text = of(mixed)
    assert (dataset["missing"], model["family"]) == ("marginalise", "product")
    assert "because 1 row has empty cells" in text
    assert checked(capsys)


def test_columns_that_would_leave_a_row_without_cells_are_left_out(here, capsys):
    drawn = rng()
    table = pd.DataFrame({name: drawn.normal(0, 1, 60) for name in ("a", "b", "c")})
    table.loc[4, ["a", "b"]] = np.nan
    assert of(table)[0] == {"response": ["a", "b", "c"], "missing": "marginalise"}
    assert checked(capsys)
    assert of(table[["a", "b"]].assign(n=drawn.poisson(3, 60)))[0]["missing"] == "marginalise"
    table[["a", "b"]].to_csv("data.csv", index=False)
    assert main(["init", "data.csv", "--force"]) == 1
    assert "a has 1 missing values" in capsys.readouterr().err
    table.loc[4, "b"] = 1.5
    table.loc[7, "b"] = np.nan
    assert of(table[["a", "b"]])[0] == {"response": ["a", "b"], "missing": "marginalise"}
    assert checked(capsys)


@pytest.mark.parametrize(
    ("table", "response"),
    [
        ({"id": rng().integers(100, 999, 60), "y": rng().normal(0, 1, 60)}, "y"),
        ({"year": [1990 + i % 20 for i in range(60)], "y": rng().normal(0, 1, 60)}, "y"),
        ({"sampleId": rng().integers(0, 99, 60), "events": rng().poisson(3, 60)}, "events"),
        ({"year": [1990 + i % 20 for i in range(60)], "deaths": rng().poisson(3, 60)}, "deaths"),
        ({"accidents": rng().poisson(3, 60), "age": rng().integers(20, 80, 60), "id": range(60)}, None),
    ],
)
def test_numbers_that_tell_rows_apart_are_neither_response_nor_companion(here, capsys, table, response):
    dataset, _, text = of(table)
    assert dataset.keys() == {"response"}
    assert response is None or dataset["response"] == response
    assert "weights" not in text
    assert "trials" not in text
    assert checked(capsys)
    assert of(table, "--response", next(iter(table)))[0] == {"response": next(iter(table))}
