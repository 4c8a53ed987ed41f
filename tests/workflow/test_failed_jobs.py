"""A report always comes: what failed stands in it as that, and the next run makes exactly what is missing."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from faults import SENTENCE, environment
from projects import Project

AFTER_LABELS = ["diagnose", "quantify", "partition", "draw_fit"]
LAST = ["compare", "draw_dataset", "report", "all"]
JUDGED = ["diagnostics.json", "summary.csv"]
QUANTIFIED = ["assignments.*", "predictive.nc", "loo*"]
PARTITIONED = ["partition.*", "similarity.nc", "imputations.parquet"]
KEPT = ["chains/kept.json", "chains/more"]
LABELLED = ["posterior.nc", *JUDGED, *QUANTIFIED, *PARTITIONED, "figures/*"]

STAGES = {
    "initialise": (
        ["*.*", "chains/*", "figures/*"],
        ["search", "sample", "sample", "prior", "escalate", "label", *AFTER_LABELS],
    ),
    "search": (
        ["modes.json", "chains/*_[0-9].*", *KEPT, *LABELLED],
        ["sample", "sample", "escalate", "label", *AFTER_LABELS],
    ),
    "sample": (["chains/chain_2.parquet", *KEPT, *LABELLED], ["escalate", "label", *AFTER_LABELS]),
    "escalate": ([*KEPT, *LABELLED], ["label", *AFTER_LABELS]),
    "prior": (["prior.nc", "figures/*"], ["draw_fit"]),
    "label": (LABELLED, AFTER_LABELS),
    "diagnose": ([*JUDGED, "figures/*"], ["draw_fit"]),
    "quantify": ([*QUANTIFIED, "figures/*"], ["draw_fit"]),
    "partition": (PARTITIONED, []),
    "draw_fit": (["figures/*"], []),
}
"""Of each stage of a fit its files and those that are made of them, and the jobs that follow it."""
WHAT = {
    "refused": SENTENCE,
    "unexpected": "KeyError: 'mu'",
    "killed": "The job ended without saying why.",
}
KINDS = {"refused": "refused", "unexpected": "unexpected", "killed": "ended"}
FIT = "toy/free/k2"


@pytest.fixture
def project(tiny_run: Project, tmp_path: Path) -> Project:
    """The finished project, to break."""
    return Project(shutil.copytree(tiny_run.folder, tmp_path / "project"), tiny_run.workflow)


def remove(project: Project, fit: str, patterns: list[str]) -> None:
    """Remove files of a fit, and the report, without which nobody would miss them."""
    (project.results / "report.html").unlink(missing_ok=True)
    found = [file for pattern in patterns for file in (project.results / fit).glob(pattern)]
    assert found
    for file in found:
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)


def last_line(said: str) -> str:
    return said.strip().splitlines()[-1]


def report_of(project: Project) -> tuple[dict, str]:
    """The facts of the report, and its page in words."""
    facts = json.loads((project.results / "report.json").read_text("utf-8"))
    page = (project.results / "report.html").read_text("utf-8")
    return facts, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.replace("&#39;", "'")))


def names(facts: list[dict]) -> list[str]:
    return [f"{fit['dataset']}/{fit['model']}/k{fit['components']}" for fit in facts]


LONG = pytest.mark.long  # one or two runs each
ALSO = pytest.mark.slow  # as the others, at another stage


@pytest.mark.parametrize(
    ("stage", "how"),
    [
        pytest.param("initialise", "refused", marks=LONG),
        pytest.param("search", "unexpected", marks=ALSO),
        ("sample", "killed"),
        pytest.param("escalate", "killed", marks=ALSO),
        pytest.param("prior", "unexpected", marks=ALSO),
        pytest.param("label", "unexpected", marks=ALSO),
        pytest.param("diagnose", "killed", marks=ALSO),
        pytest.param("quantify", "refused", marks=LONG),
        pytest.param("partition", "unexpected", marks=ALSO),
        pytest.param("draw_fit", "killed", marks=ALSO),
    ],
)
def test_a_fit_that_fails_at_any_stage_stands_in_the_report_with_its_reason(project, tmp_path, stage, how):
    files, following = STAGES[stage]
    remove(project, FIT, files)
    log = f"logs/{FIT}/{stage}{'_2' if stage == 'sample' else ''}.log"
    result = project.snakemake("--cores", "1", **environment(tmp_path / "fault", (stage, log, how)))
    assert result.returncode == 1
    assert last_line(result.stdout) == (
        f"The report was written all the same, without results of {FIT} (failed at {stage}): "
        f"{project.results}/report.html"
    )

    facts, page = report_of(project)
    (failure,) = facts["failures"]
    assert names([failure]) == [FIT]
    assert (failure["scope"], failure["stage"], failure["log"]) == ("fit", stage, log)
    assert (failure["kind"], failure["sentence"]) == (KINDS[how], WHAT[how])
    assert (project.folder / log).is_file()
    assert names(facts["fits"]) == ["toy/shared/k2", "lakes/free/k2"]
    assert page.index(f"Of 3 fits 1 failed at {stage}: ") < page.index("All fits")
    for words in (WHAT[how], failure["job"], log, failure["remedy"], "1 of 2 fits without results"):
        assert words in page

    comparison = pd.read_csv(project.results / "toy" / "comparison.csv").set_index("model")
    assert comparison.loc["free", "left_out"] == f"it failed at {stage}: {WHAT[how]}"
    assert comparison.loc["shared", "left_out"] != comparison.loc["free", "left_out"]
    assert comparison["elpd"].notna().to_dict() == {"shared": True, "free": False}
    assert f"free, K = 2 is left out of the ranking: it failed at {stage}: {WHAT[how].rstrip('.')}" in page

    assert project.dry_run().rules == Counter([stage, *following, *LAST])
    if stage in ("partition", "draw_fit"):  # the others would take minutes, and end in the same way
        result = project.snakemake("--cores", "1")
        assert result.returncode == 0, result.stdout
        facts, page = report_of(project)
        assert facts["failures"] == []
        assert len(facts["fits"]) == 3
        assert "fits without results" not in page
        assert "failed at" not in page
        assert not project.dry_run().rules


@LONG
def test_the_same_failure_again_leaves_the_report_as_it_is(project, tmp_path):
    remove(project, FIT, [*QUANTIFIED, "figures/*"])
    fault = environment(tmp_path / "fault", ("quantify", FIT, "refused"))
    assert project.snakemake("--cores", "1", **fault).returncode == 1
    before = (project.results / "report.html").stat().st_mtime_ns
    result = project.snakemake("--cores", "1", **fault)
    assert result.returncode == 1
    assert last_line(result.stdout).startswith(
        "The report was written all the same, without results of toy/free"
    )
    assert (project.results / "report.html").stat().st_mtime_ns == before


@LONG
def test_a_data_set_that_cannot_be_read_takes_only_its_own_fits(project):
    with project.changed(project.folder / "acidity.csv", "2.928524", "many"):
        result = project.snakemake("--cores", "1")
    assert result.returncode == 1
    assert "without results of lakes/free/k2 (failed at ingest)" in last_line(result.stdout)
    facts, page = report_of(project)
    (failure,) = facts["failures"]
    assert (failure["scope"], failure["kind"], failure["log"]) == (
        "dataset",
        "refused",
        "logs/lakes/ingest.log",
    )
    assert failure["sentence"].startswith("acidity.csv, column y has 1 values that are not numbers")
    assert [dataset["name"] for dataset in facts["datasets"]] == ["toy"]
    assert failure["sentence"] in page
    assert "lakes, with its only fit" in page
    assert project.dry_run().rules.keys() >= {"ingest", "sample", "report"}


@LONG
def test_where_no_fit_has_results_there_is_a_report_of_that(project, tmp_path):
    for file in (project.results / "programs").glob("normal_quantities*"):
        file.unlink()
    fault = environment(tmp_path / "fault", ("compile_program", "normal_quantities", "unexpected"))
    for fit in ("toy/shared/k2", FIT, "lakes/free/k2"):
        remove(project, fit, [*QUANTIFIED, "prior.nc", "figures/*"])
    result = project.snakemake("--cores", "1", **fault)
    assert result.returncode == 1
    facts, page = report_of(project)
    assert facts["fits"] == []
    assert {failure["stage"] for failure in facts["failures"]} == {"compile_program"}
    assert {failure["log"] for failure in facts["failures"]} == {
        "logs/programs/normal_quantities/compile_program.log"
    }
    assert "Of 3 fits 3 failed at compile_program: KeyError: 'mu'." in page
    assert [dataset["name"] for dataset in facts["datasets"]] == ["toy", "lakes"]


@LONG
def test_what_fails_after_the_fits_is_left_out_by_a_third_pass(project, tmp_path):
    """The comparison of toy fails only in the second pass, since a fit of it fails in the first."""
    remove(project, FIT, PARTITIONED)
    faults = [("partition", FIT, "refused"), ("compare", "toy", "unexpected")]
    result = project.snakemake("--cores", "1", **environment(tmp_path / "fault", *faults))
    assert result.returncode == 1
    assert last_line(result.stdout) == (
        "The report was written all the same, without results of toy/free/k2 (failed at partition) and "
        f"toy/shared/k2 (failed at compare): {project.results}/report.html"
    )
    facts, _ = report_of(project)
    assert names(facts["failures"]) == [FIT, "toy/shared/k2"]
    assert names(facts["fits"]) == ["lakes/free/k2"]


def test_a_report_that_fails_itself_is_said_to_be_missing(project, tmp_path):
    (project.results / "report.html").unlink()
    result = project.snakemake(
        "--cores", "1", **environment(tmp_path / "fault", ("report", "report", "killed"))
    )
    assert result.returncode == 1
    assert last_line(result.stdout) == (
        "No report could be written: what failed belongs to no fit and to no data set."
    )


@LONG
def test_a_gate_stops_its_fits_and_not_the_report(project):
    verdicts = {
        fit: json.loads((project.results / fit / "diagnostics.json").read_text("utf-8"))["verdict"]
        for fit in ("toy/shared/k2", FIT, "lakes/free/k2")
    }
    stopped = [fit for fit, verdict in verdicts.items() if not verdict.startswith("converged")]
    assert stopped
    with project.configured(diagnostics={"gate": "fail"}):
        result = project.snakemake("--cores", "1")
    assert result.returncode == 1
    facts, page = report_of(project)
    assert sorted(names(facts["failures"])) == sorted(stopped)
    for failure in facts["failures"]:
        assert failure["stage"] == "diagnose"
        assert "diagnostics.gate is fail" in failure["sentence"]
    assert "diagnostics.gate is fail" in page


@LONG
def test_a_run_that_does_not_keep_going_says_what_it_did_not_reach(project, tmp_path):
    for fit in (FIT, "toy/shared/k2"):
        remove(project, fit, PARTITIONED)
    # One of the two is first; the other one is not begun.
    faults = [("partition", fit, "refused") for fit in (FIT, "toy/shared/k2")]
    result = project.snakemake(
        "--cores", "1", "--workflow-profile", "none", **environment(tmp_path / "fault", *faults)
    )
    assert result.returncode == 1
    facts, page = report_of(project)
    assert sorted(failure["kind"] for failure in facts["failures"]) == ["refused", "unreached"]
    assert names(facts["fits"]) == ["lakes/free/k2"]
    assert "1 was not reached at partition" in page


@pytest.mark.parametrize("target", ["fits", f"results/{FIT}/partition.json"])
def test_no_report_is_made_where_none_was_wanted(project, tmp_path, target):
    remove(project, FIT, [*PARTITIONED, "posterior.nc"])
    page = project.results / "report.html"
    result = project.snakemake(
        "--cores", "1", target, **environment(tmp_path / "fault", ("label", FIT, "refused"))
    )
    assert result.returncode == 1
    assert SENTENCE in result.stdout
    assert "report" not in last_line(result.stdout)
    assert not page.exists()


def test_the_command_says_last_that_there_is_a_report_all_the_same(project, tmp_path):
    remove(project, FIT, PARTITIONED)
    fault = environment(tmp_path / "fault", ("partition", FIT, "killed"))
    package = str(project.workflow / "workflow")
    result = subprocess.run(
        [sys.executable, "-m", "stanmix", "run", "--directory", project.folder.name, "--cores", "1"],
        cwd=project.folder.parent,
        env={
            **fault,
            "PYTHONPATH": f"{package}:{fault['PYTHONPATH']}",
            "PATH": "/usr/bin:/bin",
            "HOME": str(Path.home()),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    *_, count, last = result.stderr.strip().splitlines()
    assert count == "1 job failed; what is finished stays. Mend that, and type the same command to go on."
    assert last == (
        "The report was written all the same, without results of toy/free/k2 (failed at partition): "
        "project/results/report.html"
    )
    assert "Traceback" not in result.stderr
    assert names(report_of(project)[0]["failures"]) == [FIT]
    assert not list(project.folder.glob(".snakemake/locks/*"))


@LONG
def test_ctrl_c_after_a_failure_is_followed_by_no_second_pass(project, tmp_path):
    remove(project, FIT, PARTITIONED)
    remove(project, "lakes/free/k2", PARTITIONED)
    logs = [project.folder / "logs" / fit / "partition.log" for fit in (FIT, "lakes/free/k2")]
    for log in logs:  # those of the finished run
        log.unlink()
    fault = environment(
        tmp_path / "fault", ("partition", FIT, "refused"), ("partition", "lakes/free/k2", "waiting")
    )
    process = subprocess.Popen(
        project.command("--cores", "2"),
        env=os.environ | fault,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while not all(log.is_file() for log in logs) or SENTENCE not in logs[0].read_text("utf-8"):
        assert process.poll() is None
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate()
    assert process.returncode != 0
    assert SENTENCE in said
    assert "report" not in last_line(said)
    assert "Some jobs failed" not in said
    assert not (project.results / "report.html").exists()
    assert not list(project.folder.glob(".snakemake/locks/*"))


@LONG
def test_predictions_that_fail_take_their_fit_and_no_other(project, tmp_path):
    (project.folder / "new.csv").write_text("y\n1\n", "utf-8")
    analyses = [
        {"dataset": "toy", "models": ["shared", "free"], "predict": "new.csv"},
        {"dataset": "lakes", "models": ["free"]},
    ]
    fault = environment(tmp_path / "fault", ("predict_new", FIT, "refused"))
    with project.configured(analyses=analyses):
        result = project.snakemake("--cores", "1", **fault)
        assert result.returncode == 1
        facts, _ = report_of(project)
        assert [failure["stage"] for failure in facts["failures"]] == ["predict_new"]
        assert names(facts["fits"]) == ["toy/shared/k2", "lakes/free/k2"]
        assert project.dry_run().rules == Counter(["predict_new", *LAST])
