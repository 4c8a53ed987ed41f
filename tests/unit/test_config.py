import copy
import json
import math
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from helpers import ROOT
from stanmix.config import Config, config_schema, load, new_columns, unreadable_files
from stanmix.config.loading import Fit
from stanmix.config.schema import dereferenced
from stanmix.errors import ConfigError
from stanmix.families import family_of

BASE = yaml.safe_load("""
datasets:
  toy: {simulate: {family: normal, counts: [30, 30], parameters: {mu: [0, 6], sigma: 1}}}
  real: {file: y.csv, response: y}
models:
  free: {family: normal, components: 2, parameters: {}, weights: {}}
  sweep: {family: normal, components: [1, 2], parameters: {}, weights: {}}
analyses:
  - {dataset: toy, models: [free]}
  - {dataset: real, models: [sweep]}
sampling: {}
diagnostics: {}
quantities: {}
report: {}
""")
REMOVED = object()
SUGGESTION = re.compile(r"(?:Write|Write, for example|Add|for example): (.+?)(?: \(YAML reads .*\))?$")


def edited(place, value):
    """The base configuration with one place (as in 'models.free.components') changed or removed."""
    config = copy.deepcopy(BASE)
    *parents, last = (int(part) if part.isdigit() else part for part in place.split("."))
    target = config
    for part in parents:
        target = target[part]
    if value is REMOVED:
        del target[last]
    else:
        target[last] = value
    return config


def message_of(config):
    with pytest.raises(ConfigError) as caught:
        load(config)
    return str(caught.value)


def prior(dist, **arguments):
    return {"prior": {"dist": dist, **arguments}}


def free(**parameters):
    return "models.free.parameters", parameters


def simulated(**changes):
    spec = {"family": "normal", "n": 10, "theta": [0.5, 0.5], "parameters": {"mu": [0, 1], "sigma": 1}}
    return "datasets.toy.simulate", spec | changes


def test_a_correct_configuration_is_accepted_and_complete():
    config = load(BASE)
    assert config.effective["sampling"] == {
        "chains": 4,
        "warmup": 500,
        "draws": 1000,
        "seed": 20171106,
        "adapt_delta": 0.9,
        "max_treedepth": 12,
        "metric": "auto",
        "dense_up_to": 20,
        "starts": "modes",
        "pilot": 0,
        "threads_per_chain": 1,
        "keep_csv": False,
    }
    assert config.effective["diagnostics"]["gate"] == "report"
    assert config.effective["title"] == "Bayesian mixture analysis"
    assert config.fits() == [Fit("toy", "free", 2), Fit("real", "sweep", 1), Fit("real", "sweep", 2)]
    assert config.fits("toy") == [Fit("toy", "free", 2)]
    assert config.fits("toy")[0].folder == "toy/free/k2"
    assert (config.simulated, config.ingested) == (["toy"], ["real"])
    assert config.programs == ["normal"]
    assert config.program("free", "real") == "normal"


def test_defaults_are_filled_inside_parameters_and_weights():
    model = load(edited(*free(mu={"fixed": [0, None]}))).models["free"]
    assert model["parameters"]["mu"] == {"fixed": [0, None]}
    without = {"family": "normal", "components": 2}
    assert load(edited("models.free", without)).models["free"] == without | {
        "identify": "relabel",
        "noise": False,
        "parameters": {},
        "weights": {"prior": {"dist": "dirichlet", "alpha": 1}},
    }


def test_loading_leaves_its_argument_alone():
    raw = copy.deepcopy(BASE)
    load(raw)
    assert raw == BASE


def test_entries_that_no_analysis_uses_are_left_out_of_the_effective_configuration():
    config = load(edited("analyses", BASE["analyses"][:1]))
    assert list(config.datasets) == ["toy"]
    assert list(config.models) == ["free"]


@pytest.mark.parametrize(
    ("place", "written", "meant"),
    [("sampling.draws", 1.0e3, 1000), ("models.free.components", 3.0, 3)],
)
def test_whole_numbers_may_be_written_as_floats(place, written, meant):
    section, model, key = ([None, *place.split(".")])[-3:]
    effective = load(edited(place, written)).effective
    value = (effective[model] if section is None else effective[section][model])[key]
    assert (value, type(value)) == (meant, int)


