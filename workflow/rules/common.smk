"""The configuration, the names that wildcards may take, and helpers of the rules."""

import re
import time

from snakemake.exceptions import WorkflowError

from stanmix.config import Fit, is_remote, load, unreadable_files
from stanmix.errors import ConfigError
from stanmix.run import imports, internals
from stanmix.run.environment import expose_package
from stanmix.run.failures import told
from stanmix.run.recovery import claim, end
from stanmix.seeds import derive

expose_package()

FAILURES = told(config)  # of earlier passes; see failures.smk
try:
    CONFIG = load(config).without(FAILURES)
except ConfigError as error:
    raise WorkflowError(f"The configuration needs a correction.\n{error}") from None

IS_MODULE = internals.is_module(workflow)
if not IS_MODULE and unreadable_files(CONFIG):  # a module's may be made by other rules
    raise WorkflowError("\n".join(unreadable_files(CONFIG)))

BEFORE = claim() if internals.is_main_process(workflow) and not IS_MODULE else {}
STARTED = time.monotonic()
SAMPLING = CONFIG.effective["sampling"]
ESCALATE = CONFIG.effective["escalate"]
CHAINS = range(1, SAMPLING["chains"] + 1)
FIT = "<results>/{dataset}/{model}/k{components}"


def code_of(rule_name):
    """The package's files that a rule's script uses. They are beside the workflow, wherever results are."""
    return local(imports.code_of(rule_name))


def one_of(names):
    """A wildcard constraint: exactly these names; without names it matches nothing."""
    return "|".join(re.escape(name) for name in names) or "(?!)"


wildcard_constraints:
    dataset=one_of(CONFIG.datasets),
    model=one_of(CONFIG.models),
    components=r"\d+",
    chain=r"\d+",
    program=one_of(
        [p + suffix for p in CONFIG.programs for suffix in ("", "_quantities")]
    ),


def fits(pattern, dataset=None):
    """A path for every fit (of one data set, if it is named)."""
    return [pattern.format(**vars(f)) for f in CONFIG.fits(dataset)]


def fit_of(wildcards):
    """The fit that a job belongs to."""
    return Fit(wildcards.dataset, wildcards.model, int(wildcards.components))


def program_of(suffix=""):
    """An input function: manifest and executable of the Stan program of a fit's model.

    The manifest changes when the executable does. The executable's own date is ignored,
    so that copying it again reruns nothing.
    """

    def files(wildcards):
        if internals.is_cluster_job(workflow):  # which runs no hooks
            internals.start_without_limit(workflow)
        stem = f"<results>/programs/{CONFIG.program(wildcards.model, wildcards.dataset)}{suffix}"
        return {
            f"manifest{suffix}": f"{stem}.json",
            f"executable{suffix}": ancient(stem),
        }

    return files


def each_chain(path):
    """A path for each chain of a fit up to the configured number."""
    return [path.replace("{chain}", str(chain)) for chain in CHAINS]


def first_chains():
    """The chains of a fit up to the configured number, which other jobs wait for."""
    return each_chain(f"{FIT}/chains/chain_{{chain}}.parquet")


def exported():
    """The Stan CSV files of all chains, if the configuration keeps them."""
    paths = each_chain(f"{FIT}/chains/chain_{{chain}}.csv")
    return (
        [file for path in paths for file in fits(path)] if SAMPLING["keep_csv"] else []
    )


def predictions():
    """The predictions of all fits whose analyses name new data."""
    return [f"{FIT}/predictions.csv".format(**vars(f)) for f in CONFIG.predicted]


def seed_of(stage):
    """A params function: the seed of a stage of a fit."""
    return lambda wildcards: derive(
        SAMPLING["seed"],
        wildcards.dataset,
        wildcards.model,
        wildcards.components,
        stage,
    )


def stored(file):
    """A file that the configuration names: a URL, for Snakemake's storage plugins, or not below a module's prefix."""
    return storage(file) if is_remote(file) else local(file) if IS_MODULE else file


def data_file(wildcards):
    """An input function: the file of a data set."""
    return stored(CONFIG.datasets[wildcards.dataset]["file"])


def new_file(wildcards):
    """An input function: the file of new data that a fit predicts."""
    file = CONFIG.predicted.get(fit_of(wildcards))
    if file is None:
        raise WorkflowError("Its analysis names no new data. Add: predict: new.csv")
    return stored(file)


def truth_of(wildcards):
    """An input function: the truth of a simulated data set; nothing for real data."""
    dataset = wildcards.dataset
    return f"<results>/{dataset}/truth.json" if dataset in CONFIG.simulated else []
