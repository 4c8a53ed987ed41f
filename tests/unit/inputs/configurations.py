"""Changes to a good configuration, each with what is said of it."""

import math
from typing import Any, NamedTuple

import yaml

GOOD = yaml.safe_load("""
datasets:
  toy: {simulate: {family: normal, counts: [30, 30], parameters: {mu: [0, 6], sigma: 1}}}
  real: {file: y.csv, response: y}
  rows: {file: y.csv, response: [a, b, c]}
  cured: {file: y.csv, response: cured, trials: treated}
models:
  free: {family: normal, components: 2, parameters: {}, weights: {}}
  three: {family: normal, components: 3, parameters: {}, weights: {}}
  one: {family: normal, components: 1, parameters: {}, weights: {}}
  sweep: {family: normal, components: [1, 2], parameters: {}, weights: {}}
  planes: {family: multi_normal, components: 2}
  classes: {family: product, families: [normal, poisson, categorical], components: 2}
  shares: {family: binomial, components: 2, parameters: {}}
  tails: {family: student_t, components: 2, parameters: {}}
analyses:
  - {dataset: toy, models: [free, three, one]}
  - {dataset: real, models: [sweep, tails]}
  - {dataset: rows, models: [planes, classes]}
  - {dataset: cured, models: [shares]}
sampling: {}
diagnostics: {}
quantities: {}
report: {}
escalate: {}
limits: {}
compile: {}
""")


class _Removed:
    """Stands for a key that is taken out, under the same name in every process of the tests."""

    def __repr__(self) -> str:
        return "removed"


REMOVED = _Removed()


class Change(NamedTuple):
    """One place of the good configuration with another value, and words of the sentence about it.

    `follow` is false where the sentence leaves the remedy to the user.
    """

    place: str
    value: Any
    words: tuple[str, ...]
    follow: bool = True


def change(place, value, *words, follow=True):
    return Change(place, value, words, follow)


def prior(dist, **arguments):
    return {"prior": {"dist": dist, **arguments}}


FREE, THREE = "models.free.parameters", "models.three.parameters"
TOY = "datasets.toy.simulate"
NORMAL = {"family": "normal", "parameters": {"mu": [0, 6], "sigma": 1}}
SHARES = {"family": "binomial", "trials": 20, "parameters": {"p": [0.2, 0.7]}}


def shares(**changes):
    return {key: value for key, value in (SHARES | {"counts": [5, 5]} | changes).items() if value is not None}


TYPES = [
    *(
        change(f"{section}.{key}", value, f"{section}.{key} is", "must be")
        for section, key, values in [
            ("sampling", "chains", [None, 1, 2.5, "4", 10**400, math.nan, [4], True, -3]),
            ("sampling", "draws", [99, 1000.5, "1e5", {}]),
            ("sampling", "seed", [-1, 2**31, "x"]),
            ("sampling", "adapt_delta", [0, 1, math.inf, "0.9"]),
            ("sampling", "metric", ["dens", 3, None]),
            ("sampling", "keep_csv", [1, "yes"]),
            ("diagnostics", "rhat", [1, 3, "1.01"]),
            ("diagnostics", "gate", ["stop", None]),
            ("diagnostics", "interval", [0, 1.5]),
            ("quantities", "imputations", [1, 1e9]),
            ("escalate", "max_rounds", [-1, 21]),
            ("limits", "memory_mb", [1, "64GB"]),
            ("limits", "hours", [0, math.inf]),
            ("compile", "processor", ["fast", None]),
            ("report", "ppc_draws", [0, 1001]),
        ]
        for value in values
    ),
    *(
        change(section, value, f"{section} is", "must be a mapping")
        for section in ("sampling", "diagnostics", "compile", "escalate", "quantities", "report", "limits")
        for value in (3, [1], "all", None)
    ),
    change("title", "", "title is ''", "not empty"),
    change("title", 3, "title is 3"),
    change("title", ["a"], "title is"),
    change("likelihood", "kernels", "likelihood", "kernel"),
    change("likelihood", None, "likelihood is null"),
]

