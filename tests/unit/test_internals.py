"""What the project uses of Snakemake beyond its documented parts is there, and stands in one module."""

import ast
import importlib
import inspect
import re
import uuid
from dataclasses import fields, is_dataclass
from pathlib import Path
from subprocess import CalledProcessError
from types import SimpleNamespace

import pytest
import snakemake
from packaging.version import Version
from snakemake import cli, common, exceptions
from snakemake.persistence.file import FilePersistence
from snakemake.settings.types import ExecutionSettings, GroupSettings, MaxJobsPerTimespan, SchedulingSettings

from helpers import ROOT
from stanmix.paths import PACKAGE
from stanmix.run import internals
from stanmix.run.internals import USES

SNAKEFILES = [ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]
CHANGED = ("targets", "config", "keep_going", "force", "forceall", "forcerun")
"""Options that differ in the second pass."""
DOCUMENTED = {
    "snakemake.exceptions",
    "snakemake.utils",
    "snakemake_interface_logger_plugins.base",
    "snakemake_interface_logger_plugins.common",
}
"""Modules for workflows and for plugins, from which anything may be imported."""


def is_there(part: str) -> bool:
    """Tell whether the installed Snakemake has a part, named as `module:class.attribute`.

    An attribute is defined in a class or one of its bases, or a method gives it to the object.
    """
    module, _, names = part.partition(":")
    try:
        found = importlib.import_module(module)
        *outer, last = names.split(".")
        for name in outer:
            found = getattr(found, name)
    except (ImportError, AttributeError):
        return False
    if hasattr(found, last):
        return True
    if not inspect.isclass(found):
        return False
    if is_dataclass(found) and last in {field.name for field in fields(found)}:
        return True
    sources = [inspect.getsource(base) for base in found.__mro__ if base.__module__.startswith("snakemake")]
    return any(re.search(rf"\bself\.{last}\b(: [^=\n]+)? = ", source) for source in sources)


def test_the_installed_version_is_one_that_the_module_was_tested_with():
    first, end = map(Version, internals.TESTED)
    installed = Version(snakemake.__version__)
    assert first <= installed < end, (
        f"Snakemake {installed} is installed, but run/internals.py was tested with {first} to before {end}. "
        "Run all tests, on Slurm too. If they pass, widen TESTED there; the tests below say what is gone."
    )


@pytest.mark.parametrize(("user", "part"), [(user, part) for user, parts in USES.items() for part in parts])
def test_snakemake_has_what_a_function_uses(user, part):
    assert is_there(part), (
        f"Snakemake {snakemake.__version__} has no {part}, which {user} of run/internals.py uses. "
        "Find what has taken its place, or do without."
    )


@pytest.mark.parametrize(
    "part",
    [
        "snakemake.workflow:Workflow.dagg",
        "snakemake.workflow:Worklow.dag",
        "snakemake.workflows:Workflow.dag",
        "snakemake.scheduling.job_scheduler:JobScheduler.lost",
        "snakemake.cli:parse_arguments",
    ],
)
def test_a_part_that_is_not_there_is_noticed(part):
    assert not is_there(part)


