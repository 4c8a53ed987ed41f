"""The plan before the work, what it refuses, and files that a user may ask for besides."""

import re

from projects import new_project

from helpers import ROOT
from stanmix.stan import chains


def test_a_run_above_a_limit_is_refused_before_any_job(small):
    with small.configured(limits={"memory_mb": 100, "disk_mb": 1}):
        result = small.snakemake("--cores", "2")
    assert result.returncode != 0
    assert "The run was not started." in result.stdout
    assert "limits.memory_mb is 100" in result.stdout
    assert "limits.disk_mb is 1" in result.stdout
    assert "Traceback" not in result.stdout
    assert not small.results.exists()


def test_a_plan_times_gradients_and_shows_a_table_every_time(small):
    for jobs in (
        10,
        1,
    ):  # a program, two data sets, starts and timings of three fits, the plan; then that alone
        with small.configured(limits={"hours": 1e-9}):
            result = small.snakemake("--cores", "2", "plan")
        assert result.returncode == 0, result.stdout
        lines = result.stdout.splitlines()
        start = next(i for i, line in enumerate(lines) if re.match(r"fit +N +distinct +gradient", line))
        assert [line.split()[0] for line in lines[start + 1 : start + 4]] == [
            "toy/shared/k2",
            "toy/free/k2",
            "lakes/free/k2",
        ]
        assert "assumed" not in "".join(lines[start + 1 : start + 4])
        assert "limits.hours is 1e-09" in result.stdout
        assert result.stdout.count("Finished jobid") >= jobs
    assert not list(small.results.rglob("chain_*.parquet"))


def test_chains_are_written_as_stan_csv_files_where_they_are_kept(tiny_run, tmp_path):
    target = "results/toy/free/k2/chains/chain_2.csv"
    assert not (tiny_run.folder / target).exists()
    project = new_project(tmp_path / "kept", ROOT)
    with project.configured(sampling={"keep_csv": True}):
        assert project.snakemake("--cores", "2", target).returncode == 0
    text = (project.folder / target).read_text("utf-8")
    assert text.startswith("# stan_version_major")
    assert "num_samples = 200" in text
    chains.store(project.folder / target, tmp_path / "again.parquet")
    again, stored = (
        chains.read(file)
        for file in (tmp_path / "again.parquet", (project.folder / target).with_suffix(".parquet"))
    )
    assert again.equals(stored)
    assert again.schema.metadata == stored.schema.metadata
