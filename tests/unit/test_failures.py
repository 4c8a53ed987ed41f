"""Which fits a pass lost and why, from Snakemake's graph and the logs, and what the second pass is told."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stanmix.commandline.progress import Run
from stanmix.commandline.second_pass import changes
from stanmix.config import Config, Fit, load
from stanmix.io import write_json
from stanmix.run import failures
from stanmix.run.failures import FILE, KEY, REMEDIES, kept, lost, outcome, said_in, told

CONFIG = {
    "datasets": {
        "toy": {
            "simulate": {
                "family": "normal",
                "n": 60,
                "theta": [0.5, 0.5],
                "parameters": {"mu": [0, 6], "sigma": 1},
            }
        },
        "lakes": {"file": "lakes.csv", "response": "y"},
    },
    "models": {
        "free": {"family": "normal", "components": [1, 2]},
        "tails": {"family": "student_t", "components": 2},
    },
    "analyses": [{"dataset": "toy", "models": ["free"]}, {"dataset": "lakes", "models": ["free", "tails"]}],
}
BEGAN = 1_000_000.0


@dataclass(eq=False)
class Job:
    """As much of Snakemake's jobs as is looked at."""

    name: str
    wildcards_dict: dict[str, str]
    jobid: int
    log: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    message: str | None = None

    @property
    def rule(self) -> Any:
        return SimpleNamespace(name=self.name)

    def is_group(self) -> bool:
        return False


@dataclass(eq=False)
class Group:
    jobs: list[Job]

    def is_group(self) -> bool:
        return True


class Dag:
    """A graph of jobs, which are added with what they wait for."""

    def __init__(self) -> None:
        self.dependencies: dict[Job, dict[Job, set[str]]] = {}
        self.finished: set[Job] = set()

    def add(self, name: str, place: str = "", *above: Job, output: str = "") -> Job:
        parts = dict(zip(("dataset", "model", "components"), filter(None, place.split("/")), strict=False))
        number = len(self.dependencies) + 1
        job = Job(name, parts, number, [f"logs/{place or 'all'}/{name}.log"], [output] if output else [])
        job.message = f"Do {name} of {place}"
        self.dependencies[job] = {own: set() for own in above}
        return job

    def needrun_jobs(self) -> list[Job]:
        return [job for job in self.dependencies if job not in self.finished]


