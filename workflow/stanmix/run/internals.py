"""What the project uses of Snakemake beyond its documented parts, each with the reason.

Nothing else in the project uses such parts (a test holds that). Each function names them by :func:`uses`, and
``tests/unit/test_internals.py`` looks for all of them in the installed Snakemake: where one is gone, the test
says which function of this module breaks. Another test fails for a version outside :data:`TESTED`.

Snakemake is imported where it is used, since every job reads this module.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypeVar

TESTED = ("9.27", "9.28")
"""The versions of Snakemake with which all tests passed: from the first to before the second."""
USES: dict[str, tuple[str, ...]] = {"configuration.smk": ("snakemake.workflow:Workflow.current_basedir",)}
"""The parts of Snakemake that each function of this module uses, as ``module:class.attribute``.

The first lines of ``configuration.smk`` stand outside: they find this package, from the folder of the rules.
Snakemake's documented ``workflow.source_path`` cannot, since it copies a file of its own into a cache.
"""
LIMIT = (100, 1)
"""Snakemake's default for ``--max-jobs-per-timespan``: starts, and seconds."""
REPEATED = ("RuleException:", "CalledProcessError")
"""Beginnings of paragraphs that Snakemake adds to the sentence of a failed job."""
UNTOLD = ("Exiting because", "Complete log", "WorkflowError", 'File "')
"""Beginnings of lines of Snakemake that only repeat others."""
PROFILE_IN_USE = "Using workflow specific profile"
"""Beginning of the line by which Snakemake names its profile."""
NOTHING = "Nothing to be done"
"""Beginning of Snakemake's message when all is up to date."""
LOCKED = "LockException"
"""Beginning of Snakemake's message when another run holds the folder."""
RUN_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""Pattern of the identifier of a run by which Snakemake's plugin names Slurm jobs, after a prefix if one is
set."""

Workflow = Any
"""The object ``workflow`` of a Snakefile."""
Anything = TypeVar("Anything", bound=Callable[..., Any])


def uses(*parts: str) -> Callable[[Anything], Anything]:
    """Note which parts of Snakemake a function or class uses."""

    def noted(function: Anything) -> Anything:
        USES[function.__name__] = parts
        return function

    return noted


# ------------------------------------------------------------------------ jobs and their graph


@uses(
    *(
        f"snakemake.jobs:Job.{name}"
        for name in ("rule", "jobid", "wildcards_dict", "output", "log", "message", "is_group")
    ),
    *(f"snakemake.jobs:GroupJob.{name}" for name in ("jobs", "is_group")),
    "snakemake.rules:Rule.name",
)
class Job(Protocol):
    """A job, or a group of jobs, which only has ``jobs``.

    Hooks get no jobs: https://github.com/snakemake/snakemake/issues/2709 asked for the failed one. Whoever
    looks which fits lack results has to know what they are of.
    """

    rule: Any
    jobid: int
    wildcards_dict: Mapping[str, str]
    output: Sequence[str]
    log: Sequence[str]
    message: str | None
    jobs: Collection[Job]

    def is_group(self) -> bool:
        """Tell whether this is a group of jobs, which Snakemake submits as one."""


@uses("snakemake.dag:DAG.jobs", "snakemake.dag:DAG.needrun_jobs", "snakemake.dag:DAG.dependencies")
class Graph(Protocol):
    """Snakemake's jobs, and for which others each of them waits."""

    jobs: Iterable[Job]
    dependencies: Mapping[Job, Mapping[Job, Any]]

    def needrun_jobs(self) -> Iterable[Job]:
        """Return the jobs that this run has to do, with those that are done by now."""


@uses("snakemake.workflow:Workflow.dag")
def graph(workflow: Workflow) -> Graph:
    """Return the graph of jobs, which hooks are not given (see :class:`Job`)."""
    found: Graph = workflow.dag
    return found


