"""When jobs failed: a second pass that leaves out what they take with them, and writes the report of the rest.

The hooks in the Snakefile call this, in the main process only. A module of another workflow has no hooks.
"""

import atexit
from functools import partial

from stanmix import failures
from stanmix.commandline.events import DESCRIPTOR


def note_the_start():
    """Note when the first job may begin, by the clock of the file system, and when a user stops the run."""
    global BEGAN
    BEGAN = failures.watch()


def report_on_the_others():
    """Start a second pass, if a report is wanted and jobs failed without the user having stopped the run."""
    reports = [job for job in workflow.dag.jobs if job.rule.name == "report"]
    if failures.is_stopped() or not workflow.scheduler.failed or not reports:
        return
    found = failures.lost(CONFIG, workflow.dag, workflow.scheduler.failed, BEGAN)
    written = (
        bool(found)
        and failures.is_command()
        and failures.pass_again(
            [*FAILURES, *found], workflow.workdir_init, os.environ.get(DESCRIPTOR)
        )
    )
    if FAILURES or failures.is_stopped():  # the first pass says how it ended
        return
    everything = read_json(failures.FILE) if found and failures.is_command() else found
    text = failures.outcome(everything, reports[0].output.html if written else None)
    # After what Snakemake itself says at its end.
    atexit.register(failures.say, text, os.environ.get(DESCRIPTOR))
