"""Escalation goes on until a fit is good or the budget is spent, and keeps what was drawn."""

import json

import numpy as np
import pandas as pd
import pytest
from projects import Project

from helpers import ROOT
from stanmix import chains

CONFIG = """
title: Escalation
datasets:
  clear: {simulate: {family: normal, counts: [60, 60], parameters: {mu: [0, 10], sigma: 1}}}
models:
  two: {family: normal, components: 2}
  three: {family: normal, components: 3}
analyses:
  - {dataset: clear, models: [two, three]}
sampling: {chains: 2, warmup: 200, draws: 200, seed: 1}
escalate: {max_rounds: 3, max_draws: 1600}
diagnostics: {mode_starts: 4, rhat: 1.05, ess: 300}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("escalation")
    (folder / "config.yaml").write_text(CONFIG, "utf-8")
    project = Project(folder, ROOT)
    found = project.snakemake("--cores", "2", "diagnostics")
    assert found.returncode == 0, found.stdout
    return project


def decisions(run, model):
    files = sorted((run.results / "clear" / model).glob("k*/chains/round_*/decision.json"))
    return [json.loads(file.read_text("utf-8")) for file in files]


def draws(file):
    return chains.read(file).to_pandas()


def test_a_fit_with_few_draws_gets_more_until_it_is_good(run):
    found = decisions(run, "two")
    actions = [it["action"] for it in found]
    assert actions[0] == "more draws"
    assert actions[-1] == "stop"
    diagnostics = json.loads((run.results / "clear/two/k2/diagnostics.json").read_text("utf-8"))
    assert diagnostics["verdict"] == found[-1]["verdict"] == "converged"
    assert diagnostics["draws"] == 2 * found[-1]["settings"]["draws"] > 400


def test_more_draws_keep_those_that_were_there(run):
    folder = run.results / "clear/two/k2/chains"
    before, after = draws(folder / "chain_1.parquet"), draws(folder / "round_1/chain_1.parquet")
    assert len(before) == 200
    assert len(after) == 400
    pd.testing.assert_frame_equal(after.iloc[:200], before)
    # The chain went on with its metric and its step size, from where it was.
    assert np.ptp(after["stepsize__"]) < 1e-6
    assert not np.allclose(after["lp__"].iloc[200:], before["lp__"])


def test_every_way_of_escalation_ends_in_a_judged_fit(run):
    found = decisions(run, "three")
    assert 1 <= len(found) <= 3
    assert all(it["settings"]["draws"] * 2 <= 1600 for it in found)
    assert (run.results / "clear/three/k3/diagnostics.json").is_file()


def test_a_second_run_does_nothing(run):
    assert not run.dry_run("diagnostics").rules
