"""A run that was killed goes on with the same command, and ends with the draws of an undisturbed one."""

import os
import signal
import subprocess
import time

import psutil
import pytest
from projects import Project, new_project

from helpers import ROOT
from stanmix.recovery import VARIABLE


def processes_in(project: Project) -> list[psutil.Process]:
    """The processes that a run in the project's folder started, and itself."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(VARIABLE) and process.cwd() == str(project.folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("finished", [0, 3])
def test_a_run_whose_main_process_was_killed_goes_on(tiny_run, tmp_path, finished):
    project = new_project(tmp_path / "killed", ROOT)
    process = subprocess.Popen(project.command("--cores", "2", "fits"))
    deadline = time.monotonic() + 120
    while len(project.draws()) < finished or not list(project.results.glob("*/*/k*/chains/.*.scratch")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {file: file.stat().st_mtime_ns for file in project.results.glob("*/*/k*/chains/chain_*.parquet")}
    assert len(before) < 6
    result = project.snakemake("--cores", "2", "fits")
    assert result.returncode == 0, result.stdout
    assert "Cleared a lock of the run that was killed" in result.stdout
    # Two jobs may have run at that moment; one that wrote its output may not have been noted as finished.
    repeated = [file for file, time_before in before.items() if file.stat().st_mtime_ns != time_before]
    assert len(repeated) <= 2
    assert project.draws() == tiny_run.draws()
    assert not list(project.results.rglob("*.scratch"))
    assert not list(project.results.rglob("*.partial*"))
    assert processes_in(project) == []
    assert not project.dry_run("fits").rules


def test_a_second_run_in_the_same_folder_is_refused_while_the_first_lives(tmp_path):
    project = new_project(tmp_path / "busy", ROOT)
    with project.configured(sampling={"draws": 1_000_000}):
        process = subprocess.Popen(project.command("--cores", "1", "fits"), env=os.environ)
        try:
            deadline = time.monotonic() + 120
            while not list(project.results.glob("*/*/k*/chains/.*.scratch")):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            second = project.snakemake("--cores", "1", "fits")
            assert second.returncode != 0
            assert "cannot be locked" in second.stdout
            assert process.poll() is None
        finally:
            for child in [*psutil.Process(process.pid).children(recursive=True), process]:
                child.kill()
            process.wait()
