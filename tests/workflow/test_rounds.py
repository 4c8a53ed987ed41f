"""A fit is sampled on until it is good or the budget is spent, and what was drawn is kept."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from projects import Project

from helpers import ROOT
from stanmix.stan import chains

pytestmark = pytest.mark.long  # several rounds of sampling

CONFIG = """
title: Escalation
datasets:
  clear: {simulate: {family: normal, counts: [60, 60], parameters: {mu: [0, 10], sigma: 1}}}
models:
  two: {family: normal, components: 2}
  three: {family: normal, components: 3}
analyses:
  - {dataset: clear, models: [two, three]}
search: {max_climbs: 24}
sampling: {chains: 2, warmup: 200, draws: 200, seed: 1, keep_csv: true}
escalate: {max_rounds: 3, max_draws: 1600}
diagnostics: {rhat: 1.05, ess: 300}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("escalation")
    (folder / "config.yaml").write_text(CONFIG, "utf-8")
    project = Project(folder, ROOT)
    found = project.snakemake("--cores", "2", "diagnostics", "results/clear/two/k2/chains/chain_1.csv")
    assert found.returncode == 0, found.stdout
    return Project(folder, ROOT, found.stdout)


def kept(run, model):
    file = next((run.results / "clear" / model).glob("k*/chains/kept.json"))
    return json.loads(file.read_text("utf-8"))


def draws(file):
    return chains.read(file).to_pandas()


def test_a_fit_with_few_draws_gets_more_until_it_is_good(run):
    rounds = kept(run, "two")["rounds"]
    assert rounds[0]["action"] == "more draws"
    assert rounds[-1]["action"] == "stop"
    diagnostics = json.loads((run.results / "clear/two/k2/diagnostics.json").read_text("utf-8"))
    assert diagnostics["verdict"] == rounds[-1]["verdict"] == "converged"
    assert diagnostics["draws"] == 2 * rounds[-1]["settings"]["draws"] > 400
    assert diagnostics["modes"] == kept(run, "two")["modes"]


def test_each_round_is_told_with_its_reason_and_time(run):
    first = kept(run, "two")["rounds"][0]
    told = f"two, K = 2, on clear: {first['why']} Next: more draws, about {first['seconds']:.0f} s."
    assert told in run.output


def test_more_draws_keep_those_that_were_there(run):
    folder = run.results / "clear/two/k2/chains"
    final = chains.final(folder / "kept.json")
    assert [str(file.relative_to(folder)) for file in final] == [
        "more/chain_1.parquet",
        "more/chain_2.parquet",
    ]
    before, after = draws(folder / "chain_1.parquet"), draws(final[0])
    assert len(before) == 200
    assert len(after) >= 400
    pd.testing.assert_frame_equal(after.iloc[:200], before)
    # The chain went on with its metric and its step size, from where it was.
    assert np.ptp(after["stepsize__"]) < 1e-6
    assert not np.allclose(after["lp__"].iloc[200:400], before["lp__"])
    csv = pd.read_csv(folder / "chain_1.csv", comment="#")
    assert csv["lp__"].to_numpy() == pytest.approx(after["lp__"].to_numpy(), rel=1e-15)


def test_every_way_of_escalation_ends_in_a_judged_fit(run):
    rounds = kept(run, "three")["rounds"]
    assert 1 <= len(rounds) <= 4
    assert all(it["settings"]["draws"] * 2 <= 1600 for it in rounds)
    assert (run.results / "clear/three/k3/diagnostics.json").is_file()


def test_nothing_is_left_beside_the_final_chains(run):
    folder = run.results / "clear/two/k2/chains"
    assert not list(folder.glob(".*"))
    more = {path.name for path in (folder / "more").glob("[!.]*")}
    assert more == {"chain_1.parquet", "chain_2.parquet"}


def test_a_second_run_does_nothing(run):
    assert not run.dry_run("diagnostics").rules


def test_a_job_that_was_killed_goes_on_with_the_chains_that_it_has(run, tmp_path):
    """Chains of a round that are there already are taken, and those of another beginning are not."""
    from stanmix.judgement import settling
    from stanmix.judgement.escalation import Budget

    folder = run.results / "clear/two/k2"
    first = [folder / "chains" / f"chain_{i}.parquet" for i in (1, 2)]
    work = tmp_path / ".kept.rounds"
    fit = settling.Fit(
        model=None,
        y=None,
        executable="none",
        data="none",
        found={},
        sampling={"warmup": 200, "draws": 200},
        thresholds={},
        budget=Budget(3, 1600, 60.0),
        seed=1,
        first_seed=1,
    )
    settling._claim(work, fit, first)
    (work / "round_1").mkdir()
    shutil.copyfile(first[0], work / "round_1" / "chain_1.parquet")
    settling._claim(work, fit, first)
    # No program would run: the chain is there.
    starts = {1: {"init": {}, "inv_metric": [1.0]}}
    assert settling._run(fit, starts, fit.sampling, 1, work / "round_1") == [work / "round_1/chain_1.parquet"]
    settling._claim(work, fit, first[::-1])
    assert not (work / "round_1").exists()
