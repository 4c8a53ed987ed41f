"""What follows a run that was killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest

from stanmix.errors import StanmixError
from stanmix.run import recovery

CLAIM = """
import sys, time
from stanmix.run.recovery import begin, claim
before = claim("run")
"""
HOLD = f"""{CLAIM}
begin("local", before, "run")
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
DIE = f"""{CLAIM}
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(recovery, "_held", {})
    monkeypatch.setenv(recovery.VARIABLE, "")
    yield
    for file in recovery._held.values():
        file.close()


@contextmanager
def holding(**variables):
    """Another process that holds the folder, and the process that it started."""
    environment = os.environ | variables
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True, env=environment
    )
    child = int(process.stdout.readline())
    yield process, child
    process.kill()
    process.wait()
    process.stdout.close()
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


@pytest.fixture
def holder():
    with holding() as found:
        yield found


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def locks(folder):
    (folder / "locks").mkdir(parents=True)
    for kind in ("input", "output"):
        (folder / "locks" / f"0.{kind}.lock").write_text("results/report.html\n")


def test_the_lock_of_a_living_run_is_left_alone(holder, tmp_path):
    locks(tmp_path / "run")
    assert recovery.claim("run") == {}
    assert len(list((tmp_path / "run" / "locks").iterdir())) == 2


def test_after_a_killed_run_its_processes_end_and_its_lock_is_gone(holder, tmp_path):
    process, child = holder
    locks(tmp_path / "run")
    process.kill()
    process.wait()
    assert is_running(child)
    before = recovery.claim("run")
    assert (before["pid"], before["executor"], before["host"]) == (process.pid, "local", socket.gethostname())
    assert list((tmp_path / "run" / "locks").iterdir()) == []
    while is_running(child):
        time.sleep(0.05)


def test_a_run_that_ends_because_its_command_was_killed_is_waited_for(tmp_path, monkeypatch, capsys):
    # Its parent is not the process that it was started by.
    with holding(**{recovery.COMMAND: str(os.getppid())}) as (process, child):
        locks(tmp_path / "run")
        waited = []

        def sleep(seconds):
            waited.append(seconds)
            if len(waited) == 3:
                process.kill()
                process.wait()

        with monkeypatch.context() as patch:
            patch.setattr(time, "sleep", sleep)
            assert recovery.claim("run")["pid"] == process.pid
        assert len(waited) >= 3
        assert list((tmp_path / "run" / "locks").iterdir()) == []
        while is_running(child):
            time.sleep(0.05)
    words = f"The command that ran here was killed. Waiting until its Snakemake (process {process.pid}) has"
    assert capsys.readouterr().err.startswith(words)


def test_a_run_whose_command_lives_is_left_alone(tmp_path):
    with holding(**{recovery.COMMAND: str(os.getpid())}) as (process, child):
        locks(tmp_path / "run")
        assert recovery.claim("run") == {}
        assert len(list((tmp_path / "run" / "locks").iterdir())) == 2
        assert is_running(child)
        assert process.poll() is None


def test_a_run_killed_before_it_began_leaves_no_lock_and_forgets_no_job(tmp_path):
    # Snakemake takes its lock after the claim and before the run begins.
    owner = {"host": socket.gethostname(), "pid": 1, "run": "x", "executor": "slurm"}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / recovery.OWNER).write_text(json.dumps(owner))
    process = subprocess.run([sys.executable, "-c", DIE], check=False)
    assert process.returncode == -signal.SIGKILL
    locks(tmp_path / "run")
    before = recovery.claim("run")
    assert before["executor"] == "slurm"
    assert before["run"] != "x"
    assert list((tmp_path / "run" / "locks").iterdir()) == []


@pytest.mark.parametrize("executor", ["slurm", None])
def test_what_was_noted_stays_where_no_run_began(tmp_path, executor):
    owner = {"host": socket.gethostname(), "pid": 1, "run": "x", "executor": executor} if executor else {}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / recovery.OWNER).write_text(json.dumps(owner))
    subprocess.run([sys.executable, "-c", CLAIM], check=True)
    assert json.loads((tmp_path / "run" / recovery.OWNER).read_text()) == owner


def test_after_a_run_that_ended_by_itself_nothing_is_cleared(tmp_path):
    recovery.begin("local", recovery.claim("run"), "run")
    assert json.loads((tmp_path / "run" / recovery.OWNER).read_text())["pid"] == os.getpid()
    recovery.end("run")
    recovery._held.popitem()[1].close()
    locks(tmp_path / "run")
    assert recovery.claim("run") == {}
    assert len(list((tmp_path / "run" / "locks").iterdir())) == 2


def test_a_lock_of_another_machine_is_left_to_its_user(tmp_path):
    locks(tmp_path / "run")
    owner = {"host": "elsewhere", "pid": 1, "run": "x", "executor": "local"}
    (tmp_path / "run" / recovery.OWNER).write_text(json.dumps(owner))
    assert recovery.claim("run") == {}
    assert len(list((tmp_path / "run" / "locks").iterdir())) == 2


def test_a_half_written_owner_file_says_nothing(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / recovery.OWNER).write_text('{"host": "')
    assert recovery.claim("run") == {}


def test_who_is_in_the_way_is_told_with_the_remedy(holder, tmp_path):
    process, _ = holder
    said = recovery.in_the_way("run")
    assert said.startswith(f"Another run is at work in this folder (process {process.pid}). Wait until")
    assert "unlock" not in said
    assert recovery.in_the_way("nothing").endswith("If none runs, type: snakemake --unlock")
    owner = {"host": "elsewhere", "pid": 7, "run": "x", "executor": "local"}
    (tmp_path / "run" / recovery.OWNER).write_text(json.dumps(owner))
    assert recovery.in_the_way("run").startswith("A run on elsewhere (process 7) is at work")


ID = "0a1b2c3d-0a1b-0a1b-0a1b-0123456789ab"


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """A Slurm whose squeue lists what a file says, and whose scancel takes jobs from it."""
    (tmp_path / "bin").mkdir()
    listed = tmp_path / "jobs.txt"
    programs = {
        "squeue": f"#!/bin/sh\ncat {listed}\n",
        "scancel": f'#!/bin/sh\nfor job in "$@"; do sed -i "/^$job|/d" {listed}; done\n',
    }
    for name, text in programs.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    return listed


def test_cluster_jobs_of_a_killed_run_in_this_folder_are_cancelled_and_no_others(queue, tmp_path):
    others = [f"3|{ID}|/somewhere/else", f"4|backup|{tmp_path}"]
    queue.write_text("\n".join([f"1|{ID}|{tmp_path}", *others, f"2|mine_{ID}|{tmp_path}"]) + "\n")
    recovery.cancel_jobs(tmp_path)
    assert queue.read_text().splitlines() == others


def test_a_cluster_that_does_not_answer_is_not_taken_for_an_idle_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StanmixError, match="squeue cannot say whether its jobs still run"):
        recovery.cancel_jobs(tmp_path)


def test_cluster_jobs_that_do_not_end_are_named(queue, tmp_path, monkeypatch):
    queue.write_text(f"17|{ID}|{tmp_path}\n")
    (tmp_path / "bin" / "scancel").write_text("#!/bin/sh\n")
    monkeypatch.setattr(recovery, "PATIENCE", 0)
    with pytest.raises(StanmixError, match=r"do not end: 17\. Wait until squeue"):
        recovery.cancel_jobs(tmp_path)