def test_every_function_names_what_it_uses():
    tree = ast.parse((PACKAGE / "run" / "internals.py").read_text("utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert defined - {"uses"} == set(USES) - {"configuration.smk"}


# --------------------------------------------------------------------------------- nothing else uses any


@pytest.mark.parametrize("file", SNAKEFILES, ids=lambda file: file.name)
def test_rules_leave_the_object_workflow_to_the_module(file):
    used = set(re.findall(r"\bworkflow\.(\w+)", file.read_text("utf-8")))
    # The package is found by it.
    assert used - {"rst"} == ({"current_basedir"} if file.name == "configuration.smk" else set())


def imported(file: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_the_package_imports_only_documented_modules_of_snakemake():
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "workflow" / "scripts").glob("*.py")]
    of_snakemake = {
        (file.name, name) for file in files for name in imported(file) if name.startswith("snakemake")
    }
    others = {name for name, module in of_snakemake if module not in DOCUMENTED}
    assert others == {"internals.py"}


# --------------------------------------------------------------------------------- what else must hold


def test_the_limit_that_is_dropped_is_snakemake_s_default():
    _, options = cli.parse_args(["--cores", "1"])
    limit = options.max_jobs_per_timespan
    assert (limit.max_jobs, limit.timespan) == internals.LIMIT


def test_only_the_default_limit_is_dropped_also_from_a_scheduler_that_has_it():
    for limit, is_dropped in (("100/1s", True), ("5/1s", False)):
        settings = SchedulingSettings(max_jobs_per_timespan=MaxJobsPerTimespan.parse_choice(limit))
        scheduler = SimpleNamespace(job_rate_limiter="one")
        internals.start_without_limit(SimpleNamespace(scheduling_settings=settings, scheduler=scheduler))
        assert (settings.max_jobs_per_timespan is None) == is_dropped
        assert (scheduler.job_rate_limiter is None) == is_dropped


@pytest.mark.parametrize("is_cluster_job", [False, True])
def test_outputs_are_kept_and_a_cluster_job_goes_on(is_cluster_job):
    workflow = SimpleNamespace(execution_settings=ExecutionSettings(), remote_exec=is_cluster_job)
    internals.keep_outputs(workflow)
    assert workflow.execution_settings.keep_incomplete
    assert workflow.execution_settings.keep_going == is_cluster_job


def test_all_jobs_of_a_group_are_one():
    workflow = SimpleNamespace(group_settings=GroupSettings(group_components={"other": 2}))
    internals.as_one_group(workflow, "fit")
    assert workflow.group_settings.group_components["fit"] > 10**9


def test_snakemake_s_locks_are_where_they_are_looked_for(tmp_path):
    source = inspect.getsource(FilePersistence)
    assert 'os.path.join(self.path, "locks")' in source
    assert re.search(r"_lockdir, f\"\{\w+\}\.\{\w+\}\.lock\"", source)
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "0.input.lock").touch()
    assert [lock.name for lock in internals.locks(tmp_path)] == ["0.input.lock"]


def test_messages_begin_as_snakemake_writes_them():
    assert common.NOTHING_TO_BE_DONE_MSG.startswith(internals.NOTHING)
    assert exceptions.LockException.__name__ == internals.LOCKED
    assert (f"{exceptions.RuleException.__name__}:", CalledProcessError.__name__) == internals.REPEATED
    assert exceptions.WorkflowError.__name__ in internals.UNTOLD
    sources = "".join(file.read_text("utf-8") for file in Path(snakemake.__file__).parent.rglob("*.py"))
    for text in ("Exiting because", "Complete log", "workflow specific profile"):
        assert text in sources


def test_slurm_jobs_are_named_by_the_identifier_that_is_looked_for():
    plugin = importlib.import_module("snakemake_executor_plugin_slurm")
    assert "self.run_uuid = str(uuid.uuid4())" in inspect.getsource(plugin)
    assert re.fullmatch(internals.RUN_ID, str(uuid.uuid4()))


def test_options_of_the_command_can_be_changed_before_it_runs(monkeypatch):
    given = {}

    def instead(options, parser):
        given.update(targets=options.targets, config=options.config, keep_going=options.keep_going)
        assert parser.prog
        return True

    # Names and order of the parameters are Snakemake's.
    assert list(inspect.signature(cli.args_to_api).parameters) == ["args", "parser"]
    monkeypatch.setattr(cli, "args_to_api", instead)
    seen = []

    def changes(options):
        seen.append((options.directory, options.targets, options.config))
        assert all(
            hasattr(options, name)
            for name in ("targets", "config", "keep_going", "force", "forceall", "forcerun")
        )
        return {"targets": ["report"], "keep_going": True}

    assert internals.run_changed(["--cores", "1", "--config", "a=1", "--", "all", "report"], changes)
    assert given == {"targets": ["report"], "config": ["a=1"], "keep_going": True}
    assert len(seen) == 1