def write_log(job: Job, text: str, seconds: float = 1.0) -> None:
    file = Path(job.log[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    os.utime(file, (BEGAN + seconds, BEGAN + seconds))


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.chdir(tmp_path)
    return load(CONFIG)


def places(found: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    return {
        f"{own['dataset']}/{own['model']}/{own['components']}": (own["stage"], own["kind"]) for own in found
    }


def test_a_fit_is_lost_by_the_job_that_its_own_jobs_wait_for(config: Config) -> None:
    dag = Dag()
    label = dag.add("label", "toy/free/1")
    draw = dag.add("a_rule_of_tomorrow", "toy/free/1", label)
    dag.add("report", "", draw)
    write_log(label, "Error: It is refused. Mend it.\n")
    (found,) = lost(config, dag, [label], BEGAN)
    assert found == {
        "dataset": "toy",
        "model": "free",
        "components": 1,
        "scope": "fit",
        "stage": "label",
        "job": "Do label of toy/free/1",
        "kind": "refused",
        "sentence": "It is refused. Mend it.",
        "log": "logs/toy/free/1/label.log",
        "remedy": REMEDIES["refused"],
    }


def test_a_program_takes_the_fits_that_wait_for_it_and_a_data_set_all_of_its_own(config: Config) -> None:
    dag = Dag()
    program = dag.add("compile_program")
    ingest = dag.add("ingest", "lakes")
    for place, above in (
        ("toy/free/1", [program]),
        ("lakes/free/1", [ingest, program]),
        ("lakes/tails/2", [ingest]),
    ):
        dag.add("initialise", place, *above)
    write_log(program, "Traceback (most recent call last):\n  x\nKeyError: 'mu'\n")
    write_log(ingest, "nothing\n")
    found = lost(config, dag, [program, ingest], BEGAN)
    assert [own["scope"] for own in found] == ["fit", "dataset", "dataset", "dataset"]
    assert places(found) == {
        "toy/free/1": ("compile_program", "unexpected"),
        "lakes/free/1": ("ingest", "ended"),
        "lakes/free/2": ("ingest", "ended"),
        "lakes/tails/2": ("ingest", "ended"),
    }


def test_a_job_of_a_data_set_that_only_waits_loses_nothing_else(config: Config) -> None:
    dag = Dag()
    sample = dag.add("sample", "lakes/tails/2")
    dag.add("compare", "lakes", sample)
    assert places(lost(config, dag, [sample], BEGAN)) == {"lakes/tails/2": ("sample", "ended")}


def test_of_several_failed_jobs_one_that_says_why_is_named(config: Config) -> None:
    dag = Dag()
    chains = [dag.add("sample", "toy/free/1") for _ in range(3)]
    for number, chain in enumerate(chains):
        chain.log = [f"logs/{number}.log"]
    dag.add("label", "toy/free/1", *chains)
    write_log(chains[0], "")
    write_log(chains[2], "Error: Too narrow.\n")
    (found,) = lost(config, dag, chains, BEGAN)
    assert (found["sentence"], found["log"]) == ("Too narrow.", "logs/2.log")


def test_an_old_log_says_nothing_of_this_run(config: Config) -> None:
    dag = Dag()
    label = dag.add("label", "toy/free/1")
    write_log(label, "Error: Of last week.\n", seconds=-1)
    (found,) = lost(config, dag, [label], BEGAN)
    assert found["kind"] == "ended"


def test_what_was_not_reached_is_told_from_what_failed(config: Config) -> None:
    dag = Dag()
    failed, waiting = dag.add("label", "toy/free/1"), dag.add("label", "toy/free/2")
    dag.add("diagnose", "toy/free/2", waiting)
    assert places(lost(config, dag, [failed], BEGAN)) == {
        "toy/free/1": ("label", "ended"),
        "toy/free/2": ("label", "unreached"),
    }


def test_of_a_group_that_fails_what_it_made_in_this_run_counts_as_made(config: Config) -> None:
    dag = Dag()
    made = dag.add("label", "toy/free/1", output="made")
    old = dag.add("label", "toy/free/2", output="old")
    gone = dag.add("label", "lakes/tails/2", output="gone")
    for job, seconds in ((made, 5.0), (old, -5.0)):
        Path(job.output[0]).touch()
        os.utime(job.output[0], (BEGAN + seconds, BEGAN + seconds))
    write_log(gone, "Error: It is refused.\n")
    found = lost(config, dag, [Group([made, old, gone])], BEGAN)
    assert places(found) == {"lakes/tails/2": ("label", "refused")}
    write_log(gone, "It was killed.\n")
    found = lost(config, dag, [Group([made, old, gone])], BEGAN)
    assert places(found) == {"toy/free/2": ("label", "ended"), "lakes/tails/2": ("label", "ended")}


def test_a_fit_that_shared_a_group_with_a_failure_is_made_by_the_next_pass(config: Config) -> None:
    dag = Dag()
    guilty, other = dag.add("initialise", "toy/free/1"), dag.add("initialise", "toy/free/2")
    first, second = dag.add("sample", "toy/free/1", guilty), dag.add("sample", "toy/free/2", other)
    label = dag.add("label", "toy/free/2", second)
    write_log(guilty, "Error: It is refused.\n")
    group = Group([guilty, other, first, second])
    assert places(lost(config, dag, [group], BEGAN)) == {"toy/free/1": ("initialise", "refused")}
    # A failure of its own counts.
    write_log(label, "Error: It is refused.\n")
    dag.dependencies[label] = {}
    assert places(lost(config, dag, [group, label], BEGAN)) == {
        "toy/free/1": ("initialise", "refused"),
        "toy/free/2": ("label", "refused"),
    }


def test_what_an_earlier_pass_left_out_is_not_lost_again(config: Config) -> None:
    dag = Dag()
    first = lost(config, dag, [dag.add("label", "toy/free/1")], BEGAN)
    left = config.without(first)
    assert lost(left, dag, [], BEGAN) == []
    assert Fit("toy", "free", 1) in config.fits()
    assert left.fits() == [fit for fit in config.fits() if fit != Fit("toy", "free", 1)]
    assert left.effective == config.effective


def test_a_configuration_without_a_data_set_has_neither_its_fits_nor_their_programs(config: Config) -> None:
    dag = Dag()
    left = config.without(lost(config, dag, [dag.add("ingest", "lakes")], BEGAN))
    assert list(left.datasets) == ["toy"]
    assert {fit.dataset for fit in left.fits()} == {"toy"}
    assert (config.programs, left.programs) == (["normal", "student_t"], ["normal"])
    assert left.ingested == []


JOB = """
import sys
from types import SimpleNamespace
from stanmix.errors import StanmixError
from stanmix.run.job import job

with job(SimpleNamespace(log=[sys.argv[1]], rule="label")):
    raise {error}
"""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (r"StanmixError('One is wrong.\nMend it.')", ("refused", "One is wrong. Mend it.")),
        ("ValueError('odd')", ("unexpected", "ValueError: odd")),
    ],
)
def test_a_log_says_in_one_line_why_its_job_failed(tmp_path: Path, error: str, said: tuple[str, str]) -> None:
    log = tmp_path / "a.log"
    job = [sys.executable, "-c", JOB.replace("{error}", error), str(log)]
    assert subprocess.run(job, capture_output=True, check=False).returncode == 1
    assert said_in(log) == said


def test_a_log_that_is_not_there_or_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "quiet.log").write_text("iteration 100\n", "utf-8")
    assert said_in(tmp_path / "quiet.log") is None
    assert said_in(tmp_path / "none.log") is None


