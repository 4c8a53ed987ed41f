"""The configuration, the names that wildcards may take, and helpers of the rules."""

import os
import re
import sys
import time

sys.path.insert(0, os.path.join(workflow.basedir, "workflow"))

from snakemake.exceptions import WorkflowError

from stanmix.config import load, unreadable_files
from stanmix.environment import expose_package
from stanmix.errors import ConfigError
from stanmix.imports import code_of
from stanmix.seeds import derive

expose_package()

try:
    CONFIG = load(config)
except ConfigError as error:
    raise WorkflowError(f"The configuration needs a correction.\n{error}") from None

if unreadable_files(CONFIG):
    raise WorkflowError("\n".join(unreadable_files(CONFIG)))

STARTED = time.monotonic()
SAMPLING = CONFIG.effective["sampling"]
CHAINS = range(1, SAMPLING["chains"] + 1)
FIT = "<results>/{dataset}/{model}/k{components}"
SCRATCH = (
    ".snakemake/scratch"  # jobs' temporary files: on the shared disk, never in /tmp
)


def one_of(names):
    """A wildcard constraint: exactly these names; nothing where there are none."""
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
    return [
        pattern.format(dataset=f.dataset, model=f.model, components=f.components)
        for f in CONFIG.fits(dataset)
    ]


def program_of(suffix=""):
    """An input function: manifest and executable of the Stan program of a fit's model.

    A fit depends on the manifest, which changes when the executable's content does; the
    executable itself counts as old, so that copying it again reruns nothing.
    """

    def files(wildcards):
        stem = f"<results>/programs/{CONFIG.program(wildcards.model)}{suffix}"
        return {
            f"manifest{suffix}": f"{stem}.json",
            f"executable{suffix}": ancient(stem),
        }

    return files


def seed_of(stage):
    """A params function: the seed of a stage of a fit."""
    return lambda wildcards: derive(
        SAMPLING["seed"],
        wildcards.dataset,
        wildcards.model,
        wildcards.components,
        stage,
    )


def truth_of(dataset):
    """The truth of a simulated data set; nothing for real data."""
    return f"<results>/{dataset}/truth.json" if dataset in CONFIG.simulated else []


def mebibytes(first):
    """A resources function: memory that grows with every attempt."""
    return lambda wildcards, attempt: first * attempt


def elapsed(start):
    """The time since then, in words."""
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
