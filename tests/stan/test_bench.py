"""The benchmarks' subset without peers: everything runs and functions agree; times are not asserted."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bench.scale import page as scale_page
from bench.speed import gradients, page, sampling
from bench.validation import recovery
from bench.validation import results as validation

from stanmix.paths import STAN

ROOT = STAN.parent


@pytest.mark.slow
def test_quick_subset_compares_functions_and_prints_ratios():
    run = subprocess.run(
        [sys.executable, "-m", "bench.speed", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "N=10000 K=3" in run.stdout
    assert "times textbook" in run.stdout


def test_another_function_stops_the_benchmark():
    same = [{"value": -10.0, "gradient": [1.0, 2.0]}, {"value": -12.0, "gradient": [3.0, 4.0]}]
    shifted = [{"value": found["value"] + 5, "gradient": found["gradient"]} for found in same]
    gradients.check({"ours": same, "textbook": shifted}, components=2)
    for other in ({"value": -12.1, "gradient": [3.0, 4.0]}, {"value": -12.0, "gradient": [3.0, 4.1]}):
        with pytest.raises(gradients.MismatchError):
            gradients.check({"ours": same, "jax": [same[0], other]}, components=2)


def test_plan_shortens_warmup_before_it_gives_up_draws():
    fast = sampling.plan(sampling.Speed(0.001, 1.0), warmup=1000, target=400, cap=60)
    assert (fast.warmup, fast.draws, fast.capped) == (1000, 460, False)
    slow = sampling.plan(sampling.Speed(0.1, 1.0), warmup=1000, target=400, cap=60)
    assert (slow.warmup, slow.draws, slow.capped) == (300, 300, True)


def test_page_and_figure_are_those_of_the_numbers(tmp_path: Path):
    facts = json.loads((ROOT / "docs" / "benchmarks.json").read_text("utf-8"))
    assert page.render(facts) == (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    row = {"family": "normal", "N": 215, "K": 3, "D": 1, "ours": 2.0, "theirs": 8.0, "ratio": 4.0}
    row |= {"spread": [3.0, 5.0], "repetitions": 5}
    rows = [
        row | {"work": "gradient", "peer": "textbook"},
        row | {"work": "ess", "peer": "jags", "target": 400, "capped": True},
    ]
    made = {"date": "2026-01-02", "commit": "0123456789ab", "processor": "a machine", "instructions": "avx2"}
    text = page.render(facts | {"rows": rows, "ess_with": {**made, "rows": rows}})
    assert "## Effective draws per second with avx2" in text
    assert text.count("| ahead of each peer at every N | reached: 1 of 1 rows, worst 4x |") == 2
    assert "| 3 | 215 | 2 | 4 (3 to 5) |" in text
    assert "| ahead of each peer at every N | reached: 1 of 1 rows, worst 4x |" in text
    page.draw(rows, tmp_path / "benchmarks.svg")
    assert (tmp_path / "benchmarks.svg").stat().st_size > 0


def test_the_page_shows_the_rows_of_each_instruction_set():
    facts = json.loads((ROOT / "docs" / "benchmarks.json").read_text("utf-8"))
    row = {
        "instructions": "avx2",
        "family": "normal",
        "N": 30_000,
        "K": 4,
        "D": 1,
        "ours": 240.0,
        "nanoseconds": 2.0,
        "peers": {
            "textbook": {"ratio": 30.0, "spread": [29.0, 31.0]},
            "jax": {"ratio": 2.5, "spread": [2.0, 3.0]},
            "nutpie": {"ratio": 9.0, "spread": [8.0, 10.0]},
            "limit": {"ratio": 0.6, "spread": [0.5, 0.7]},
        },
    }
    rows = [row, row | {"family": "VEV", "D": 5, "instructions": "plain", "peers": {}}]
    made = {"date": "2026-01-02", "commit": "0123456789ab", "processor": "a machine", "rows": rows}
    text = page.render(facts | {"instructions": made})
    assert "Measured on 2026-01-02 at commit 0123456789 on one core of a machine." in text
    line = "| normal | 1 | 30,000 | 4 | avx2 | 240 | 2 | 30 (29 to 31) | 2.5 (2 to 3) | 9 (8 to 10) |"
    assert f"{line} 0.6 (0.5 to 0.7) |" in text
    assert "| VEV, rotated | 5 | 30,000 | 4 | plain | 240 | 2 |  |  |  |  |" in text
    assert "| to reach | avx2 | plain |" in text
    assert "| normal, N >= 10,000: 25x textbook Stan | reached: 1 of 1 rows, worst 30x |  |" in text
    assert "| normal, N >= 10,000: 3x JAX | not reached: 0 of 1 rows, worst 2.5x |  |" in text
    assert "| normal, N >= 10,000: at most twice the limit | reached: 1 of 1 rows, worst 0.6x |  |" in text
    targets = text.split("| to reach | avx2")[1].split("\n## ")[0]
    assert "ahead of" not in targets  # no row of 215 observations


def test_the_page_of_the_validation_shows_its_numbers():
    facts = json.loads((ROOT / "docs" / "validation.json").read_text("utf-8"))
    assert (ROOT / "docs" / "validation.md").read_text("utf-8") == validation.render(facts)
    found = facts["verdicts"]
    assert found["switches"]["undone"] == found["switches"]["cases"]
    assert found["good"]["flagged"] <= 0.05 * found["good"]["cases"]
    assert found["bad"]["flagged"] >= 0.95 * found["bad"]["cases"]
    assert all(abs(row["z"]) <= row["gate"] for row in facts["posteriors"])
    low, high = recovery.REQUIRED
    assert {row["family"] for row in facts["recovery"]} == set(recovery.CASES)
    assert all(low <= row["share"] <= high for row in facts["recovery"])
    assert all(row["report"] for row in facts.get("corpus", []))
    assert all(row["off"] < 0.01 for row in facts.get("planted", []) if row["off"] is not None)


def test_intervals_are_pooled_over_data_sets_and_components():
    draws = np.linspace(0, 1, 101)[None]
    assert [recovery.covers(draws, truth) for truth in (0.04, 0.06, 0.94, 0.96)] == [False, True, True, False]
    fit = {"rhat": 1.01, "divergences": 1, "seconds": 2.0}
    fits = [
        fit | {"covers": {"theta[1]": True, "mu[1]": True, "mu[2]": False}},
        fit | {"covers": {"theta[1]": False, "mu[1]": True, "mu[2]": True}, "rhat": 1.02},
    ]
    row = recovery.pooled("normal", fits)
    assert (row["covered"], row["intervals"]) == (4, 6)
    assert row["parameters"]["mu"] == {"covered": 3, "intervals": 4}
    assert (row["rhat_max"], row["divergences"], row["seconds"]) == (1.02, 2, 4.0)


def test_the_page_of_scale_shows_its_numbers(tmp_path: Path):
    facts = json.loads((ROOT / "docs" / "scale.json").read_text("utf-8"))
    assert (ROOT / "docs" / "scale.md").read_text("utf-8") == scale_page.render(facts)
    scale_page.write(facts, tmp_path)
    assert (tmp_path / "scale.svg").stat().st_size > 0
    whole = [row for row in facts["rows"] if row["work"] == "sets"]
    assert [row["analysis"] for row in whole] == ["the shipped analysis", "1,000,000 observations"]
    assert whole[0]["seconds"] <= 3 * 60
    assert whole[1]["seconds"] <= 8 * 60
    rows = {(row["work"], row["N"]): row for row in facts["rows"] if row["work"] != "sets"}
    million, ten_millions = rows["size", 10**6], rows["rounded", 10**7]
    assert rows["local", 1000]["overhead"] < 0.2
    assert rows["slurm", 1000]["overhead"] < 0.2
    assert million["peak_memory_mb"] < 2000
    assert million["disk_mb"] < 1000
    assert rows["textbook", 10**5]["sampling_seconds"] * 10 > 20 * million["sampling_seconds"]
    assert ten_millions["sampling_seconds"] < 1.5 * rows["rounded", 10**4]["sampling_seconds"]
    for row in facts["rows"]:
        if "memory" in row:
            estimated = row["estimated"]["memory_mb"]
            assert all(used < estimated[rule] for rule, used in row["memory"].items() if rule in estimated)