LOST = {
    "dataset": "toy",
    "model": "free",
    "components": 12,
    "scope": "fit",
    "stage": "sample",
    "kind": "ended",
}


def test_the_second_pass_has_the_first_one_s_targets_without_files_of_what_failed(tmp_path: Path) -> None:
    write_json(tmp_path / FILE, [LOST, LOST | {"dataset": "lakes", "scope": "dataset"}])
    targets = [
        "all",
        "results/toy/free/k12/posterior.nc",
        "results/toy/free/k1/posterior.nc",
        "results/lakes/data.json",
    ]
    found = changes(tmp_path, targets, ["title=x"])
    assert found["targets"] == ["all", "results/toy/free/k1/posterior.nc"]
    assert found["config"] == ["title=x", f"{KEY}={FILE}"]
    assert not any(found[name] for name in ("force", "forceall", "forcerun"))
    assert kept([], [LOST]) == []


def test_the_failures_are_taken_from_the_configuration_before_it_is_checked(tmp_path: Path) -> None:
    write_json(tmp_path / "f.json", [LOST])
    config = {"title": "x", KEY: str(tmp_path / "f.json")}
    assert told(config) == [LOST]
    assert config == {"title": "x"}
    assert told(config) == []


def test_the_last_line_names_what_has_no_results() -> None:
    assert outcome([LOST], "results/report.html") == (
        "The report was written all the same, without results of toy/free/k12 (failed at sample): "
        "results/report.html"
    )
    assert outcome([LOST, LOST | {"kind": "unreached"}], None) == (
        "No report could be written. Without results: toy/free/k12 (failed at sample) and toy/free/k12 "
        "(was not reached at sample)."
    )
    many = outcome([LOST] * 14, "page")
    assert many.endswith("and 4 more: page")
    assert many.count("toy") == 10


def test_the_command_keeps_the_last_line_of_its_snakemake(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.take({"event": "outcome", "text": "The end."}) == []
    assert run.outcome == "The end."


def test_only_snakemake_s_own_command_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    for program, known in (
        ("/bin/snakemake", True),
        ("snakemake", True),
        ("/lib/snakemake/__main__.py", True),
        ("/lib/pytest/__main__.py", False),
        ("script.py", False),
    ):
        monkeypatch.setattr("sys.argv", [program])
        assert failures.is_command() == known
