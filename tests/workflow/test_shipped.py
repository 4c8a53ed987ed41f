"""The analysis in config.yaml, sampled in full: its verdicts and its truth."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from projects import Project

from helpers import ROOT
from stanmix.judgement.verdict import GOOD

pytestmark = pytest.mark.long  # samples in full

SIMULATED = ("known", "shared_sd", "free_sd")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copy(ROOT / "config.yaml", folder)
    shutil.copytree(ROOT / "resources", folder / "resources")
    run = Project(folder, ROOT).snakemake("--cores", "2", "diagnostics")
    assert run.returncode == 0, run.stdout
    return folder / "results"


def summary(results: Path, model: str) -> pd.DataFrame:
    return pd.read_csv(results / "three_gaussians" / model / "k3" / "summary.csv", index_col="parameter")


def verdict(results: Path, fit: str) -> str:
    return json.loads((results / fit / "diagnostics.json").read_text("utf-8"))["verdict"]


@pytest.mark.parametrize("model", SIMULATED)
def test_the_simulated_analyses_converge_with_small_monte_carlo_error(results, model):
    assert verdict(results, f"three_gaussians/{model}/k3") == "converged"
    table = summary(results, model)
    assert (table["rhat"] <= 1.01).all()
    assert (table["mcse_mean"] <= table["sd"] / 10).all()


@pytest.mark.parametrize("model", SIMULATED)
def test_the_truth_lies_in_the_intervals(results, model):
    table = summary(results, model)
    assert ((table["hdi_low"] <= table["truth"]) & (table["truth"] <= table["hdi_high"])).all()


def test_galaxies_with_one_and_three_components_converge(results):
    assert verdict(results, "galaxies/sweep/k1") == "converged"
    # A few of its 16,000 draws have switched labels.
    assert verdict(results, "galaxies/sweep/k3") in GOOD


def test_the_two_modes_of_the_galaxies_with_two_components_are_listed(results):
    assert verdict(results, "galaxies/sweep/k2") == "several modes"


@pytest.mark.parametrize(
    "fit", [*(f"three_gaussians/{model}/k3" for model in SIMULATED), "galaxies/sweep/k1"]
)
def test_the_tutorial_shows_this_analysis(results, fit):
    shown = json.loads((ROOT / "docs" / "tutorial" / "tutorial.json").read_text("utf-8"))["fits"][fit]
    assert verdict(results, fit) == shown["verdict"]
    table = pd.read_csv(results / fit / "summary.csv", index_col="parameter")
    assert [row["parameter"] for row in shown["summary"]] == list(table.index)
    for row in shown["summary"]:  # draws differ in their last digits between kinds of processors
        own = table.loc[row["parameter"]]
        assert abs(row["mean"] - own["mean"]) < 5 * (row["mcse_mean"] + own["mcse_mean"])
