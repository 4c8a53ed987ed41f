"""What a run of the whole workflow leaves, and what it refuses."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

import pandas as pd
import psutil
import pytest
import xarray as xr
from projects import Project, new_project

from helpers import ROOT
from stanmix.stan import chains

FITS = ["toy/shared/k2", "toy/free/k2", "lakes/free/k2"]
FIT_FILES = {
    "model.json",
    "stan.json",
    "posterior.nc",
    "prior.nc",
    "predictive.nc",
    "summary.csv",
    "diagnostics.json",
    "modes.json",
    "chains/init.json",
    "chains/metric.json",
    "chains/kept.json",
    "assignments.csv",
    "assignments.parquet",
    "partition.json",
    "partition.parquet",
    "similarity.nc",
    "imputations.parquet",
    "loo.json",
    "loo_pointwise.parquet",
    *(f"chains/{kind}_{chain}.{suffix}" for kind, suffix in
      [("chain", "parquet"), ("init", "json"), ("metric", "json")] for chain in (1, 2)),
}  # fmt: skip
FIT_FIGURES = {"prior", "prior_predictive", "traces", "marginals", "predictive", "assignments"}
DATASET_FIGURES = {"data", "comparison"}
PROGRAMS = {"normal", "normal_quantities"}


def drawings(names):
    return {f"figures/{name}.{suffix}" for name in names for suffix in ("svg", "png")}


def files_below(folder):
    """Files of a folder, without the date that Snakemake keeps in a folder that is an output."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {file for file in files if not file.endswith(".snakemake_timestamp")}


def test_the_results_are_exactly_the_documented_files(tiny_run):
    expected = {"report.html", "report.json", "config.effective.yaml", "toy/truth.json"}
    expected |= {f"programs/{name}{suffix}" for name in PROGRAMS for suffix in ("", ".json")}
    for dataset in ("toy", "lakes"):
        own = {"data.parquet", "data.json", "comparison.csv"} | drawings(DATASET_FIGURES)
        expected |= {f"{dataset}/{name}" for name in own}
    for fit in FITS:
        expected |= {f"{fit}/{name}" for name in FIT_FILES | drawings(FIT_FIGURES)}
    assert files_below(tiny_run.results) == expected


def test_every_job_has_a_log_and_a_benchmark_of_its_own(tiny_run):
    logs = {name.removesuffix(".log") for name in files_below(tiny_run.folder / "logs")}
    benchmarks = {name.removesuffix(".tsv") for name in files_below(tiny_run.folder / "benchmarks")}
    expected = {"report", "toy/simulate", "lakes/ingest"}
    expected |= {f"programs/{name}/compile_program" for name in PROGRAMS}
    expected |= {f"{dataset}/{rule}" for dataset in ("toy", "lakes") for rule in ("compare", "draw_dataset")}
    stages = ["initialise", "sample_1", "sample_2", "prior", "search", "label", "diagnose", "quantify"]
    stages += ["escalate", "partition", "draw_fit"]
    expected |= {f"{fit}/{stage}" for fit in FITS for stage in stages}
    assert logs == benchmarks == expected


def test_nothing_is_written_to_the_temporary_folder_of_the_system(tiny_run):
    assert list((tiny_run.folder.parent / "tmp").iterdir()) == []
    assert (tiny_run.folder / ".snakemake" / "scratch").is_dir()


def test_the_posterior_opens_as_a_labelled_tree(tiny_run):
    with xr.open_datatree(tiny_run.results / FITS[0] / "posterior.nc") as tree:
        assert dict(tree["posterior"].sizes) == {"chain": 2, "draw": 200, "component": 2}
        assert tree["posterior"]["component"].values.tolist() == [1, 2]
        assert tree["posterior"]["sigma"].dims == ("chain", "draw")
        assert {"lp", "diverging", "tree_depth", "energy"} <= set(tree["sample_stats"])
        assert tree["labels"]["permutation"].dims == ("chain", "draw", "component")
        assert bool((tree["posterior"]["mu"].diff("component") > 0).all())


def test_the_summary_has_a_row_for_every_scalar_parameter_and_its_truth(tiny_run):
    shared = pd.read_csv(tiny_run.results / FITS[0] / "summary.csv", index_col="parameter")
    assert list(shared.index) == ["theta[1]", "theta[2]", "mu[1]", "mu[2]", "sigma"]
    assert shared["truth"].tolist() == [0.4, 0.6, 0, 6, 1]
    assert ((shared["mean"] - shared["truth"]).abs() < 5 * shared["sd"]).all()
    lakes = pd.read_csv(tiny_run.results / FITS[2] / "summary.csv")
    assert lakes["truth"].isna().all()