def test_a_list_of_components_may_be_written_as_floats():
    assert [fit.components for fit in load(edited("models.sweep.components", [1.0, 2])).fits("real")] == [
        1,
        2,
    ]


@pytest.mark.parametrize(
    ("change", "place", "parts"),
    [
        # a key that is not known
        (("sampling", {"chain": 4}), "sampling.chain", ["not a known key", "chains, warmup", "chains: 4"]),
        (("sampling", {"zzz": 4}), "sampling.zzz", ["allowed here: chains", "Remove the key"]),
        (("samplings", {}), "samplings", ["not a known key", "sampling: {}"]),
        (free(sigm={"shared": True}), "models.free.parameters.sigm", ["mu, sigma", "sigma: {shared: true}"]),
        (
            simulated(parameters={"mu": 0, "sigma": 1, "skew": 1}),
            "datasets.toy.simulate.parameters.skew",
            ["mu, sigma", "Remove it"],
        ),
        # how labels are resolved
        (
            ("models.free.identify", "ordered"),
            "models.free.identify",
            ["'ordered'", "order(mu)", "order(theta)", "identify: relabel"],
        ),
        (("models.free.identify", "order(nu)"), "models.free.identify", ["order(nu)", "identify: relabel"]),
        (("models.free.identify", 3), "models.free.identify", ["3"]),
        (
            (
                "models.free",
                {
                    "family": "normal",
                    "components": 2,
                    "identify": "order(mu)",
                    "parameters": {"mu": {"shared": True}},
                },
            ),
            "models.free.identify",
            ["orders by mu", "shared by all components", "identify: relabel"],
        ),
        (
            (
                "models.free",
                {
                    "family": "normal",
                    "components": 2,
                    "identify": "order(theta)",
                    "weights": {"fixed": [0.5, 0.5]},
                },
            ),
            "models.free.identify",
            ["orders by theta", "fixed", "identify: relabel"],
        ),
        (("escalate", {"rounds": 2}), "escalate.rounds", ["max_rounds"]),
        # the wrong type
        (("sampling.chains", None), "sampling.chains", ["null", "a whole number", "chains: 4"]),
        (("sampling.draws", 1000.5), "sampling.draws", ["1000.5", "a whole number", "draws: 1000"]),
        (("sampling", [1]), "sampling", ["[1]", "a mapping"]),
        (("models.free", None), "models.free", ["null", "a mapping"]),
        (("datasets.toy", None), "datasets.toy", ["null", "a mapping"]),
        (("models.free.components", True), "models.free.components", ["true", "a whole number"]),
        (("title", 3), "title", ["text that is not empty"]),
        (("analyses.0.models", "free"), "analyses[1].models", ["a list", "models: [free]"]),
        (("analyses.0", "toy"), "analyses[1]", ["a mapping", "analyses: [{dataset"]),
        (simulated(n=10.5), "datasets.toy.simulate.n", ["a whole number"]),
        (
            ("datasets.toy.simulate.counts", [1.5, 2]),
            "datasets.toy.simulate.counts[1]",
            ["1.5", "counts: [1, 2]"],
        ),
        (("analyses.0.predict", ["a.csv"]), "analyses[1].predict", ["text", "predict: resources/new.csv"]),
        (("analyses.0.predict", ""), "analyses[1].predict", ["not empty", "predict: resources/new.csv"]),
        (("analyses.0.predic", "a.csv"), "analyses[1].predic", ["not a known key", "predict: a.csv"]),
        # numbers that YAML reads as text
        (("sampling.warmup", "1e5"), "sampling.warmup", ["as text", "1.0e+5", "warmup: 500"]),
        (("models.free.components", "2"), "models.free.components", ["'2'", "as text", "components: 3"]),
        # out of bounds
        (("sampling.chains", 1), "sampling.chains", ["from 2 to 256", "chains: 4"]),
        (("sampling.adapt_delta", 1), "sampling.adapt_delta", ["above 0 and below 1", "adapt_delta: 0.9"]),
        (("sampling.adapt_delta", math.nan), "sampling.adapt_delta", [".nan", "a number above 0"]),
        (("sampling.seed", -1), "sampling.seed", ["from 0 to 2147483647"]),
        (("diagnostics.rhat", 1), "diagnostics.rhat", ["above 1 and at most 2", "rhat: 1.01"]),
        (("report.ppc_draws", 0), "report.ppc_draws", ["from 1 to 1000", "ppc_draws: 50"]),
        (("quantities.draws", 50), "quantities.draws", ["from 100"]),
        (("models.free.components", 0), "models.free.components", ["from 1 to 100", "components: 3"]),
        (("models.free.components", []), "models.free.components", ["at least one item"]),
        (("title", ""), "title", ["text that is not empty"]),
        (("models", {}), "models", ["a mapping of keys to values that is not empty"]),
        (("analyses", []), "analyses", ["at least one item"]),
        (free(sigma={"fixed": -1}), "models.free.parameters.sigma.fixed", ["-1", "above 0", "fixed: 1"]),
        (free(mu={"fixed": math.inf}), "models.free.parameters.mu.fixed", [".inf", "a number"]),
        (free(mu={"fixed": 10**400}), "models.free.parameters.mu.fixed", ["a number"]),
        (
            free(mu=prior("normal", mu=0, sigma=[1, 0])),
            "models.free.parameters.mu.prior.sigma",
            ["[1, 0]", "above 0", "sigma: [1, 1]"],
        ),
        (
            simulated(parameters={"mu": 0, "sigma": 0}),
            "datasets.toy.simulate.parameters.sigma",
            ["the value 0", "above 0", "sigma: 1"],
        ),
        # not one of a list
        (("diagnostics.gate", "stop"), "diagnostics.gate", ["one of report, fail", "gate: report"]),
        (("models.free.family", "gauss"), "models.free.family", ["one of normal", "family: normal"]),
        (
            free(mu=prior("gauss", mu=0, sigma=1)),
            "models.free.parameters.mu.prior.dist",
            ["half_cauchy", "dist: normal"],
        ),
        # missing
        (("datasets", REMOVED), "config", ["'datasets' is missing", "datasets: {toy: {file: "]),
        (("models.free.family", REMOVED), "models.free", ["'family' is missing", "family: normal"]),
        (
            ("datasets.real.response", REMOVED),
            "datasets.real",
            ["'response' is missing", "response: velocity"],
        ),
        (
            simulated(parameters={"mu": 0}),
            "datasets.toy.simulate.parameters.sigma",
            ["missing", "standard deviation", "sigma: 1"],
        ),
        (
            ("models.free.weights", prior("dirichlet")),
            "models.free.weights.prior",
            ["'alpha' is missing", "alpha: 1"],
        ),
        # names
        (
            ("models", {"a b": BASE["models"]["free"]}),
            "models",
            ["'a b'", "letters, digits, _ and -", "a_b"],
        ),
        (("models", {1: BASE["models"]["free"]}), "models", ["not text for YAML", "'1'"]),
        (("datasets.programs", BASE["datasets"]["real"]), "datasets", ["'programs'", "programs_data"]),
        # lengths
        (free(mu={"fixed": [1, 2, 3]}), "models.free.parameters.mu.fixed", ["3 values", "fixed: [1, 2]"]),
        (
            free(mu=prior("normal", mu=[1], sigma=1)),
            "models.free.parameters.mu.prior.mu",
            ["1 value,", "2 components", "mu: [1, 1]"],
        ),
        (
            ("models.sweep.parameters", {"mu": prior("normal", mu=[7, 8], sigma=1)}),
            "models.sweep.parameters.mu.prior.mu",
            ["with 1, 2 components", "mu: 7"],
        ),
        (
            ("models.free.weights", prior("dirichlet", alpha=[1, 1, 1])),
            "models.free.weights.prior.alpha",
            ["3 values", "alpha: [1, 1]"],
        ),
        (
            ("models.free.weights", {"fixed": [0.5, 0.25, 0.25]}),
            "models.free.weights.fixed",
            ["3 values", "fixed: [0.5, 0.5]"],
        ),
        (
            ("datasets.toy.simulate.counts", [5, 5, 5]),
            "datasets.toy.simulate.parameters.mu",
            ["2 values", "3 components", "mu: [0, 6, 0]"],
        ),
        # arguments of priors
        (
            free(mu=prior("normal", mu=0)),
            "models.free.parameters.mu.prior",
            ["takes mu, sigma", "it has mu.", "prior: {dist: normal, mu: 0, sigma: 1}"],
        ),
        (
            free(sigma=prior("half_cauchy", mu=0, sigma=5)),
            "models.free.parameters.sigma.prior",
            ["takes sigma", "prior: {dist: half_cauchy, sigma: 5}"],
        ),
        (
            free(mu=prior("uniform", lower=[0, 3], upper=[1, 2])),
            "models.free.parameters.mu.prior",
            ["lower must be below upper", "prior: {dist: uniform, lower: 0, upper: 1}"],
        ),
        (
            free(sigma=prior("uniform", lower=-2, upper=-1)),
            "models.free.parameters.sigma.prior",
            ["outside the parameter's support", "prior: {dist: uniform"],
        ),
        (
            free(sigma=prior("beta", alpha=2, beta=2)),
            "models.free.parameters.sigma.prior",
            ["confines sigma to 0 to 1", "prior: {dist: lognormal"],
        ),
        (
            free(sigma={"shared": True, **prior("half_normal", sigma=[1, 2])}),
            "models.free.parameters.sigma.prior.sigma",
            ["shared parameter has one value", "sigma: 1"],
        ),
        (
            free(sigma={"fixed": 1, **prior("half_normal", sigma=1)}),
            "models.free.parameters.sigma",
            ["takes no prior", "Remove: prior."],
        ),
        # what refers to nothing
        (("analyses.0.dataset", "tyo"), "analyses[1].dataset", ["'tyo'", "toy, real", "toy"]),
        (("analyses.0.models", ["fre"]), "analyses[1].models", ["'fre'", "free, sweep", "free"]),
        # what contradicts itself
        (("datasets.toy.file", "a.csv"), "datasets.toy", ["exactly one of 'simulate' and 'file'", "{file: "]),
        (("datasets.toy", {}), "datasets.toy", ["exactly one of 'simulate' and 'file'"]),
        (("datasets.toy.response", "y"), "datasets.toy.response", ["column y", "Remove it"]),
        (("datasets.real.response", ["a", "b"]), "datasets.real.response", ["2 columns", "response: a"]),
        (simulated(counts=[5, 5]), "datasets.toy.simulate", ["either counts, or n together with theta"]),
        (("datasets.toy.simulate.counts", [0, 0]), "datasets.toy.simulate.counts", ["no observations"]),
        (simulated(theta=[0.5, 0.6]), "datasets.toy.simulate.theta", ["1.1", "sum to 1", "[0.4545, 0.5455]"]),
        (simulated(theta=[0, 0]), "datasets.toy.simulate.theta", ["sums to 0", "theta: [0.5, 0.5]"]),
        (
            ("models.free.weights", {"fixed": [0.2, 0.4]}),
            "models.free.weights.fixed",
            ["0.6", "sum to 1", "fixed: [0.3333, 0.6667]"],
        ),
        (
            ("models.free.weights", {"fixed": [0.5, 0.5], **prior("dirichlet", alpha=1)}),
            "models.free.weights",
            ["both 'fixed' and 'prior'", "Remove: prior."],
        ),
        (
            ("models.sweep.parameters", {"mu": {"fixed": 0}, "sigma": {"fixed": 1}}),
            "models.sweep",
            ["nothing to infer with 1 component", "Remove 'fixed' from one of: mu, sigma, weights"],
        ),
        # duplicates
        (("models.free.components", [2, 2]), "models.free.components", ["none is repeated"]),
        (("analyses.0.models", ["free", "free"]), "analyses[1].models", ["none is repeated"]),
        (
            ("analyses.1", {"dataset": "toy", "models": ["free"]}),
            "analyses[2]",
            ["as analyses[1] does already", "Remove it"],
        ),
    ],
)
def test_a_mistake_gives_one_sentence_with_the_key_what_is_allowed_and_a_remedy(change, place, parts):
    message = message_of(edited(*change))
    assert message.count("\n") == 0
    assert message.startswith(place)
    for part in parts:
        assert part in message
    remedy = SUGGESTION.search(message)
    assert remedy or "Remove" in message
    if remedy:
        yaml.safe_load(remedy[1])