KEYS = [
    change("sampling.chain", 4, "sampling.chain is not a known key", "Write: chains: 4"),
    change("sampling.zzz", 4, "sampling.zzz is not a known key", "Remove the key"),
    change("samplings", {}, "samplings is not a known key", "Write: sampling: {}"),
    change("models.free.component", 2, "models.free.component", "Write: components: 2"),
    change("datasets.real.reponse", "y", "datasets.real.reponse", "Write: response: y"),
    change("analyses.0.predic", "a.csv", "analyses[1].predic", "Write: predict: a.csv"),
    change("__use_yte__", True, "__use_yte__ is not a known key", "Remove the key"),
    change(f"{FREE}.sigm", {"shared": True}, "models.free.parameters.sigm is not a parameter", "sigma:"),
    change(f"{FREE}.zzzz", {"shared": True}, "models.free.parameters.zzzz is not a parameter", "Remove it"),
    change("models.free.parameters.mu.fix", 3, "models.free.parameters.mu.fix", "Write: fixed: 3"),
    change("datasets", REMOVED, "'datasets' is missing", "toy: {file", follow=False),
    change("analyses", REMOVED, "'analyses' is missing", "dataset: toy"),
    change("models.free.family", REMOVED, "models.free: the key 'family' is missing", "family: normal"),
    change("models.free.components", REMOVED, "'components' is missing", "components: 3"),
    change("analyses.0.dataset", REMOVED, "analyses[1]: the key 'dataset' is missing", "dataset: toy"),
    change("analyses.1.models", REMOVED, "analyses[2]: the key 'models' is missing", follow=False),
    change(f"{TOY}.parameters", REMOVED, "'parameters' is missing", "{mu: 1, sigma: 1"),
    change("datasets.cured", {"simulate": {"family": "binomial", "trials": 9, "counts": [5, 5]}}, "p: 0.5"),
    change(f"{TOY}.family", REMOVED, "'family' is missing", "family: normal"),
    change("datasets.real.response", REMOVED, "datasets.real: the key 'response' is missing", "velocity"),
    change("models.free.weights.prior", {"dist": "dirichlet"}, "'alpha' is missing", "alpha: 1"),
    change("models.free.weights.prior", {"alpha": 1}, "'dist' is missing", "dist: dirichlet"),
    change(f"{FREE}.sigma.prior", {"alpha": 2, "beta": 1}, "'dist' is missing", "dist: gamma"),
    change(f"{FREE}.mu.prior", {"lower": 0, "upper": 9}, "'dist' is missing", "dist: uniform"),
]

NAMES = [
    change("models.a b", GOOD["models"]["free"], "the name 'a b'", "letters, digits, _ and -", "Write: a_b"),
    change("models.é", GOOD["models"]["free"], "the name 'é'", "Write: _"),
    change("models.a\n", GOOD["models"]["free"], "the name 'a\\u000a'", "Write: a"),
    change("datasets.a/b", GOOD["datasets"]["real"], "the name 'a/b'", "Write: a_b"),
    change("datasets.{a}", GOOD["datasets"]["real"], "the name '{a}'", "Write: _a_"),
    change("datasets.", GOOD["datasets"]["real"], "the name ''", "Write: name"),
    change("datasets." + "a" * 300, GOOD["datasets"]["real"], "has 300 characters", "at most 64"),
    change("models." + "a" * 65, GOOD["models"]["free"], "has 65 characters", "at most 64"),
    change("models." + "m" * 20, GOOD["models"]["free"], "20 times or more", "Write: m", follow=False),
    change("datasets.a" + "xy" * 30, GOOD["datasets"]["real"], "20 times", "Write: axy", follow=False),
    change("datasets.programs", GOOD["datasets"]["real"], "'programs'", "programs_data", follow=False),
]

FILES = [
    change("datasets.real.file", "a{b}.csv", "datasets.real.file has '{'", "Rename the file", "a_b_.csv"),
    change("datasets.real.file", "<b>.csv", "datasets.real.file has <", "Rename the file"),
    change("datasets.real.file", "a\nb.csv", "datasets.real.file has", "Rename the file"),
    change("analyses.1.predict", "{new}.csv", "analyses[2].predict has '{'", "predict: _new_.csv"),
    change("datasets.real.file", "", "datasets.real.file is ''", "not empty"),
    change("datasets.real.file", ["y.csv"], "datasets.real.file is", "must be text"),
    change("datasets.real.file", 3, "datasets.real.file is 3"),
    change("analyses.0.predict", "", "analyses[1].predict is ''"),
    change("datasets.real.separator", " ", "datasets.real.separator is", "one of ',', ;"),
    change("datasets.real.separator", None, "datasets.real.separator is null"),
    change("datasets.real.decimal", ";", "datasets.real.decimal is ;", "one of ., ','"),
    change("datasets.real", {"file": "y.parquet", "response": "y", "decimal": ","}, "belongs to text files"),
    change("datasets.real", {"file": "y.XLSX", "response": "y", "separator": ";"}, "belongs to text files"),
    change("datasets.toy.separator", ";", "datasets.toy.separator belongs to data read from a file"),
    change("datasets.toy.response", "y", "datasets.toy.response belongs to data read", "column y"),
    change("datasets.toy.trials", "n", "datasets.toy.trials belongs to data read", "'simulate'"),
    change("datasets.toy.labels", "n", "datasets.toy.labels belongs to data read"),
    change("datasets.toy.weights", "n", "datasets.toy.weights belongs to data read"),
    change("datasets.toy.categorical", ["n"], "datasets.toy.categorical belongs to data read"),
    change("datasets.toy.missing", "refuse", "datasets.toy.missing belongs to data read"),
    change("datasets.toy.file", "y.csv", "exactly one of 'simulate' and 'file'"),
    change("datasets.toy", {}, "exactly one of 'simulate' and 'file'"),
]