@uses("snakemake.workflow:Workflow.scheduler", "snakemake.scheduling.job_scheduler:JobScheduler.failed")
def failed(workflow: Workflow) -> Collection[Job]:
    """Return the jobs and groups that failed, which the hook `onerror` is not given (see :class:`Job`)."""
    found: Collection[Job] = workflow.scheduler.failed
    return found


# ------------------------------------------------------------------------ which process this is


@uses("snakemake.workflow:Workflow.modifier", "snakemake.modules:WorkflowModifier.is_main_snakefile")
def is_module(workflow: Workflow) -> bool:
    """Tell whether another workflow uses this one as a module, whose hooks do not run.

    Hooks of a module run since https://github.com/snakemake/snakemake/pull/4050 if the other workflow calls
    them. So what belongs to a run of its own (its lock, its second pass) must be left out here.
    """
    return not workflow.modifier.is_main_snakefile()


@uses("snakemake.workflow:Workflow.is_main_process")
def is_main_process(workflow: Workflow) -> bool:
    """Tell whether this process is the run, and not one of its jobs, which read the same rules."""
    found: bool = workflow.is_main_process
    return found


@uses("snakemake.workflow:Workflow.remote_exec")
def is_cluster_job(workflow: Workflow) -> bool:
    """Tell whether this is a cluster job, in which Snakemake runs again and calls no hook."""
    found: bool = workflow.remote_exec
    return found


@uses("snakemake.workflow:Workflow.non_local_exec")
def is_on_cluster(workflow: Workflow) -> bool:
    """Tell whether jobs of this run are sent to a cluster."""
    found: bool = workflow.non_local_exec
    return found


@uses(
    "snakemake.workflow:Workflow.executor_plugin",
    "snakemake_interface_executor_plugins.registry.plugin:Plugin.name",
)
def executor(workflow: Workflow) -> str:
    """Return the name of the executor, by which the next run knows where jobs of a killed one may be."""
    found: str = workflow.executor_plugin.name
    return found


# ------------------------------------------------------------------------ files


@uses(
    "snakemake.workflow:Workflow.modifier",
    "snakemake.workflow:Workflow.overwrite_configfiles",
    "snakemake.modules:WorkflowModifier.skip_configfile",
)
def configurations(workflow: Workflow) -> list[str] | None:
    """List the configurations of the command line; None for a module, which the other workflow gives one.

    They are read before Snakemake does, which runs what a file says under the keys of YTE
    (https://github.com/snakemake/snakemake/pull/2269) and has no switch against it.
    """
    return None if workflow.modifier.skip_configfile else list(workflow.overwrite_configfiles)


@uses(
    "snakemake.workflow:Workflow.modifier",
    "snakemake.workflow:Workflow.pathvars",
    "snakemake.pathvars:Pathvars.apply",
    "snakemake.modules:WorkflowModifier.path_modifier",
    "snakemake.path_modifier:PathModifier.replace_prefix",
)
def placed(workflow: Workflow, path: str) -> str:
    """Return where a file of results is: path variables filled in, and below the prefix of a module.

    Snakemake does this for inputs, outputs and logs only. Plans, the second pass and the report's parameter
    name folders.
    """
    found: str = workflow.modifier.path_modifier.replace_prefix(workflow.pathvars.apply(path))
    return found


@uses("snakemake.persistence.file:FilePersistence._lockdir")
def locks(folder: Path) -> list[Path]:
    """List the locks in Snakemake's folder of a run.

    A killed run leaves its locks, and only ``--unlock`` removes them, as a command of its own
    (https://github.com/snakemake/snakemake/issues/2919).
    """
    return sorted((folder / "locks").glob("*.lock"))


# ------------------------------------------------------------------------ settings of a run