@pytest.mark.parametrize(
    ("change", "belongs_to"),
    [
        (("sampling", {"chain": 4}), "sampling"),
        (("sampling.warmup", "1e5"), "sampling"),
        (("sampling.adapt_delta", 1), "sampling"),
        (("diagnostics.gate", "stop"), "diagnostics"),
        (("models.free.family", REMOVED), "models.free"),
        (("models.free.components", 0), "models.free"),
        (("datasets.toy", None), "datasets"),
        (("datasets.real.response", REMOVED), "datasets.real"),
        (("datasets.real.response", ["a", "b"]), "datasets.real"),
        (("datasets.toy.simulate.counts", [5, 5, 5]), "datasets.toy.simulate.parameters"),
        (("models.free.weights", {"fixed": [0.2, 0.4]}), "models.free.weights"),
        (("models.free.weights", {"fixed": [0.4, 0.3, 0.3]}), "models.free.weights"),
        (
            ("models.sweep.parameters", {"mu": prior("normal", mu=[7, 8], sigma=1)}),
            "models.sweep.parameters.mu.prior",
        ),
        (simulated(theta=[0.5, 0.6]), "datasets.toy.simulate"),
        (simulated(theta=[0, 0]), "datasets.toy.simulate"),
        (simulated(parameters={"mu": [0, 1], "sigma": -1}), "datasets.toy.simulate.parameters"),
        (free(sigma={"fixed": -1}), "models.free.parameters.sigma"),
        (free(mu={"fixed": [1, 2, 3]}), "models.free.parameters.mu"),
        (free(mu=prior("normal", mu=0)), "models.free.parameters.mu"),
        (free(mu=prior("gauss", mu=0, sigma=1)), "models.free.parameters.mu.prior"),
        (free(mu=prior("normal", mu=0, sigma=-1)), "models.free.parameters.mu.prior"),
        (free(mu=prior("beta", alpha=2, beta=2)), "models.free.parameters.mu"),
        (free(sigma=prior("uniform", lower=-2, upper=-1)), "models.free.parameters.sigma"),
        (
            free(sigma={"shared": True, **prior("half_normal", sigma=[1, 2])}),
            "models.free.parameters.sigma.prior",
        ),
    ],
)
def test_following_the_suggestion_repairs_the_configuration(change, belongs_to):
    config = edited(*change)
    suggestion = yaml.safe_load(SUGGESTION.search(message_of(config))[1])
    target = config
    for part in belongs_to.split("."):
        target = target[part]
    target.pop("chain", None)
    target.update(suggestion)
    load(config)


