"""Estimates of memory, disk and time, and the refusals that follow from them."""

import math
from collections.abc import Callable

import pandas as pd
import pytest

from stanmix.config import Fit, load
from stanmix.io import write_json
from stanmix.run.planning import Planner, Size, in_words, rows_of, table

SPEC = {
    "datasets": {
        "many": {
            "simulate": {
                "family": "normal",
                "n": 1_000_000,
                "theta": [1],
                "parameters": {"mu": 0, "sigma": 1},
            }
        },
        "few": {
            "simulate": {"family": "normal", "counts": [60, 40], "parameters": {"mu": [0, 9], "sigma": 1}}
        },
    },
    "models": {"two": {"family": "normal", "components": 2}, "nine": {"family": "normal", "components": 9}},
    "analyses": [{"dataset": "many", "models": ["two", "nine"]}, {"dataset": "few", "models": ["two"]}],
}
MANY, FEW = Fit("many", "two", 2), Fit("few", "two", 2)


@pytest.fixture
def planner(tmp_path) -> Callable[..., Planner]:
    def make(**sections) -> Planner:
        return Planner(load(SPEC | sections), tmp_path)

    return make


@pytest.mark.parametrize(
    ("content", "rows"),
    [("y\n1\n2\n", 2), ("y\n1\n2", 2), ("y\n", 0), ("", 0), ("y\r\n1\r\n", 1)],
)
def test_rows_of_a_text_file_are_counted_without_reading_values(tmp_path, content, rows):
    (tmp_path / "y.csv").write_bytes(content.encode())
    assert rows_of(tmp_path / "y.csv") == rows


def test_rows_of_a_parquet_file_come_from_its_metadata(tmp_path):
    pd.DataFrame({"y": range(7)}).to_parquet(tmp_path / "y.parquet")
    assert rows_of(tmp_path / "y.parquet") == 7
    (tmp_path / "bad.parquet").write_text("y\n1\n")
    assert rows_of(tmp_path / "bad.parquet") is None
    assert rows_of("s3://bucket/y.parquet") is None


def test_sizes_are_the_configured_ones_until_the_data_are_there(planner, tmp_path):
    assert planner().sizes == {"many": Size(10**6, 10**6), "few": Size(100, 100)}
    write_json(tmp_path / "many" / "data.json", {"n": 10**6, "distinct": 500})
    assert planner().sizes["many"] == Size(10**6, 500)


def test_what_was_measured_on_other_data_is_not_used(planner, tmp_path):
    write_json(tmp_path / "many" / "data.json", {"n": 80, "distinct": 80})
    write_json(tmp_path / MANY.folder / "gradient.json", {"seconds": 1e-6, "gradients": 31, "distinct": 80})
    plan = planner(limits={"memory_mb": 900})
    assert plan.sizes["many"] == Size(10**6, 10**6)
    assert not plan.estimate(MANY).measured
    assert any("1,000,000 observations" in problem for problem in plan.problems)


def test_more_data_components_and_draws_need_more(planner):
    plan = planner()
    few, many, nine = (plan.estimate(fit) for fit in (FEW, MANY, Fit("many", "nine", 9)))
    assert few.chain < many.chain < nine.chain
    assert few.disk < many.disk < nine.disk
    assert all(few.memory[rule] <= many.memory[rule] <= nine.memory[rule] for rule in few.memory)
    longer = planner(sampling={"draws": 5000}).estimate(MANY)
    assert longer.chain > many.chain
    assert longer.disk > many.disk
    assert planner(sampling={"keep_csv": True}).estimate(MANY).disk > many.disk


def test_tied_observations_cost_the_sampler_nothing(planner, tmp_path):
    before = planner().estimate(MANY)
    write_json(tmp_path / "many" / "data.json", {"n": 10**6, "distinct": 500})
    after = planner().estimate(MANY)
    assert after.chain < before.chain / 100
    assert after.disk == before.disk


def test_a_measured_gradient_replaces_the_assumed_one(planner, tmp_path):
    assert not planner().estimate(FEW).measured
    write_json(tmp_path / FEW.folder / "gradient.json", {"seconds": 0.5, "gradients": 31, "distinct": 100})
    estimate = planner().estimate(FEW)
    assert (estimate.measured, estimate.gradient) == (True, 0.5)
    assert estimate.chain == 0.5 * 15 * 1500


def test_what_a_job_asks_for_grows_with_its_data_and_is_never_tiny(planner):
    plan = planner()
    for rule in ("sample", "quantify", "search"):
        assert plan.memory(rule, "few", 2) % 100 == 0
        assert 600 <= plan.memory(rule, "few", 2) < plan.memory(rule, "many", 2)
    assert plan.minutes("sample", FEW) == 10 < plan.minutes("sample", Fit("many", "nine", 9))
    assert plan.memory("report", None, 1) == plan.memory("report", "many", 1)


def test_the_ledger_of_more_chains_climbs_from_more_draws(planner, tmp_path):
    write_json(
        tmp_path / MANY.folder / "gradient.json", {"seconds": 0.05, "gradients": 31, "distinct": 10**6}
    )
    # 200 gradients of 0.05 s a climb, 10 climbs a chain; 10 s go through the data. Three times that.
    chains = 6
    plan = planner(sampling={"chains": chains}, escalate={"max_rounds": 0})
    seconds = chains * 10 * 200 * plan.estimate(MANY).gradient + 10
    assert plan.minutes("escalate", MANY) == math.ceil(3 * seconds / 60)