def test_assignments_recover_the_two_groups(tiny_run):
    table = pd.read_csv(tiny_run.results / FITS[0] / "assignments.csv")
    truth = pd.read_parquet(tiny_run.results / "toy" / "data.parquet")["component"]
    assert (table["component"] == truth).mean() > 0.95
    assert (table["p_1"] + table["p_2"]).round(9).eq(1).all()


def test_tied_observations_are_sampled_as_distinct_values_and_keep_a_row_each(tiny_run):
    y = pd.read_parquet(tiny_run.results / "lakes" / "data.parquet")["y"]
    fit = tiny_run.results / FITS[2]
    sampled = json.loads((fit / "stan.json").read_text("utf-8"))
    assert sampled["N"] == y.nunique() < len(y)
    assert dict(zip(sampled["y"], sampled["count"], strict=True)) == y.value_counts().to_dict()
    assert json.loads((fit / "loo.json").read_text("utf-8"))["n"] == len(y)
    assignments, pointwise = (
        pd.read_csv(fit / "assignments.csv"),
        pd.read_parquet(fit / "loo_pointwise.parquet"),
    )
    for table in (assignments, pointwise):
        assert table["row"].tolist() == list(range(1, len(y) + 1))
        assert (table.drop(columns="row").groupby(y).nunique() == 1).all(axis=None)
    # The upper group is the second component, so that rows in another order would not follow the data.
    assert assignments["p_2"].corr(y) > 0.8
    for file, group in (("predictive.nc", "posterior_predictive"), ("prior.nc", "prior_predictive")):
        with xr.open_dataset(fit / file, group=group) as replicated:
            assert replicated.sizes["row"] == len(y)


def test_new_data_are_predicted_alone_and_as_by_the_command_line(tiny_run, tmp_path):
    project = Project(shutil.copytree(tiny_run.folder, tmp_path / "project"), tiny_run.workflow)
    y = pd.read_parquet(project.results / "lakes" / "data.parquet")["y"]
    new = pd.DataFrame({"name": "lake", "y": [*y, 50.0]})
    new.to_csv(project.folder / "new.csv", index=False)
    analyses = [
        {"dataset": "toy", "models": ["shared", "free"]},
        {"dataset": "lakes", "models": ["free"], "predict": "new.csv"},
    ]
    with project.configured(analyses=analyses):
        assert project.dry_run().rules == Counter(predict_new=1, report=1, all=1)
        result = project.snakemake("--cores", "2", "predict")
        assert result.returncode == 0, result.stdout
        assert not project.dry_run("predict").rules
        assert "names no new data" in project.snakemake("results/toy/free/k2/predictions.csv", "-n").stdout
    made = {file.relative_to(project.results).as_posix() for file in project.results.rglob("predictions.*")}
    assert made == {f"{FITS[2]}/predictions.{suffix}" for suffix in ("csv", "parquet")}
    found = pd.read_parquet(project.results / FITS[2] / "predictions.parquet")
    fitted = pd.read_parquet(project.results / FITS[2] / "assignments.parquet")
    assert found.iloc[:-1][fitted.columns].equals(fitted)
    assert found["outlier"].iloc[-1] == 1
    assert found["outlier"].iloc[:-1].mean() == pytest.approx(0.5, abs=0.1)
    command = [
        sys.executable,
        "-m",
        "stanmix",
        "predict",
        f"results/{FITS[2]}",
        "new.csv",
        "--output",
        "p.parquet",
    ]
    environment = os.environ | {"PYTHONPATH": str(project.workflow / "workflow")}
    result = subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Wrote p.parquet.\n156 rows: ")
    assert pd.read_parquet(project.folder / "p.parquet").equals(found)


def test_bad_new_data_stop_their_predictions(tiny_run, tmp_path):
    project = Project(shutil.copytree(tiny_run.folder, tmp_path / "project"), tiny_run.workflow)
    (project.folder / "new.csv").write_text("ph\n1\n", "utf-8")
    with project.configured(analyses=[{"dataset": "lakes", "models": ["free"], "predict": "new.csv"}]):
        result = project.snakemake("--cores", "1", "predict")
    assert result.returncode != 0
    assert "Error in predict_new: new.csv has no column 'y'" in result.stdout
    assert "Traceback" not in result.stdout


def test_every_verdict_has_its_checks_and_its_reasons(tiny_run):
    for fit in FITS:
        report = json.loads((tiny_run.results / fit / "diagnostics.json").read_text("utf-8"))
        failed = [check for check in report["checks"] if not check["pass"]]
        assert len(report["reasons"]) == len(failed)
        assert (report["verdict"] == "converged") == (not failed)
        assert report["chains"] == 2


def test_a_simulated_data_set_does_not_depend_on_the_other_ones(tiny_run, small):
    with small.configured(analyses=[{"dataset": "toy", "models": ["free"]}]):
        assert small.snakemake("--cores", "1", "data").returncode == 0
    first, second = (p.results / "toy" / "data.parquet" for p in (tiny_run, small))
    assert first.read_bytes() == second.read_bytes()