def test_intervals_of_uniform_priors_may_differ_between_components():
    load(edited(*free(mu=prior("uniform", lower=[0, 10], upper=[5, 20]))))
    load(edited(*free(mu=prior("uniform", lower=0, upper=[5, 20]))))


def test_every_mistake_is_reported_at_once():
    config = edited("sampling", {"chains": 1, "warmup": 1})
    config["title"] = ""
    assert len(message_of(config).splitlines()) == 3


def test_a_missing_data_file_is_named_with_the_folder_it_was_looked_for_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load(BASE)
    (problem,) = unreadable_files(config)
    assert problem.startswith("datasets.real.file: there is no file y.csv")
    assert str(tmp_path) in problem
    Path("y.csv").write_text("y\n1\n2\n")
    assert unreadable_files(config) == []


def test_every_fit_of_an_analysis_with_new_data_predicts_them(tmp_path, monkeypatch):
    assert load(BASE).predicted == {}
    config = load(edited("analyses.1.predict", "new.csv"))
    assert config.predicted == {Fit("real", "sweep", 1): "new.csv", Fit("real", "sweep", 2): "new.csv"}
    monkeypatch.chdir(tmp_path)
    Path("y.csv").write_text("y\n1\n2\n")
    (problem,) = unreadable_files(config)
    assert problem.startswith("analyses[2].predict: there is no file new.csv")
    assert unreadable_files(load(edited("analyses.1.predict", "s3://bucket/new.csv"))) == []


