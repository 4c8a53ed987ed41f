"""A run that was killed goes on with the same command, and ends with the draws of an undisturbed one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest
from projects import Project, new_project

from helpers import ROOT
from stanmix.run.recovery import COMMAND, VARIABLE


def processes_in(project: Project) -> list[psutil.Process]:
    """The processes that a run in the project's folder started, and the Snakemake of a command."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = {VARIABLE, COMMAND} & set(process.environ())
            if ours and process.cwd() == str(project.folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


def snakemake(project: Project, *words: str) -> list[str]:
    return project.command(*words)


def stanmix(project: Project, *words: str) -> list[str]:
    return [sys.executable, "-m", "stanmix", "run", "--directory", str(project.folder), *words]


Command = Callable[..., list[str]]


def start(command: list[str], **settings: int) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
    return subprocess.Popen(command, env=environment, text=True, **settings)


def run(command: list[str]) -> tuple[int, str]:
    """Run a command to its end; its code, and what it says."""
    process = start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = process.communicate()
    return process.returncode, said


def wait_for_chains(project: Project, process: subprocess.Popen[str], finished: int = 0) -> None:
    """Wait until some chains are finished and one is at work."""
    while len(project.draws()) < finished or not list(project.results.glob("*/*/k*/chains/.*.scratch")):
        assert process.poll() is None
        time.sleep(0.02)


LONG = pytest.mark.long  # two runs each


@pytest.mark.parametrize(
    ("command", "finished"),
    [
        pytest.param(snakemake, 0, marks=LONG),
        (snakemake, 2),
        pytest.param(stanmix, 0, marks=LONG),
        pytest.param(stanmix, 2, marks=LONG),
    ],
    ids=["snakemake-0", "snakemake-2", "stanmix run-0", "stanmix run-2"],
)
def test_a_run_whose_main_process_was_killed_goes_on(tiny_run, tmp_path, command: Command, finished: int):
    project = new_project(tmp_path / "killed", ROOT)
    with project.configured(analyses=[{"dataset": "toy", "models": ["shared", "free"]}]):
        killed_and_run_again(project, command, finished)
        undisturbed = {file: draws for file, draws in tiny_run.draws().items() if file.startswith("toy/")}
        assert project.draws() == undisturbed
        assert not list(project.results.rglob("*.scratch"))
        assert not list(project.results.rglob("*.partial*"))
        assert processes_in(project) == []
        assert not project.dry_run("fits").rules


def killed_and_run_again(project: Project, command: Command, finished: int) -> None:
    """Kill a run after some chains, and let the same command end it."""
    process = start(command(project, "--cores", "2", "fits"))
    wait_for_chains(project, process, finished)
    process.kill()
    process.wait()
    before = {file: file.stat().st_mtime_ns for file in project.results.glob("*/*/k*/chains/chain_*.parquet")}
    code, said = run(command(project, "--cores", "2", "fits"))
    assert code == 0, said
    # What `stanmix run` started ends with it, often before the next one looks.
    assert command is stanmix or "Cleared a lock of the run that was killed" in said
    assert "locked" not in said
    # Two jobs may have run at that moment; one that wrote its output may not have been noted as finished.
    repeated = [file for file, time_before in before.items() if file.stat().st_mtime_ns != time_before]
    assert len(repeated) <= 2


def test_a_run_ends_with_its_command_that_was_killed(tmp_path):
    project = new_project(tmp_path / "killed", ROOT)
    with project.configured(sampling={"draws": 1_000_000}):
        process = start(stanmix(project, "--cores", "1", "fits"))
        wait_for_chains(project, process)
        (inner,) = psutil.Process(process.pid).children()
        assert set(processes_in(project)) >= {inner}
        process.kill()
        process.wait()
        while processes_in(project):
            time.sleep(0.1)
        # It ended as after Ctrl-C: nothing is left for the next run to clear up.
        assert not list(project.folder.glob(".snakemake/locks/*"))
        assert project.draws() == {}
        assert not list(project.results.rglob("*.scratch"))


@pytest.mark.parametrize(
    ("command", "words"),
    [(snakemake, "cannot be locked"), (stanmix, "Another run is at work in this folder (process ")],
    ids=["snakemake", "stanmix run"],
)
def test_a_second_run_in_the_same_folder_is_refused_while_the_first_lives(
    tmp_path, command: Command, words: str
):
    project = new_project(tmp_path / "busy", ROOT)
    with project.configured(sampling={"draws": 1_000_000}):
        process = start(command(project, "--cores", "1", "fits"))
        try:
            wait_for_chains(project, process)
            code, said = run(command(project, "--cores", "1", "fits"))
            assert code == 1
            assert words in said
            assert ("unlock" in said) == (command is snakemake)
            assert process.poll() is None
        finally:
            for child in [*psutil.Process(process.pid).children(recursive=True), process]:
                child.kill()
            process.wait()