def draws_of(file):
    """The draws of a chain and its adaptation, without dates and paths."""
    table = chains.read(file)
    head = table.schema.metadata[chains.HEAD].decode().splitlines()
    return table.to_pydict(), [line for line in head if not re.match(r"# .*(=|seconds)", line)]


def test_the_draws_are_the_same_bit_for_bit_on_one_core_and_in_another_folder(tiny_run, small):
    result = small.snakemake("--cores", "1", "fits")
    assert result.returncode == 0, result.stdout
    for fit in FITS:
        for chain in (1, 2):
            name = f"{fit}/chains/chain_{chain}.parquet"
            first, second = (draws_of(project.results / name) for project in (tiny_run, small))
            assert len(first[0]["lp__"]) == 200
            assert first == second
    one, two = (draws_of(tiny_run.results / FITS[0] / f"chains/chain_{chain}.parquet") for chain in (1, 2))
    assert one != two


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("chains: 2", "chain: 2", "sampling.chain is not a known key"),
        ("response: y", "respons: y", "datasets.lakes.respons is not a known key"),
        ("models: [free]", "models: [fre]", "analyses[2].models: 'fre' is not under models"),
        ("acidity.csv", "none.csv", "datasets.lakes.file: there is no file none.csv"),
    ],
)
def test_a_mistake_in_the_configuration_stops_the_run_before_any_job(small, old, new, sentence):
    with small.changed(small.folder / "config.yaml", old, new):
        result = small.snakemake("--cores", "1")
    assert result.returncode != 0
    assert sentence in result.stdout
    assert "Traceback" not in result.stdout
    assert not small.results.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("y\n1.5\nhigh\n", "'high' in row 2"),
        ("ph\n1\n2\n", "no column 'y'"),
        ("y\n4\n4\n", "all 2 observations have the value 4"),
    ],
)
def test_bad_data_stop_their_analysis_before_any_sampling(small, content, sentence):
    (small.folder / "acidity.csv").write_text(content)
    with small.configured(analyses=[{"dataset": "lakes", "models": ["free"]}]):
        result = small.snakemake("--cores", "1", "results/lakes/free/k2/model.json")
    assert result.returncode != 0
    assert "Error in ingest: acidity.csv" in result.stdout
    assert sentence in result.stdout
    assert "Traceback" not in result.stdout
    assert files_below(small.results) == set()


def test_a_model_that_the_data_forbid_is_refused_before_its_chains(small):
    improper = {"prior": {"dist": "half_normal", "sigma": 1}}
    model = {"free": {"family": "normal", "components": 2, "parameters": {"sigma": improper}}}
    with small.configured(models=model):
        result = small.snakemake("--cores", "1", "results/lakes/free/k2/stan.json")
    assert result.returncode != 0
    assert "Error in initialise: lakes has the value" in result.stdout
    assert "half_normal(sigma=1)" in result.stdout
    assert "Traceback" not in result.stdout
    assert files_below(small.results) == {"lakes/data.json", "lakes/data.parquet"}


def descendants(process):
    return [child for child in psutil.Process(process.pid).children(recursive=True) if child.is_running()]


def name_of(process: psutil.Process) -> str:
    """The process's name; empty when it has ended meanwhile."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def test_a_killed_chain_leaves_nothing_that_looks_finished_and_is_run_again(tiny_run, tmp_path):
    project = new_project(tmp_path / "killed", ROOT)
    target = "results/toy/free/k2/chains/chain_1.parquet"
    with project.configured(sampling={"draws": 1_000_000}):
        process = psutil.Popen(project.command("--cores", "1", target))
        while not any(name_of(child) == "normal" for child in descendants(process)):
            assert process.poll() is None
            time.sleep(0.1)
        for child in descendants(process):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        assert process.wait() != 0
    assert not (project.folder / target).exists()
    assert project.snakemake("--cores", "1", target).returncode == 0
    assert draws_of(project.folder / target) == draws_of(tiny_run.folder / target)


# As a cluster job runs its part.
WITHIN_A_JOB = ["--mode", "remote", "--no-hooks", "--nolock"]


@pytest.mark.long
@pytest.mark.parametrize("mode", [[], WITHIN_A_JOB], ids=["main", "within a job"])
def test_snakemake_looks_for_jobs_only_when_one_has_ended(small, mode):
    """Not once a second more for each job that has ended, as its default limit of starts makes it."""
    with small.configured(analyses=[{"dataset": "toy", "models": ["shared", "free"]}]):
        result = small.snakemake("--cores", "2", "--verbose", *mode, "fits")
    assert result.returncode == 0, result.stdout
    jobs = result.stdout.count("Finished jobid:")
    assert jobs > 10
    assert result.stdout.count("Resources before job selection:") <= jobs + 1