BINOMIAL = {"simulate": {"family": "binomial", "counts": [9], "trials": 20, "parameters": {"p": 0.5}}}
PLANES = {
    "simulate": {"family": "multi_normal", "counts": [9], "parameters": {f"mu_{d}": 0 for d in (1, 2, 3)}}
}


@pytest.mark.parametrize(
    ("dataset", "columns"),
    [
        (BASE["datasets"]["real"], {"response": "y", "trials": None}),
        (
            {"file": "a.csv", "response": "cured", "trials": "treated"},
            {"response": "cured", "trials": "treated"},
        ),
        ({"file": "a.csv", "response": "cured", "trials": 20}, {"response": "cured", "trials": 20}),
        (BASE["datasets"]["toy"], {"response": "y", "trials": None}),
        (BINOMIAL, {"response": "y", "trials": "trials"}),
        (PLANES, {"response": ["y_1", "y_2", "y_3"], "trials": None}),
    ],
    ids=[
        "file",
        "trials in a column",
        "number of trials",
        "simulated",
        "simulated trials",
        "simulated columns",
    ],
)
def test_new_data_have_the_columns_of_the_data_that_were_fitted(dataset, columns):
    assert new_columns(dataset) == columns


def test_the_shipped_configuration_is_valid_and_its_files_exist(monkeypatch):
    monkeypatch.chdir(ROOT)
    config = load(yaml.safe_load((ROOT / "config.yaml").read_text("utf-8")))
    assert unreadable_files(config) == []
    assert len(config.fits()) == 9


