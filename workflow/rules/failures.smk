"""If jobs failed: a second pass leaves out all that depends on them, and writes the report of the rest.

The hooks in the Snakefile call this, in the main process only. A module of another workflow has no hooks.
"""

from stanmix.run import failures, internals


def note_the_start():
    """Note when the first job may begin, by the clock of the file system, and when a user stops the run."""
    global BEGAN
    BEGAN = failures.watch()


def end_with_failures():
    """Start a second pass if a report is wanted and jobs failed, unless the user stopped the run."""
    graph, failed = internals.graph(workflow), internals.failed(workflow)
    wanted = any(job.rule.name == "report" for job in graph.jobs)
    if failures.is_stopped() or not (wanted and failed and failures.is_command()):
        end()
        return
    found = failures.lost(CONFIG, graph, failed, BEGAN)
    failures.pass_again_at_end(FAILURES, found, placed("<results>/report.html"), end)
