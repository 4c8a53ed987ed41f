"""The workflow on a real Slurm, by its shipped profile: results, draws, grouping, and what it survives."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from cluster import Cluster
from faults import SENTENCE, environment
from projects import CONFIG, Project, new_project

from helpers import ROOT
from stanmix.stan import chains

pytestmark = pytest.mark.slurm

# What the shipped profile leaves to the cluster's users: this one has no accounting, and small nodes.
HERE = [
    *("--slurm-status-command", "squeue", "--default-resources", "slurm_partition=main"),
    *("--cores", "2", "--jobs", "6", "--resources", "mem_mb=3800", "--latency-wait", "5"),
    *("--slurm-init-seconds-before-status-checks", "2"),
]
LIMIT = 3600.0
"""Seconds after which what does not happen is taken for stuck, on any machine."""


def on_slurm(project: Project, *arguments: str) -> list[str]:
    return project.command("--profile", str(ROOT / "profiles" / "slurm"), *HERE, *arguments)


def run(slurm: Cluster, project: Project, *arguments: str) -> str:
    """Run a project on the cluster to its end; both outputs."""
    done = subprocess.run(
        on_slurm(project, *arguments),
        env=os.environ | slurm.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def start(slurm: Cluster, project: Project, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | slurm.environment
    with (project.folder / "run.log").open("ab") as log:
        return subprocess.Popen(on_slurm(project, *arguments), env=environment, stdout=log, stderr=log)


def wait_for(condition, what: str) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in an hour"
        time.sleep(0.2)


def unfinished(slurm: Cluster, before: set[str]) -> list[dict[str, str]]:
    """Jobs submitted since then that wait or run."""
    return [job for job in slurm.jobs() if job["id"] not in before and job["state"] in ("PENDING", "RUNNING")]


def ids(slurm: Cluster) -> set[str]:
    return {job["id"] for job in slurm.jobs()}


SWEEP = {
    "models": {
        name: {
            "family": "normal",
            "components": [1, 2, 3, 4, 5, 6],
            "parameters": {"sigma": {"shared": shared}},
        }
        for name, shared in (("shared", True), ("free", False))
    },
    "analyses": [{"dataset": name, "models": ["shared", "free"]} for name in ("toy", "lakes")],
}


def sweep(folder: Path) -> Project:
    """24 fits."""
    return new_project(folder, ROOT, yaml.safe_dump(yaml.safe_load(CONFIG) | SWEEP))


def locally(folder: Path, make: Callable[[Path], Project]) -> Project:
    """A project after its chains were run on this machine."""
    project = make(folder)
    done = project.snakemake("--cores", "2", "fits")
    assert done.returncode == 0, done.stdout
    return project


def test_the_shipped_analysis_runs_with_the_draws_of_a_laptop(slurm, tmp_path):
    project = Project(tmp_path / "shipped", ROOT)
    project.folder.mkdir()
    for name in ("config.yaml", "resources"):
        (project.folder / name).symlink_to(ROOT / name)
    before = ids(slurm)
    run(slurm, project, "--slurm-keep-successful-logs")
    facts = json.loads((project.results / "report.json").read_text("utf-8"))
    assert len(facts["fits"]) == 9
    mine = [job for job in slurm.jobs() if job["id"] not in before]
    assert Counter(job["state"] for job in mine) == Counter(COMPLETED=len(mine))
    # Two programs, two data sets, three bundles of fits, two comparisons and their figures, the report.
    assert len(mine) <= 12
    # In a cluster job Snakemake starts, and once more for all that the job was given, not for each fit.
    logs = (project.folder / ".snakemake" / "slurm_logs").rglob("*.log")
    assert [log.read_text("utf-8").count("Building DAG of jobs...") for log in logs] == [2] * len(mine)
    assert not project.dry_run().rules
    local = Project(tmp_path / "local", ROOT)
    local.folder.mkdir()
    for name in ("config.yaml", "resources"):
        (local.folder / name).symlink_to(ROOT / name)
    target = "results/galaxies/sweep/k3/chains/chain_2.parquet"
    assert local.snakemake("--cores", "2", target).returncode == 0
    assert chains.read(local.folder / target).equals(chains.read(project.folder / target))


def test_a_sweep_survives_a_lost_node_and_a_killed_main_process(slurm, tmp_path):
    """24 fits, with the draws of an undisturbed run on this machine in the end."""
    expected = locally(tmp_path / "local", sweep).draws()
    assert len(expected) == 48
    project, before = sweep(tmp_path / "project"), ids(slurm)
    process = start(slurm, project, "fits")
    try:
        wait_for(lambda: project.draws(), "the first chain")
        node = next(job["node"] for job in slurm.jobs() if job["state"] == "RUNNING")
        slurm.lose(node)
        lost = [job for job in slurm.jobs() if job["id"] not in before and job["state"] == "NODE_FAIL"]
        assert lost
        slurm.restore(node)
        # The profile's retries submit what was lost.
        known = ids(slurm)
        wait_for(lambda: ids(slurm) - known, "the retry")
        early = project.draws().keys()  # some of the lost bundle, all of which its retry repeats
        wait_for(lambda: len(project.draws().keys() - early) >= 8, "more chains")
        wait_for(lambda: any(job["state"] == "RUNNING" for job in unfinished(slurm, before)), "its start")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = {job["id"] for job in unfinished(slurm, before)}
    assert left
    contents = {name: (project.results / name).read_bytes() for name in project.draws().keys() - early}
    assert contents
    output = run(slurm, project, "fits")
    assert "of the run that was killed" in output
    states = {job["id"]: job["state"] for job in slurm.jobs()}
    ends = {states[job] for job in left}
    # Some failed when Snakemake noticed first, or ended before they could be cancelled.
    assert ends <= {"CANCELLED", "FAILED", "COMPLETED"}
    assert ends != {"COMPLETED"}
    assert project.draws() == expected
    # A file says when its chain was sampled and how long that took. Its own time is set again by Snakemake.
    repeated = [name for name, chain in contents.items() if (project.results / name).read_bytes() != chain]
    assert repeated == []


def test_chains_of_a_cancelled_bundle_are_kept(slurm, tmp_path):
    project, before = sweep(tmp_path / "project"), ids(slurm)
    process = start(slurm, project, "fits")
    try:
        wait_for(lambda: len(project.draws()) >= 4, "the first chains")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    left, finished = [job["id"] for job in unfinished(slurm, before)], project.draws()
    assert left
    subprocess.run(["scancel", *left], env=os.environ | slurm.environment, check=True)

    def states() -> set[str]:
        return {job["state"] for job in slurm.jobs() if job["id"] in left}

    wait_for(lambda: states() <= {"CANCELLED", "FAILED", "COMPLETED"}, "the end of the cancelled jobs")
    assert "CANCELLED" in states()
    assert finished.items() <= project.draws().items()


@pytest.mark.slow  # takes three minutes
def test_a_failed_bundle_leaves_its_finished_chains_and_none_of_an_earlier_configuration(slurm, tmp_path):
    sizes = {"family": "normal", "components": [1, 2, 3, 4]}
    config = yaml.safe_load(CONFIG) | {"models": {"free": sizes}}
    config["analyses"] = [{"dataset": "toy", "models": ["free"]}]
    project = new_project(tmp_path / "project", ROOT, yaml.safe_dump(config))

    def fail_after_a_chain_of(draws: int) -> set[str]:
        """Lose the node of the only bundle, without a retry; the chains that it had finished."""

        def finished() -> set[str]:
            return {name for name, chain in project.draws().items() if len(chain["lp__"]) == draws}

        process = start(slurm, project, "fits", "--retries", "0")
        try:
            wait_for(finished, "the first chain")
            there = finished()
            node = next(job["node"] for job in slurm.jobs() if job["state"] == "RUNNING")
            slurm.lose(node)
            assert process.wait(LIMIT) == 1
        finally:
            process.kill()
            process.wait()
        slurm.restore(node)
        assert len(there) < 8
        return there

    few = config["sampling"]["draws"]
    assert fail_after_a_chain_of(few) <= project.draws().keys()
    run(slurm, project, "fits")
    assert len(project.draws()) == 8
    config["sampling"]["draws"] = 2 * few
    (project.folder / "config.yaml").write_text(yaml.safe_dump(config))
    fail_after_a_chain_of(2 * few)
    run(slurm, project, "fits")
    assert [len(chain["lp__"]) for chain in project.draws().values()] == [2 * few] * 8


@pytest.mark.slow  # waits for the limit, which Slurm has in whole minutes
def test_a_chain_past_its_time_limit_is_repeated_with_more_and_no_other(slurm, tmp_path):
    config = yaml.safe_load(CONFIG)
    large = {"family": "normal", "n": 200_000, "theta": [0.4, 0.6], "parameters": {"mu": [0, 6], "sigma": 1}}
    config["datasets"]["toy"] = {"simulate": large}
    config["analyses"] = [{"dataset": "toy", "models": ["free"]}]
    config["sampling"]["draws"] = 20_000
    project = new_project(tmp_path / "project", ROOT, yaml.safe_dump(config))
    before = ids(slurm)
    process = start(slurm, project, "fits")
    try:
        wait_for(
            lambda: list(project.results.glob("toy/free/k2/chains/.chain_1.*.scratch")), "a chain's start"
        )
        chain = next(job["id"] for job in unfinished(slurm, before) if job["state"] == "RUNNING")
        slurm.run("scontrol", "update", f"jobid={chain}", "timelimit=1")
        assert process.wait(LIMIT) == 0
    finally:
        process.kill()
        process.wait()
    states = Counter(job["state"] for job in slurm.jobs() if job["id"] not in before)
    assert states["TIMEOUT"] == 1
    assert set(states) == {"TIMEOUT", "COMPLETED"}
    assert len(project.draws()) == 2


@pytest.mark.slow  # two whole runs of the cluster
def test_a_fit_that_fails_in_a_bundle_leaves_the_others_and_the_report(slurm, tmp_path):
    config = yaml.safe_load(CONFIG)
    config["analyses"] = [{"dataset": "toy", "models": ["shared", "free"]}]
    project = new_project(tmp_path / "project", ROOT, yaml.safe_dump(config))
    fault = environment(tmp_path / "fault", ("initialise", "toy/free/k2", "refused"))
    done = subprocess.run(
        on_slurm(project, "--retries", "0"),
        env=os.environ | slurm.environment | fault,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 1
    assert "without results of toy/free/k2 (failed at initialise)" in done.stdout.splitlines()[-1]
    facts = json.loads((project.results / "report.json").read_text("utf-8"))
    assert [fit["model"] for fit in facts["fits"]] == ["shared"]
    assert [failure["sentence"] for failure in facts["failures"]] == [SENTENCE]
    run(slurm, project)
    facts = json.loads((project.results / "report.json").read_text("utf-8"))
    assert [fit["model"] for fit in facts["fits"]] == ["shared", "free"]
    assert facts["failures"] == []
