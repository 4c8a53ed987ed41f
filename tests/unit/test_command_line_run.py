"""`stanmix run`: what is made of Snakemake's events and of CmdStan's files, and what Snakemake is asked."""

import importlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from snakemake_interface_logger_plugins.common import LogEvent

from stanmix.commandline import events, launch
from stanmix.commandline.chains import Chain, stored_divergences
from stanmix.commandline.progress import Lines, Live, Run, failure, in_clock
from stanmix.errors import StanmixError
from stanmix.paths import PROFILES, SNAKEFILE
from stanmix.run import recovery

CHAIN = "results/toy/free/k2/chains/chain_1.parquet"
LOG = "logs/toy/free/k2/sample_1.log"


def started(number=1, rule="sample"):
    return {
        "event": "job_info",
        "id": number,
        "rule": rule,
        "message": f"Do {rule}",
        "log": [LOG],
        "output": [CHAIN],
        "wildcards": {"dataset": "toy", "model": "free", "components": "2", "chain": "1"},
    }


def finished(number=1):
    return {"event": "job_finished", "id": number}


def message(text, level="ERROR"):
    return {"event": "message", "level": level, "text": text}


def write(path, text, mode="w"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def chain(tmp_path):
    return Chain(tmp_path / LOG, tmp_path / CHAIN, since=0)


def test_a_chain_is_as_far_as_its_last_line_of_progress_says(tmp_path, chain):
    chain.update()
    assert (chain.iteration, chain.iterations, chain.phase) == (0, 0, "")
    line = "chain 1: Iteration: {:4} / 1500 [ 10%]  ({})\n"
    write(tmp_path / LOG, line.format(1, "Warmup") + line.format(150, "Warmup") + "chain 1: \n")
    chain.update()
    assert (chain.iteration, chain.iterations, chain.phase) == (150, 1500, "Warmup")
    write(tmp_path / LOG, "x" * 10_000 + "\n" + line.format(900, "Sampling"), "a")
    chain.update()
    assert (chain.iteration, chain.phase) == (900, "Sampling")


def test_divergent_draws_are_counted_while_they_are_written(tmp_path, chain):
    csv = tmp_path / "results/toy/free/k2/chains/.chain_1.77.scratch/normal-1.csv"
    write(csv, "# model = normal\nlp__,divergent__,mu\n# Adaptation terminated\n-1.5,0,2\n-1.5,1,2\n-1.5,")
    chain.update()
    assert chain.divergences == 1
    write(csv, "1,3\n-1,1,3\n-1,0,3\n", "a")
    chain.update()
    assert chain.divergences == 3
    csv.unlink()
    chain.update()
    assert chain.divergences == 3


def test_files_of_a_job_before_are_not_read(tmp_path):
    write(tmp_path / LOG, "Iteration: 900 / 1000 [ 90%]  (Sampling)\n")
    os.utime(tmp_path / LOG, (1000, 1000))
    chain = Chain(tmp_path / LOG, tmp_path / CHAIN, since=2000)
    chain.update()
    assert chain.iteration == 0


def test_divergences_of_a_finished_chain_are_those_that_are_stored(tmp_path):
    run = Run(tmp_path)
    run.take(started())
    (tmp_path / CHAIN).parent.mkdir(parents=True)
    pq.write_table(pa.table({"divergent__": [0.0, 1.0, 1.0]}), tmp_path / CHAIN)
    assert stored_divergences(tmp_path / CHAIN) == 2
    run.take(finished())
    assert run.divergences == 2
    assert stored_divergences(tmp_path / "none.parquet") is None


def test_a_run_counts_jobs_and_parts_of_chains(tmp_path):
    run = Run(tmp_path)
    assert (run.share, run.summary()) == (0.0, "looking what is to be done")
    run.take({"event": "run_info", "stats": {"sample": 3, "total": 4}})
    run.take(started(1))
    run.take(started(2, "label"))
    run.take(finished(2))
    assert (run.done, run.summary()) == (1, "1 of 4 jobs")
    write(tmp_path / LOG, "Iteration: 500 / 1000 [ 50%]  (Sampling)\n")
    run.update()
    assert run.share == pytest.approx(1.5 / 4)
    run.take({"event": "progress", "done": 2, "total": 5})  # Snakemake may find more jobs
    assert run.summary() == "2 of 5 jobs"


def test_a_failure_is_the_sentence_in_the_log_and_is_said_once(tmp_path):
    run = Run(tmp_path)
    run.take(started())
    write(tmp_path / LOG, "Iteration\nError: Chain 1 did not finish: it is stuck.\n")
    event = {"event": "job_error", "id": 1, "rule": "sample", "log": [LOG]}
    sentence = "Error in sample: Chain 1 did not finish: it is stuck."
    assert run.take(event) == [sentence]
    assert run.jobs == {}
    assert run.fail(sentence) == []  # from the job itself
    assert run.take(message("RuleException:\nCalledProcessError in file x, line 3")) == []
    assert run.errors == [sentence]


def test_a_job_that_ended_without_a_sentence_is_told_with_its_log(tmp_path):
    event = {"event": "job_error", "id": 1, "rule": "sample", "log": [LOG]}
    assert failure(event, tmp_path).endswith(f"perhaps it was killed. See {LOG}, or run again.")
    write(tmp_path / LOG, "Traceback (most recent call last):\n  File\nKeyError: 'x'\n")
    assert failure(event, tmp_path) == "Error in sample: KeyError: 'x'"


def test_what_jobs_say_when_the_user_stops_a_run_is_no_error(tmp_path):
    run = Run(tmp_path)
    run.stopped = True
    assert run.take({"event": "job_error", "id": 1, "rule": "sample", "log": []}) == []
    assert run.errors == []


def test_of_snakemake_s_messages_errors_are_shown_without_their_frames(tmp_path):
    run = Run(tmp_path)
    frame = 'File "common.smk", line 28'
    text = f"WorkflowError in {frame}:\nIt is so.\n  {frame}, in <module>\nIt is so."
    assert run.take(message(text)) == ["It is so."]
    assert run.take(message("Building DAG of jobs...", "INFO")) == []
    assert run.take(message("Careful.", "WARNING")) == ["Careful."]
    assert not run.nothing_to_do
    run.take(message("Nothing to be done (all requested files are present and up to date).", "INFO"))
    assert run.nothing_to_do


def test_instead_of_snakemake_s_advice_to_unlock_the_other_run_is_named(tmp_path):
    (tmp_path / ".snakemake").mkdir()
    owner = {"host": socket.gethostname(), "pid": 7, "run": "x", "executor": "local"}
    (tmp_path / ".snakemake" / recovery.OWNER).write_text(json.dumps(owner), "utf-8")
    text = "LockException:\nError: Directory cannot be locked. It can be removed with the --unlock argument."
    (said,) = Run(tmp_path).take(message(text))
    assert said.startswith("Another run is at work in this folder (process 7). Wait until it has ended")


WITHOUT_COMMAND = """
import signal, subprocess, sys, time
from stanmix.commandline import events
events.GRACE = {grace}
{before}
events.end_with_command()
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read(); import time; time.sleep(600)"])
print(child.pid, flush=True)
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("still able to speak", flush=True)
    sys.exit(3)
"""


@pytest.mark.parametrize(
    ("before", "grace", "code"),
    [
        # A shell may have started the tests in its background, where it has SIGINT ignored.
        ("signal.signal(signal.SIGINT, signal.default_int_handler)", 600, 3),
        ("signal.signal(signal.SIGINT, signal.SIG_IGN)", 0.1, -signal.SIGKILL),
    ],
    ids=["at once", "that does not end"],
)
def test_snakemake_ends_when_the_pipe_of_its_command_does_and_its_jobs_with_it(before, grace, code):
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_COMMAND.format(before=before, grace=grace)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    child = psutil.Process(int(process.stdout.readline()))
    assert process.poll() is None
    process.stdout.close()  # as when the command is killed
    process.stdin.close()
    assert process.wait() == code
    child.wait()


def test_what_snakemake_adds_to_a_failure_is_left_out():
    noise = launch.Noise()
    lines = [
        "Error in ingest: no.",
        "",
        "RuleException:",
        "CalledProcessError in file x",
        "  more",
        "",
        "A table",
    ]
    assert [line for line in lines if noise.passes(line)] == ["Error in ingest: no.", "A table"]


def test_without_a_terminal_there_is_a_line_for_each_job(tmp_path, capsys):
    run = Run(tmp_path)
    shown = Lines(run)
    run.take({"event": "progress", "done": 0, "total": 2})
    run.take(started())
    job = run.jobs[1]
    run.take(finished())
    shown.took(finished(), job)
    assert capsys.readouterr().err == "[1 of 2 jobs] Do sample (0 s)\n"


def test_on_a_terminal_there_are_bars_of_the_run_and_of_its_chains(tmp_path):
    console = Console(force_terminal=True, width=120, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    run = Run(tmp_path)
    with Live(run, console) as shown:
        run.take({"event": "progress", "done": 1, "total": 4})
        for number in range(1, 21):
            run.take(started(number))
        shown.took(started(), None)
        write(tmp_path / LOG, "Iteration: 500 / 1000 [ 50%]  (Warmup)\n")
        run.update()
        shown.refresh()
        shown.say("[A sentence] in brackets")
        console.print(shown._progress.get_renderable())
    page = console.export_text()
    console.file.close()
    assert "1 of 4 jobs, 8 more running" in page
    assert "500 of 1,000, warmup" in page
    assert "[A sentence] in brackets" in page


def test_times_are_written_as_on_a_clock():
    assert [in_clock(seconds) for seconds in (0.4, 59.6, 3725)] == ["0:00:00", "0:01:00", "1:02:05"]


def test_snakemake_gets_targets_and_options_as_they_are(tmp_path):
    config = tmp_path / "other.yaml"
    assert launch.arguments([], tmp_path, None, None, "slurm").count("--cores") == 0
    assert launch.arguments([], tmp_path, None, None, None)[-2:] == ["--cores", "all"]
    words = launch.arguments(["fits", "--until", "label"], tmp_path, config, "2", "slurm")
    assert words == [
        *("--configfile", str(config), "--snakefile", str(SNAKEFILE), "--directory", str(tmp_path)),
        *("--cores", "2", "--profile", str(PROFILES / "slurm"), "fits", "--until", "label"),
    ]
    assert not launch.is_dry(words)
    assert launch.is_dry([*words, "-n"])
    (tmp_path / "config.yaml").write_text("jobs: 2\n", "utf-8")
    assert str(tmp_path) in launch.arguments([], tmp_path, None, "all", str(tmp_path))[-1]


@pytest.mark.parametrize("cores", ["0", "-1", "two", ""])
def test_a_number_of_cores_that_is_none_is_refused(tmp_path, cores):
    with pytest.raises(StanmixError, match="--cores is"):
        launch.arguments([], tmp_path, None, cores, None)


def test_a_profile_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StanmixError, match="one of: default, kubernetes, slurm"):
        launch.arguments([], tmp_path, None, "1", "slrum")


def record(event, text="", level=logging.INFO, **fields):
    found = logging.makeLogRecord({"msg": text, "levelno": level, "levelname": logging.getLevelName(level)})
    found.__dict__.update(fields, event=event)
    return found


def test_events_are_told_in_few_words():
    assert events.facts(record(LogEvent.PROGRESS, done=1, total=3)) == {
        "event": "progress",
        "done": 1,
        "total": 3,
    }
    assert events.facts(record(LogEvent.JOB_FINISHED, job_id=4)) == {"event": "job_finished", "id": 4}
    assert events.facts(record(LogEvent.SHELLCMD, "ls")) is None
    error = events.facts(record(LogEvent.ERROR, "no", logging.ERROR))
    assert error == {"event": "message", "level": "ERROR", "text": "no"}
    assert events.facts(record(None, "hm", logging.WARNING))["level"] == "WARNING"


def test_a_run_ends_with_what_the_fits_came_to(tmp_path, monkeypatch, capsys):
    verdicts = ["converged", "converged up to labels", "components not identified", "several modes"]
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "report.html").write_text("", "utf-8")
    (folder / "report.json").write_text(json.dumps({"fits": [{"verdict": it} for it in verdicts]}), "utf-8")
    run_command = importlib.import_module("stanmix.commandline.run")  # its name is that of its function, too
    monkeypatch.setattr(run_command, "start", lambda *_: 0)
    run_command.run(None, tmp_path)
    said = capsys.readouterr().out.splitlines()
    counted = "Of 4 fits 2 passed every check, 1 has components that are not identified, 1 failed."
    assert said == [counted, f"The report: {folder / 'report.html'}"]
    run_command.run(["data"], tmp_path)
    assert capsys.readouterr().out == ""