def test_further_rounds_have_the_budget_of_draws_and_of_time(planner, tmp_path):
    write_json(
        tmp_path / MANY.folder / "gradient.json", {"seconds": 0.05, "gradients": 31, "distinct": 10**6}
    )

    def rounds(**budget):
        return planner(escalate=budget).estimate(MANY).rounds

    # A chain of 1,500 iterations takes 15 * 0.05 s each; 160,000 draws are as many as these.
    chain = 1500 * 15 * 0.05
    assert rounds(max_minutes=10_000) == pytest.approx(chain * 160_000 / (4 * 1500))
    assert rounds(max_minutes=30) == 30 * 60
    assert rounds(max_draws=1000, max_minutes=10_000) == pytest.approx(chain)
    assert rounds(max_rounds=0) == 0


def test_the_search_of_large_data_climbs_a_part_of_them(planner, tmp_path):
    write_json(
        tmp_path / MANY.folder / "gradient.json", {"seconds": 0.05, "gradients": 31, "distinct": 10**6}
    )
    seconds = planner(search={"max_climbs": 100}).estimate(MANY).search
    # 100 climbs of 5,000 observations, and 12 of a million with as much again for their weights.
    part = 5_000 / 10**6
    climb = 0.1 + (200 * 0.05 + 1e-5 * 10**6) * part
    assert seconds == pytest.approx(100 * climb + 12 * 2 * 200 * 0.05)


def test_predictions_need_what_their_new_data_need(planner, tmp_path):
    few, many = ({"predict": str(tmp_path / f"{name}.csv")} for name in ("few", "many"))
    (tmp_path / "few.csv").write_text("y\n" + 5 * "1\n", "utf-8")
    (tmp_path / "many.csv").write_text("y\n" + 3_000_000 * "1\n", "utf-8")
    without = planner()
    plan = planner(analyses=[SPEC["analyses"][0] | few, SPEC["analyses"][1] | many])
    assert plan.new_rows == {"many": 5, "few": 3_000_000}
    assert plan.memory("predict_new", "many", 2) == without.memory("predict_new", "many", 2)
    assert plan.memory("predict_new", "few", 2) > plan.memory("predict_new", "many", 2)
    assert plan.minutes("predict_new", MANY) == 10
    assert plan.minutes("predict_new", Fit("few", "nine", 20)) == 30
    assert plan.estimate(FEW).largest[0] == "predict_new"
    assert plan.estimate(FEW).disk > without.estimate(FEW).disk + 300
    elsewhere = planner(analyses=[SPEC["analyses"][1] | {"predict": "https://example.org/new.csv"}])
    assert elsewhere.new_rows == {"few": 1_000_000}


def test_short_fits_are_told_from_long_ones(planner):
    assert planner().is_short(FEW)
    assert not planner().is_short(MANY)


def test_data_that_are_not_here_count_as_a_million(planner):
    elsewhere = {
        "few": {"file": "https://example.org/y.csv", "response": "y"},
        "many": SPEC["datasets"]["many"],
    }
    plan = planner(datasets=elsewhere)
    assert plan.sizes["few"] is None
    assert plan.memory("sample", "few", 2) == plan.memory("sample", "many", 2)
    assert [estimate.fit.dataset for estimate in plan.estimates()] == ["many", "many"]


def test_of_many_problems_the_first_are_shown(planner):
    analyses = [{"dataset": "few", "models": ["nine"]}] + SPEC["analyses"]
    models = SPEC["models"] | {"nine": {"family": "normal", "components": list(range(1, 21))}}
    problems = planner(limits={"memory_mb": 100}, analyses=analyses, models=models).problems
    assert len(problems) == 7
    assert problems[-1] == "And 36 more like these."


def test_nothing_is_refused_by_default(planner):
    assert planner().problems == []


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (
            {"memory_mb": 900},
            ["limits.memory_mb is 900", "many/two/k2", "1,000,000 observations", "memory_mb: "],
        ),
        ({"hours": 0.01}, ["limits.hours is 0.01", "many/nine/k9", "threads_per_chain", "hours: "]),
        ({"disk_mb": 5}, ["limits.disk_mb is 5", "disk_mb: "]),
    ],
)
def test_a_plan_above_a_limit_is_refused_with_a_line_that_would_do(planner, limits, words):
    problems = planner(limits=limits).problems
    text = "\n".join(problems)
    assert all(word in text for word in words)
    (key,) = limits
    enough = max(int(problem.rsplit(f"{key}: ", 1)[1]) for problem in problems)
    assert planner(limits={key: enough}).problems == []


def test_the_table_has_a_line_for_every_fit_and_says_what_is_assumed(planner, tmp_path):
    write_json(tmp_path / FEW.folder / "gradient.json", {"seconds": 2e-6, "gradients": 31, "distinct": 100})
    plan = planner()
    lines = table(list(plan.estimates()), ["Too much."]).splitlines()
    assert len(lines) == 1 + 3 + 1 + 1
    assert all("(assumed)" in line for line in lines[1:3])
    assert lines[3].startswith("few/two/k2")
    assert "2 us" in lines[3]
    assert "assumed" not in lines[3]
    assert lines[-1] == "Too much."


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.25, "0.2 s"), (59, "59.0 s"), (90, "1.5 min"), (5400, "1.5 h"), (1e6, "11.6 d")]
)
def test_times_are_in_the_unit_that_suits_them(seconds, text):
    assert in_words(seconds) == text