COLUMNS = [
    change("datasets.real.response", "", "datasets.real.response is ''"),
    change("datasets.real.response", [], "datasets.real.response is []", "at least one item"),
    change("datasets.real.response", 3, "datasets.real.response is 3"),
    change("datasets.real.response", ["a", "b"], "describes one", "Write: response: a"),
    change("datasets.rows.response", ["a", "b", "c", "a"], "none is repeated", "[a, b, c]"),
    change("datasets.rows.response", [f"c{i}" for i in range(1001)], "datasets.rows.response", follow=False),
    change("datasets.rows.response", "a", "needs two columns or more", follow=False),
    change(
        "datasets.cured.trials",
        "cured",
        "datasets.cured.trials is 'cured', a column that is modelled",
        follow=False,
    ),
    change(
        "datasets.real.labels", "y", "datasets.real.labels is 'y', a column that is modelled", follow=False
    ),
    change(
        "datasets.rows.weights", "b", "datasets.rows.weights is 'b', a column that is modelled", follow=False
    ),
    change("datasets.cured.trials", 0, "datasets.cured.trials is 0"),
    change("datasets.cured.trials", 2**31, "datasets.cured.trials is 2147483648"),
    change("datasets.cured.trials", REMOVED, "needs the number of trials", "trials: 20"),
    change("datasets.real.trials", 20, "numbers of trials, which the normal family", follow=False),
    change("datasets.rows.trials", "n", "has trials and 3 response columns", follow=False),
    change("datasets.rows.missing", "drop", "datasets.rows.missing is drop", follow=False),
    change("datasets.real.missing", "marginalise", "without its only column", "Remove it"),
    change("datasets.rows.categorical", ["z"], "'z', which is not a response column", follow=False),
    change("datasets.rows.categorical", "a", "datasets.rows.categorical is a", follow=False),
    change("datasets.rows.categorical", [], "at least one item", follow=False),
    change("datasets.real.labels", 3, "datasets.real.labels is 3"),
]

MODELS = [
    change("models.free.family", "gauss", "models.free.family is gauss", "family: normal"),
    change("models.free.family", "norml", "models.free.family is norml", "family: normal"),
    change("models.free", None, "models.free is null", "must be a mapping"),
    change("models", {}, "models is {}", "not empty", follow=False),
    *(
        change("models.sweep.components", value, "models.sweep.components is")
        for value in (0, 101, [], True, "2", [0, 2], [2, 2], [1, 2.5], {}, None, -1)
    ),
    change("models.free.noise", "yes", "models.free.noise is", "noise: true"),
    change("models.free.identify", "ordered", "models.free.identify is 'ordered'", "order(mu)"),
    change("models.free.identify", 3, "models.free.identify is 3"),
    change("models.free.identify", "order(nu)", "identify: relabel"),
    change("models.free.structure", "VVI", "models.free.structure is given", "Remove it"),
    change("models.planes.structure", "VVX", "models.planes.structure is VVX"),
    change("models.planes.factors", 1, "models.planes.factors is given", "Remove it"),
    change("models.planes.families", "normal", "models.planes.families is given", "Remove it"),
    change("models.classes.families", REMOVED, "'families' is missing", "families: normal"),
    change("models.classes.families", ["normal", "poisson"], "has 2 families", "3 columns", "families: ["),
    change("models.classes.families", ["normal", "poison", "normal"], "models.classes.families", "normal"),
    change("models.classes.families", "gauss", "models.classes.families is gauss"),
    change(
        "models.planes",
        {"family": "multi_normal", "structure": "FA", "factors": 3, "components": 2},
        "factors: 1",
    ),
]