def described_parts(schema, path="config"):
    """Every property of the schema with its path, following references."""
    schema = dereferenced(schema)
    for key, part in schema.get("properties", {}).items():
        yield f"{path}.{key}", part, key in schema.get("required", [])
        yield from described_parts(part, f"{path}.{key}")
    for word in ("additionalProperties", "items"):
        if isinstance(schema.get(word), dict):
            yield from described_parts(schema[word], f"{path}.*")


def leaves(schema):
    """The schemas of single values within a schema."""
    schema = dereferenced(schema)
    if "oneOf" in schema:
        for part in schema["oneOf"]:
            yield from leaves(part)
    elif schema.get("type") == "array":
        yield from leaves(schema["items"])
    else:
        yield schema


def test_every_key_of_the_schema_is_described_and_shown():
    parts = list(described_parts(config_schema()))
    assert len(parts) > 40
    for path, part, _ in parts:
        assert part.get("description") or dereferenced(part)["description"], path
    for path, part, required in parts:
        full = dereferenced(part)
        assert "default" in full or "examples" in full or "enum" in full or "oneOf" in full or required, path


def test_every_setting_that_is_a_number_has_bounds():
    settings = [p for p in described_parts(config_schema()) if ".*" not in p[0] or "simulate.n" in p[0]]
    numbers = [
        (path, leaf)
        for path, part, _ in settings
        for leaf in leaves(part)
        if leaf.get("type") in ("integer", "number")
    ]
    assert len(numbers) >= 12
    for path, leaf in numbers:
        assert {"minimum", "exclusiveMinimum"} & set(leaf), path
        assert {"maximum", "exclusiveMaximum"} & set(leaf), path


