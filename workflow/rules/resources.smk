"""From estimates: the resources that jobs request, which jobs run together, and when a run is refused."""

from stanmix.errors import StanmixError
from stanmix.families import compile_mb
from stanmix.run import internals
from stanmix.run.planning import Planner, in_words
from stanmix.run.recovery import begin

BEYOND_A_PLAN = {
    "pilot",
    "sample",
    "search",
    "escalate",
    "prior",
    "quantify",
    "partition",
    "predict_new",
}


def placed(folder):
    """A folder of results, with the prefix if another workflow uses this one as a module."""
    return internals.placed(workflow, folder)


PLANNER = Planner(CONFIG, placed("<results>"))


def growing(first):
    """A resources function: more with every attempt."""
    return lambda wildcards, attempt: first * attempt


def for_compiling(wildcards, attempt):
    """A resources function: megabytes for the compiler."""
    return attempt * compile_mb(wildcards.program)


def memory(name):
    """A resources function: megabytes for a job's data, more with every attempt."""
    return lambda wildcards, attempt: attempt * PLANNER.memory(
        name, wildcards.get("dataset"), int(wildcards.get("components", 1))
    )


def minutes(name):
    """A resources function: minutes for a job of a fit, more with every attempt."""
    return lambda wildcards, attempt: attempt * PLANNER.minutes(name, fit_of(wildcards))


def refuse_above_limits():
    """Stop before the first job of a run that would go beyond the configured limits; a plan goes on."""
    wanted = {job.rule.name for job in internals.graph(workflow).needrun_jobs()}
    if PLANNER.problems and wanted & BEYOND_A_PLAN:
        raise WorkflowError("\n".join(["The run was not started.", *PLANNER.problems]))


def begin_run():
    """Take over from a run that was killed, and note that this one is at work."""
    try:
        begin(internals.executor(workflow), BEFORE)
    except StanmixError as error:
        raise WorkflowError(str(error)) from None


def keep_what_is_whole():
    """Leave the outputs of cluster jobs that fail or are cancelled, of which Snakemake would remove a whole bundle's.

    None is ever half written, because each is renamed into place when it is whole. But the main process notes this
    run's parameters for all outputs of a bundle: where one is left of a run with others, nothing may be kept.
    Within a cluster job the other fits go on when one fails, too.
    """
    if not internals.is_cluster_job(workflow):
        jobs = internals.graph(workflow).needrun_jobs()
        wanted = [file for job in jobs for file in job.output]
        left = any(internals.is_stored(f) or os.path.lexists(f) for f in wanted)
        if left or not internals.is_on_cluster(workflow):
            return
    internals.keep_outputs(workflow)


def with_its_fit(wildcards):
    """A group function of the jobs up to the draws: one cluster job for each fit with short chains.

    All fits that a cluster job was given are one group there. Set here, since Snakemake sets its own after reading
    the rules.
    """
    if internals.is_cluster_job(workflow):
        internals.as_one_group(workflow, "fit")
        keep_what_is_whole()
    return "fit" if PLANNER.is_short(fit_of(wildcards)) else None


def after_its_draws(wildcards):
    """A group function of the jobs after the draws: with the fit, or one cluster job of their own."""
    return with_its_fit(wildcards) or "results"


def chains_at_a_time(wildcards):
    """A threads function: chains of a long fit run in parallel, and short ones one after the other."""
    chains = 1 if PLANNER.is_short(fit_of(wildcards)) else len(CHAINS)
    return chains * SAMPLING["threads_per_chain"]