PARAMETERS = [
    change(f"{FREE}.mu", {"fixed": "x"}, "models.free.parameters.mu.fixed is x", "fixed: 1"),
    change(f"{FREE}.mu", {"fixed": []}, "models.free.parameters.mu.fixed is []"),
    change(f"{FREE}.mu", {"fixed": ["a", 2]}, "models.free.parameters.mu.fixed", "fixed: [1, 2]"),
    change(f"{FREE}.mu", {"fixed": [1, 2, 3]}, "3 values", "2 components", "fixed: [1, 2]"),
    change(f"{FREE}.mu", {"fixed": math.inf}, "models.free.parameters.mu.fixed is .inf"),
    change(f"{FREE}.sigma", {"fixed": -1}, "the value -1", "above 0", "fixed: 1"),
    change(f"{FREE}.sigma", {"fixed": [0, 1]}, "the value 0", "above 0"),
    change("models.shares.parameters.p", {"fixed": 1}, "the value 1", "between 0 and 1", "fixed: 0.5"),
    change("models.shares.parameters.p", {"fixed": "x"}, "fixed: 0.5"),
    change("models.tails.parameters.nu", {"fixed": 1}, "the value 1", "above 1", "fixed: 2"),
    change(f"{FREE}.sigma", {"shared": "yes"}, "models.free.parameters.sigma.shared", "shared: true"),
    change(f"{FREE}.sigma", {"fixed": 1, "shared": True}, "takes no prior", "Remove: shared."),
    change(f"{FREE}.sigma", {"fixed": 1, **prior("half_normal", sigma=1)}, "Remove: prior."),
    change(f"{FREE}.mu", 3, "models.free.parameters.mu is 3", follow=False),
    change(f"{FREE}.mu", {"prior": 3}, "models.free.parameters.mu.prior is 3", "dist: normal"),
    change(f"{FREE}.mu", prior("gauss", mu=0, sigma=1), "models.free.parameters.mu.prior.dist is gauss"),
    change(f"{FREE}.sigma", prior("inverse_gamma", alpha=2, beta=1), "dist: inv_gamma"),
    change(f"{FREE}.mu", prior("normal", mu=0), "takes mu, sigma", "sigma: 1"),
    change(f"{FREE}.mu", prior("uniform"), "takes lower, upper", "lower: 0", "upper: 1"),
    change(f"{FREE}.mu", prior("uniform", lower=5), "takes lower, upper", "upper: 6"),
    change(f"{FREE}.mu", prior("uniform", upper=-5), "takes lower, upper", "lower: -6"),
    change(f"{FREE}.mu", prior("uniform", lower=5, upper="x"), "mu.prior.upper is x", "upper: 6"),
    change(f"{FREE}.mu", prior("uniform", lower="x", upper=-3), "mu.prior.lower is x", "lower: -4"),
    change(f"{FREE}.mu", prior("uniform", lower=[0, 3], upper=[1, 2]), "lower must be below upper"),
    change(f"{FREE}.sigma", prior("uniform", lower=-2, upper=-1), "outside the parameter's support"),
    change(f"{FREE}.sigma", prior("beta", alpha=2, beta=2), "confines sigma to 0 to 1", "lognormal"),
    change(f"{FREE}.mu", prior("normal", mu=0, sigma=[1, 0]), "mu.prior.sigma is [1, 0]", "sigma: [1, 1]"),
    change(f"{FREE}.mu", prior("normal", mu=[1], sigma=1), "1 value,", "mu: [1, 1]"),
    change(f"{FREE}.mu", prior("normal", mu="0", sigma=1), "mu.prior.mu is '0'"),
    change(f"{FREE}.sigma", {"shared": True, **prior("half_normal", sigma=[1, 2])}, "one value", "sigma: 1"),
    change(
        "models.sweep.parameters.mu", prior("normal", mu=[7, 8], sigma=1), "with 1, 2 components", "mu: 7"
    ),
    change("models.sweep.parameters.mu", {"fixed": [None, None, None]}, "3 values", "fixed: 1"),
    change(f"{FREE}.mu", {"equal": [[1]]}, "models.free.parameters.mu.equal[1] is [1]", "equal: [[1, 2]]"),
    change(f"{FREE}.mu", {"equal": [[1, 3]]}, "equal names component 3", "equal: [[1, 2]]"),
    change(f"{FREE}.mu", {"equal": []}, "models.free.parameters.mu.equal is []", "equal: [[1, 2]]"),
    change(f"{FREE}.mu", {"equal": [1, 2]}, "models.free.parameters.mu.equal", "equal: [[1, 2]"),
    change("models.one.parameters.mu", {"equal": [[1]]}, "models.one.parameters.mu.equal", "Remove: equal."),
    change("models.one.parameters.mu", {"equal": [[1, 2]]}, "equal names component 2", "Remove: equal."),
    change("models.sweep.parameters.mu", {"equal": [[1, 2]]}, "equal names component 2", "Remove: equal."),
    change(f"{THREE}.mu", {"equal": [[1, 2], [2, 3]]}, "in two groups", "equal: [[1, 2, 3]]"),
    change(f"{THREE}.mu", {"equal": [[1, 2]], "shared": True}, "shared by all components", "Remove: equal."),
    change(f"{THREE}.mu", {"equal": [[1, 2]], "fixed": [3, None, None]}, "whose value is fixed"),
    change(
        f"{THREE}.mu",
        {"equal": [[1, 3]], **prior("normal", mu=[0, 1, 2], sigma=1)},
        "differs between components",
        "mu: [0, 1, 0]",
    ),
    change(
        "models.one.parameters", {"mu": {"fixed": 1}, "sigma": {"fixed": 1}}, "nothing to infer", follow=False
    ),
]