@uses(
    "snakemake.workflow:Workflow.scheduling_settings",
    "snakemake.workflow:Workflow.scheduler",
    "snakemake.settings.types:SchedulingSettings.max_jobs_per_timespan",
    "snakemake.settings.types:MaxJobsPerTimespan.max_jobs",
    "snakemake.settings.types:MaxJobsPerTimespan.timespan",
    "snakemake.scheduling.job_scheduler:JobScheduler.job_rate_limiter",
)
def start_without_limit(workflow: Workflow) -> None:
    """Drop Snakemake's default limit of 100 starts a second (:data:`LIMIT`), which no run reaches.

    This must come before the first job. Under a limit every job that ends makes Snakemake look at all waiting
    jobs once more each second, until the run ends. (https://github.com/snakemake/snakemake/pull/3744 is about
    looks at jobs that a limit makes in vain, too.) The command line can set another limit, but not none. A
    user's own limit stays.
    """
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit and (limit.max_jobs, limit.timespan) == LIMIT:
        workflow.scheduling_settings.max_jobs_per_timespan = None
        if workflow.scheduler is not None:  # which a limit has been told to already
            workflow.scheduler.job_rate_limiter = None


@uses(
    "snakemake.workflow:Workflow.execution_settings",
    "snakemake.settings.types:ExecutionSettings.keep_incomplete",
    "snakemake.settings.types:ExecutionSettings.keep_going",
)
def keep_outputs(workflow: Workflow) -> None:
    """Leave the outputs of jobs that fail, and go on after a failure within a cluster job.

    Snakemake removes the outputs of all jobs of a group when one of them fails
    (https://github.com/snakemake/snakemake-executor-plugin-slurm/issues/110), and passes ``--keep-going`` to
    no group (https://github.com/snakemake/snakemake/issues/2508).
    """
    settings = workflow.execution_settings
    workflow.execution_settings = replace(
        settings, keep_incomplete=True, keep_going=is_cluster_job(workflow) or settings.keep_going
    )


@uses("snakemake.workflow:Workflow.group_settings", "snakemake.settings.types:GroupSettings.group_components")
def as_one_group(workflow: Workflow, group: str) -> None:
    """Make all jobs of a group one group, within the cluster job that was given them.

    There Snakemake starts itself once more for each group, and is not told ``--group-components``.
    """
    workflow.group_settings = replace(workflow.group_settings, group_components={group: sys.maxsize})


@uses("snakemake.io:_IOFile.is_storage")
def is_stored(file: Any) -> bool:
    """Tell whether an output is kept by a storage plugin, so that its path says nothing about it."""
    found: bool = file.is_storage
    return found


# ------------------------------------------------------------------------ Snakemake's own command


@uses("snakemake.cli:main")
def run(words: Sequence[str]) -> None:
    """Run Snakemake in this process, which it ends.

    A logger can be registered by :func:`register_logger` in this process only.
    """
    from snakemake.cli import main

    main(list(words))


@uses("snakemake.cli:parse_args", "snakemake.cli:args_to_api")
def run_changed(words: Sequence[str], changes: Callable[[Any], Mapping[str, Any]]) -> bool:
    """Run Snakemake with some options changed, and tell whether all jobs succeeded.

    Parameters
    ----------
    words
        The arguments of the command line.
    changes
        Given the options as Snakemake understood them, returns those that differ, by their names there.

    Notes
    -----
    The second pass repeats the first one's command. Changing its options after Snakemake has read them spares
    reading the command line here, with profiles and abbreviations.
    """
    from snakemake.cli import args_to_api, parse_args

    parser, options = parse_args(list(words))
    for name, value in changes(options).items():
        setattr(options, name, value)
    return bool(args_to_api(options, parser))


@uses("snakemake_interface_logger_plugins.registry:LoggerPluginRegistry.register_plugin")
def register_logger(name: str, module: ModuleType) -> list[str]:
    """Register a module as a logger plugin, and return the words for Snakemake to use it.

    Snakemake finds logger plugins only as installed packages of a certain name, which this project's package
    does not have.
    """
    from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

    LoggerPluginRegistry().register_plugin(f"snakemake_logger_plugin_{name}", module)
    return ["--logger", name]
