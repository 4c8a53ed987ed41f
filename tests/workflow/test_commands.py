"""`stanmix run` and `stanmix report` on a real project."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from projects import Project


def command(project: Project, *words: str) -> list[str]:
    return [sys.executable, "-m", "stanmix", words[0], "--directory", str(project.folder), *words[1:]]


def stanmix(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal."""
    environment = os.environ | {"PYTHONPATH": str(project.workflow / "workflow")}
    return subprocess.run(
        command(project, *words), env=environment, capture_output=True, text=True, check=False
    )


def test_a_run_says_which_jobs_are_done_and_then_that_nothing_is_to_do(small):
    result = stanmix(small, "run", "data", "--cores", "2")
    assert result.returncode == 0, result.stderr
    lines = result.stderr.splitlines()
    assert [line.split("(")[0] for line in sorted(lines, key=len)] == [
        "[1 of 3 jobs] Read lakes ",
        "[2 of 3 jobs] Simulate toy ",
    ] or [line.split("(")[0] for line in sorted(lines, key=len)] == [
        "[2 of 3 jobs] Read lakes ",
        "[1 of 3 jobs] Simulate toy ",
    ]
    assert result.stdout.startswith("Finished in ")
    assert (small.results / "lakes" / "data.parquet").is_file()
    result = stanmix(small, "run", "data")
    assert (result.returncode, result.stdout) == (0, "Nothing to do: all of it is up to date.\n")


def test_options_after_two_dashes_go_to_snakemake(small):
    other = small.folder / "other.yaml"
    other.write_text("analyses: [{dataset: lakes, models: [free]}]\n", "utf-8")
    result = stanmix(small, "run", "fits", "--config", str(other), "--", "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "This was a dry-run" in result.stdout
    assert re.search(r"^sample +2$", result.stdout, re.MULTILINE)
    assert not small.results.exists()


def test_a_failed_job_gets_its_sentence_and_the_run_snakemake_s_code(small):
    (small.folder / "acidity.csv").write_text("y\n1\n2\nx\n", "utf-8")
    result = stanmix(small, "run", "data", "--cores", "1")
    assert result.returncode == 1
    failed, end = (line for line in result.stderr.splitlines() if not line.startswith("["))
    assert failed.startswith("Error in ingest: acidity.csv, column y has 1 values that are not numbers")
    assert end == "1 job failed; what is finished stays. Mend that, and type the same command to go on."


def test_a_run_above_a_limit_is_refused_in_a_sentence(small):
    with small.configured(limits={"memory_mb": 100}):
        result = stanmix(small, "run")
    assert result.returncode == 1
    assert result.stderr.startswith("The run was not started.\nlimits.memory_mb is 100")
    assert "Traceback" not in result.stderr
    assert "File" not in result.stderr


def test_ctrl_c_ends_the_jobs_and_the_same_command_goes_on(small):
    with small.configured(sampling={"draws": 1_000_000}):
        process = subprocess.Popen(
            command(small, "run", "results/lakes/free/k2/chains/chain_1.parquet", "--cores", "1"),
            env=os.environ | {"PYTHONPATH": str(small.workflow / "workflow")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As in the background of a shell.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
        log = small.folder / "logs" / "lakes" / "free" / "k2" / "sample_1.log"
        while not (log.is_file() and "(Sampling)" in log.read_text("utf-8")):
            assert process.poll() is None
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode != 0
    assert errors.count("Stopping: running jobs are ended") == 1
    assert "Traceback" not in errors
    assert "failed" not in errors
    assert not list(small.results.rglob("chain_1.parquet"))
    plan = small.dry_run("results/lakes/free/k2/chains/chain_1.parquet")
    assert plan.rules == {"sample": 1}


@pytest.mark.parametrize("words", [["run"], ["report"]])
def test_the_page_of_a_finished_run_is_told(tiny_run, words):
    result = stanmix(tiny_run, *words)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == "Nothing to do: all of it is up to date."
    assert result.stdout.splitlines()[-1].endswith(f"{tiny_run.folder}/results/report.html")