WEIGHTS = [
    change(
        "models.three.weights",
        {"fixed": [0, 0.5, 0.5]},
        "models.three.weights.fixed[1] is 0",
        "fixed: [0.3334",
    ),
    change("models.three.weights", {"fixed": [0.5, 0.5]}, "2 values", "3 components", "fixed: ["),
    change("models.free.weights", {"fixed": []}, "models.free.weights.fixed is []", "fixed: [0.5, 0.5]"),
    change("models.free.weights", {"fixed": [0.2, 0.4]}, "sums to 0.6", "fixed: [0.3333, 0.6667]"),
    change("models.free.weights", {"fixed": [1e-9, 0.4]}, "sums to 0.4", "fixed: ["),
    change("models.free.weights", {"fixed": [1, 1e-9, 1e-9]}, "3 values", "fixed: [0.5, 0.5]"),
    change("models.free.weights", {"fixed": "equal"}, "models.free.weights.fixed is equal", "[0.5, 0.5]"),
    change("models.free.weights", {"fixed": 0.5}, "models.free.weights.fixed is 0.5", "[0.5, 0.5]"),
    change("models.sweep.weights", {"fixed": [1]}, "with 1, 2 components", follow=False),
    change("models.sweep.weights", {"fixed": [0]}, "models.sweep.weights.fixed[1] is 0", "Remove: fixed."),
    change("models.free.weights", {"fixed": [0.5, 0.5], **prior("dirichlet", alpha=1)}, "Remove: prior."),
    change("models.free.weights", prior("dirichlet", alpha=0), "models.free.weights.prior.alpha is 0"),
    change("models.free.weights", prior("dirichlet", alpha=[1, 0]), "alpha: [1, 1]"),
    change("models.free.weights", prior("dirichlet", alpha=[1, 1, 1]), "3 values", "alpha: [1, 1]"),
    change("models.free.weights", prior("beta", alpha=1), "models.free.weights.prior.dist is beta"),
]

