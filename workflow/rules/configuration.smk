"""Read configurations before Snakemake does, which would run code under some keys."""

import os
import sys

# The package is beside the rules, also where another workflow uses this one as a module (run/internals.py).
sys.path.insert(0, os.path.dirname(str(workflow.current_basedir)))

from snakemake.exceptions import WorkflowError

from stanmix.config import read
from stanmix.errors import ConfigError
from stanmix.run import internals


def refuse_unreadable(files):
    """Refuse configurations that contain code or duplicate keys."""
    for file in files:
        try:
            read(file)
        except ConfigError as error:
            raise WorkflowError(
                f"The configuration needs a correction.\n{error}"
            ) from None


# As a module the workflow is given a configuration by the one that uses it. Files of --configfile were read by
# Snakemake before, which docs/howto/own-data.md says.
NAMED = internals.configurations(workflow)
if NAMED is not None:
    own = [file for file in ("config.yaml",) if os.path.exists(file)]
    refuse_unreadable([*own, *NAMED])