def test_no_part_of_the_schema_lets_unknown_keys_pass():
    open_objects = [
        json.dumps(part)
        for _, part, _ in described_parts(config_schema())
        if dereferenced(part).get("type") == "object" and "additionalProperties" not in dereferenced(part)
    ]
    assert open_objects == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["normal", "uniform", "dirichlet", "free", "toy", 10**400]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["prior", "dist", "fixed", "mu", "sigma", "shared", "alpha", "lower", "upper"])
            | st.integers()
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def places(config, path=()):
    yield path
    items = (
        config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    )
    for key, value in items:
        yield from places(value, (*path, key))


@given(st.lists(st.tuples(st.sampled_from(list(places(BASE))), VALUES), min_size=1, max_size=3))
def test_any_configuration_is_either_accepted_or_refused_with_a_message(changes):
    config = copy.deepcopy(BASE)
    for path, value in changes:
        target = {"config": config}
        for key in ("config", *path[:-1]) if path else ():
            target = target.get(key) if isinstance(target, dict) else None
        if isinstance(target, dict) and path:
            target[path[-1]] = value
    try:
        assert isinstance(load(config), Config)
    except ConfigError as error:
        assert str(error)


def rows(columns, model, **dataset):
    """The base configuration with a model of a file's columns."""
    config = copy.deepcopy(BASE)
    config["datasets"]["rows"] = {"file": "y.csv", "response": list("abcdefg"[:columns]), **dataset}
    config["models"]["m"] = {"family": "multi_normal", "components": 2} | model
    config["analyses"].append({"dataset": "rows", "models": ["m"]})
    return config


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (rows(4, {"factors": 1}), ["models.m.factors", "the structure VVV has none", "the structure FA"]),
        (rows(2, {"structure": "FA"}), ["models.m", "three columns or more", "structure: VVV"]),
        (
            rows(5, {"structure": "FA", "factors": 3}),
            ["models.m has 3 factors", "of 5 columns at most 2", "factors: 2"],
        ),
        (
            rows(1, {"family": "normal"}, missing="marginalise"),
            ["datasets.rows.missing", "two response columns"],
        ),
        (
            edited("datasets.toy.missing", "marginalise"),
            ["datasets.toy.missing belongs to data read from a file"],
        ),
        (rows(2, {"structure": "VEX"}), ["models.m.structure", "VEE"]),
    ],
)
def test_structures_factors_and_missing_cells_that_do_not_fit_are_refused(config, words):
    message = message_of(config)
    assert len(message.splitlines()) == 1
    for each in words:
        assert each in message


@pytest.mark.parametrize("structure", ["EEE", "VVI", "FA"])
def test_every_family_of_rows_with_covariances_has_their_structures(structure):
    config = load(rows(4, {"family": "multi_student_t", "structure": structure}))
    assert config.program("m", "rows") == "multi_student_t"
    assert family_of(config.spec("m", "rows"), 4).structure == structure


@pytest.mark.parametrize("model", [{"family": "product", "families": "normal"}, {"family": "normal"}])
def test_families_without_structures_are_given_none(model):
    message = message_of(rows(4 if model["family"] == "product" else 1, model | {"structure": "EEE"}))
    assert f"models.m.structure is given, but the {model['family']} family has none" in message


def test_missing_cells_take_the_program_that_knows_them():
    config = load(rows(3, {}, missing="marginalise"))
    assert config.program("m", "rows") == "multi_normal_structured"
    assert config.programs == ["multi_normal_structured", "normal"]
    assert config.spec("m", "rows")["missing"] is True
    assert load(rows(3, {})).program("m", "rows") == "multi_normal"


@pytest.mark.parametrize(
    "config",
    [
        rows(2, {"noise": True}, missing="marginalise"),
        rows(2, {"family": "multi_student_t", "noise": True}, missing="marginalise"),
        rows(2, {"family": "product", "families": "poisson", "noise": True}, missing="marginalise"),
        rows(1, {"family": "binomial", "noise": True}, trials=9),
    ],
)
def test_every_family_may_have_noise(config):
    assert load(config).spec("m", "rows")["noise"] is True
    assert load(rows(3, {"family": "multi_student_t"})).program("m", "rows") == "multi_student_t"