SIMULATIONS = [
    change(TOY, NORMAL, "either counts, or n together with theta", "counts: [50, 50]"),
    change(TOY, NORMAL | {"n": 10}, "either counts, or n", "Remove: n.", "counts: [50, 50]"),
    change(TOY, NORMAL | {"theta": [0.5, 0.5]}, "either counts, or n", "Remove: theta."),
    change(TOY, NORMAL | {"counts": [5, 5], "n": 3, "theta": [0.5, 0.5]}, "Remove: n, theta."),
    change(TOY, NORMAL | {"n": 10, "theta": [0.5, 0.6]}, "sums to 1.1", "theta: [0.4545, 0.5455]"),
    change(TOY, NORMAL | {"n": 10, "theta": [0, 0]}, "sums to 0", "theta: [0.5, 0.5]"),
    change(TOY, NORMAL | {"n": 10, "theta": [-1, 2]}, "simulate.theta[1] is -1", "theta: [0.5, 0.5]"),
    change(TOY, NORMAL | {"n": 10, "theta": []}, "simulate.theta is []", "theta: [0.5, 0.5]"),
    change(TOY, NORMAL | {"n": 2_000_000_000, "theta": [0.5, 0.5]}, "simulate.n is 2000000000", "1000000000"),
    change(TOY, NORMAL | {"n": 10.5, "theta": [0.5, 0.5]}, "simulate.n is 10.5"),
    change(TOY, NORMAL | {"counts": [0, 0]}, "no observations", "counts: [50, 50]"),
    change(TOY, NORMAL | {"counts": []}, "simulate.counts is []", "counts: [50, 50]"),
    change(TOY, NORMAL | {"counts": [1.5, 20]}, "simulate.counts[1] is 1.5", "counts: [1, 20]"),
    change(TOY, NORMAL | {"counts": "many"}, "simulate.counts is many", "counts: [50, 50]"),
    change(f"{TOY}.counts", [5, 5, 5], "2 values", "3 components", "mu: [0, 6, 0]"),
    change(f"{TOY}.parameters", {"mu": 0}, "sigma is missing", "Add: sigma: 1"),
    change(f"{TOY}.parameters", {"mu": 0, "sigma": 0}, "the value 0", "sigma: 1"),
    change(f"{TOY}.parameters", {"mu": "a", "sigma": 1}, "simulate.parameters.mu is a", "mu: 1"),
    change(f"{TOY}.parameters", {"mu": [0, "a"], "sigma": 1}, "simulate.parameters.mu", "mu: [0, 1]"),
    change(f"{TOY}.parameters", {}, "simulate.parameters is {}", "{mu: 1, sigma: 1"),
    change(f"{TOY}.parameters", {"mu": 0, "sigma": 1, "zz": 1}, "simulate.parameters.zz", "Remove it"),
    change(f"{TOY}.trials", 20, "the normal family has no trials", "Remove it"),
    change(f"{TOY}.structure", "VVV", "structure is given", "Remove it"),
    change("datasets.cured", {"simulate": shares(trials=None)}, "needs the number of trials", "trials: 20"),
    change("datasets.cured", {"simulate": shares(parameters={})}, "parameters is {}", "p: 0.5"),
    change("datasets.cured", {"simulate": shares(parameters={"p": [0.5, 1]})}, "the value 1", "p: 0.5"),
    change("datasets.cured", {"simulate": shares(trials=0)}, "simulate.trials is 0"),
    change("datasets.toy", {"simulate": 3}, "datasets.toy.simulate is 3", follow=False),
]

ANALYSES = [
    change("analyses", [], "analyses is []", "dataset: toy"),
    change("analyses.0", "toy", "analyses[1] is toy", "must be a mapping", follow=False),
    change("analyses.0.dataset", "tyo", "'tyo' is not under datasets", "Write: toy"),
    change("analyses.0.dataset", "zzzzz", "'zzzzz' is not under datasets", "Use one of these", follow=False),
    change("analyses.0.dataset", 3, "analyses[1].dataset is 3", "dataset: toy"),
    change("analyses.0.models", ["fre"], "'fre' is not under models", "Write: free"),
    change("analyses.0.models", "free", "analyses[1].models is free", "a list"),
    change("analyses.0.models", [], "analyses[1].models is []", "models: [free]"),
    change("analyses.0.models", ["free", "free"], "none is repeated", "models: [free]"),
    change("analyses.0.models", ["free", 3], "analyses[1].models[2] is 3", "models: [free]"),
    change("analyses.1", {"dataset": "toy", "models": ["free"]}, "as analyses[1] does already", follow=False),
    change("analyses.0.models", ["planes"], "needs two columns or more", follow=False),
    change("analyses.0.models", ["shares"], "needs the number of trials", follow=False),
]

TEXTS = [
    change("title", "a \ud800 b", "title has U+D800, half of a character", "Write: title: a  b"),
    change("title", "a\0b", "title has a NUL character", "Write: title: ab"),
    change("datasets.real.response", "y\udcff", "datasets.real.response has U+DCFF", "response: y"),
    change("datasets.rows.response", ["a", "b\0", "c"], "datasets.rows.response[2] has a NUL", follow=False),
]

CHANGES = [
    *TYPES, *KEYS, *NAMES, *FILES, *COLUMNS, *MODELS, *PARAMETERS, *WEIGHTS, *SIMULATIONS, *ANALYSES, *TEXTS,
]  # fmt: skip
