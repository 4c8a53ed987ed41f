"""Exactly the jobs that a change touches run again."""

from collections import Counter
from pathlib import Path

import pytest

AFTER_LABELS = ["diagnose", "quantify", "partition", "draw_fit"]
AFTER_DRAWS = ["escalate", "label", *AFTER_LABELS]
PER_DATASET = ["compare", "draw_dataset"]
FITTED = ["initialise", "search", "sample", "prior", *AFTER_DRAWS]
SAMPLED_AGAIN = ["search", "sample", "prior", *AFTER_DRAWS, *PER_DATASET]


FREE = {"mu": {"prior": {"dist": "normal", "mu": 4, "sigma": 5}}}


def jobs(fits, datasets, *rules, **others):
    """Numbers of jobs: `rules` for each fit or data set, two chains a fit, then the report."""
    count = Counter({rule: datasets if rule in PER_DATASET else fits for rule in rules})
    if "sample" in count:
        count["sample"] *= 2
    return count + Counter(others) + Counter(report=1, all=1)


def test_the_first_run_has_every_job_once(small):
    expected = jobs(3, 2, *FITTED, *PER_DATASET, compile_program=2, simulate=1, ingest=1)
    assert small.dry_run().rules == expected


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("data", {"simulate": 1, "ingest": 1, "data": 1}),
        ("compile", {"compile_program": 2, "compile": 1}),
        (
            "plan",
            {
                "compile_program": 1,
                "simulate": 1,
                "ingest": 1,
                "initialise": 3,
                "time_gradient": 3,
                "plan": 1,
            },
        ),
    ],
)
def test_a_stage_can_be_run_alone(small, target, rules):
    assert small.dry_run(target).rules == Counter(rules)


def test_new_data_are_predicted_by_every_fit_of_their_analysis(small):
    (small.folder / "new.csv").write_text("y\n1\n", "utf-8")
    analyses = [
        {"dataset": "toy", "models": ["shared", "free"], "predict": "new.csv"},
        {"dataset": "lakes", "models": ["free"]},
    ]
    with small.configured(analyses=analyses):
        expected = jobs(3, 2, *FITTED, *PER_DATASET, compile_program=2, simulate=1, ingest=1, predict_new=2)
        assert small.dry_run().rules == expected
        of_each = Counter(initialise=2, search=2, sample=4, escalate=2, label=2, predict_new=2)
        expected = of_each + Counter(compile_program=1, simulate=1)
        assert small.dry_run("predict").rules == expected + Counter(predict=1)


def test_a_second_run_does_nothing(tiny_run):
    assert not tiny_run.dry_run().rules


def test_touching_files_without_changing_them_reruns_nothing(tiny_run):
    for file in (
        tiny_run.folder / "acidity.csv",
        tiny_run.folder / "config.yaml",
        tiny_run.workflow / "stan" / "functions" / "expand.stan",
        tiny_run.workflow / "workflow" / "stanmix" / "posterior" / "labels.py",
    ):
        file.touch()
    assert not tiny_run.dry_run().rules


def test_a_changed_data_file_reruns_its_own_data_set_only(tiny_run):
    with tiny_run.changed(tiny_run.folder / "acidity.csv", "2.928524", "2.9"):
        plan = tiny_run.dry_run()
    assert plan.rules == jobs(1, 1, *FITTED, *PER_DATASET, ingest=1)
    assert not any("toy" in message for message in plan.messages)


def test_a_changed_prior_reruns_the_fits_that_have_it(tiny_run):
    with tiny_run.changed(tiny_run.folder / "config.yaml", "sigma: 5", "sigma: 6"):
        plan = tiny_run.dry_run()
    assert plan.rules == jobs(2, 2, *FITTED, *PER_DATASET)
    assert not any("shared" in message for message in plan.messages)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"sampling": {"draws": 300}}, jobs(3, 2, "sample", *AFTER_DRAWS, *PER_DATASET)),
        ({"sampling": {"warmup": 300}}, jobs(3, 2, "sample", "prior", *AFTER_DRAWS, *PER_DATASET)),
        ({"sampling": {"metric": "diagonal"}}, jobs(3, 2, *FITTED, *PER_DATASET)),
        ({"sampling": {"pilot": 200}}, jobs(3, 2, "sample", *AFTER_DRAWS, *PER_DATASET, pilot=3)),
        ({"sampling": {"threads_per_chain": 2}}, jobs(0, 0)),
        ({"compile": {"processor": "portable"}}, jobs(3, 2, *SAMPLED_AGAIN, compile_program=2)),
        ({"sampling": {"seed": 2}}, jobs(3, 2, *FITTED, *PER_DATASET, simulate=1)),
        ({"report": {"ppc_draws": 20}}, jobs(3, 2, "prior", "quantify", "draw_fit", *PER_DATASET)),
        ({"quantities": {"draws": 200}}, jobs(3, 2, "quantify", "draw_fit", *PER_DATASET)),
        ({"quantities": {"imputations": 5}}, jobs(3, 2, "partition")),
        ({"search": {"max_climbs": 30}}, jobs(3, 2, "search", "sample", *AFTER_DRAWS, *PER_DATASET)),
        (
            {
                "models": {
                    "free": {
                        "family": "normal",
                        "components": 2,
                        "identify": "order(sigma)",
                        "parameters": FREE,
                    }
                }
            },
            jobs(2, 2, "label", *AFTER_LABELS, *PER_DATASET),
        ),
        # Whether a fit is sampled on depends on its verdict.
        ({"diagnostics": {"rhat": 1.05}}, jobs(3, 2, *AFTER_DRAWS, *PER_DATASET)),
        ({"diagnostics": {"gate": "fail"}}, jobs(3, 2, "diagnose", "draw_fit", *PER_DATASET)),
        ({"escalate": {"max_rounds": 1}}, jobs(3, 2, *AFTER_DRAWS, *PER_DATASET)),
        ({"diagnostics": {"interval": 0.9}}, jobs(3, 2, "diagnose", "quantify", "draw_fit", *PER_DATASET)),
        ({"sampling": {"keep_csv": True}}, Counter(export_csv=3, report=1, all=1)),
        ({"limits": {"hours": 1}}, jobs(0, 0)),
        ({"title": "Another title"}, jobs(3, 2)),
    ],
    ids=[
        "draws",
        "warmup",
        "metric",
        "pilot",
        "threads",
        "processor",
        "seed",
        "replications",
        "thinning",
        "imputations",
        "climbs",
        "labels",
        "threshold",
        "gate",
        "rounds",
        "interval",
        "CSV files",
        "limits",
        "title",
    ],
)
def test_a_changed_setting_reruns_the_stages_that_use_it(tiny_run, section, expected):
    with tiny_run.configured(**section):
        assert tiny_run.dry_run().rules == expected


@pytest.mark.parametrize(
    ("file", "old", "expected"),
    [
        (
            "stan/kernels/prior.hpp",
            "double lp = -log_mass.sum();",
            jobs(3, 2, *SAMPLED_AGAIN, compile_program=1),
        ),
        (
            "stan/functions/expand.stan",
            "int K = size(index);",
            jobs(3, 2, *SAMPLED_AGAIN, compile_program=2),
        ),
        (
            "stan/kernels/threads.hpp",
            "namespace stanmix {",
            jobs(3, 2, *SAMPLED_AGAIN, compile_program=1),
        ),
        (
            "stan/families/normal/component.hpp",
            "namespace stanmix::STANMIX_SET {",
            jobs(3, 2, *SAMPLED_AGAIN, compile_program=1),
        ),
        (
            "stan/templates/elementwise_quantities.stan.j2",
            "vector[K + noise] log_theta = log_weights(",
            jobs(3, 2, "prior", "quantify", "draw_fit", *PER_DATASET, compile_program=1),
        ),
        ("workflow/stanmix/results/comparison.py", "import numpy as np", jobs(3, 2, *PER_DATASET)),
        (
            "workflow/stanmix/judgement/checks.py",
            "import numpy as np",
            jobs(3, 2, *AFTER_DRAWS, *PER_DATASET),
        ),
        (
            "workflow/stanmix/results/prior_predictive.py",
            "import numpy as np",
            jobs(3, 2, "prior", "draw_fit"),
        ),
        ("workflow/report/report.css", "{", jobs(3, 2)),
    ],
    ids=lambda value: Path(value).name if isinstance(value, str) else "",
)
def test_a_changed_source_reruns_the_stages_that_use_it(tiny_run, file, old, expected):
    path = tiny_run.workflow / file
    before = path.read_text("utf-8")
    path.write_text(before.replace(old, f"{old} ", 1), "utf-8")
    try:
        assert tiny_run.dry_run().rules == expected
    finally:
        path.write_text(before, "utf-8")


def test_a_new_model_reruns_nothing_of_the_others(tiny_run):
    new = {"another": {"family": "normal", "components": 2}}
    analyses = [
        {"dataset": "toy", "models": ["shared", "free"]},
        {"dataset": "lakes", "models": ["free", "another"]},
    ]
    with tiny_run.configured(models=new, analyses=analyses):
        plan = tiny_run.dry_run()
    assert plan.rules == jobs(1, 1, *FITTED, *PER_DATASET)
    assert not any("free" in message or "shared" in message for message in plan.messages)


def test_another_number_of_components_keeps_the_fits_that_are_there(tiny_run):
    file = tiny_run.folder / "config.yaml"
    with tiny_run.changed(
        file, "components: 2\n    parameters: {mu", "components: [2, 3]\n    parameters: {mu"
    ):
        plan = tiny_run.dry_run()
    assert plan.rules == jobs(2, 2, *FITTED, *PER_DATASET)
    assert not any("K = 2" in message for message in plan.messages)


def test_a_removed_report_is_the_only_thing_made_again(tiny_run):
    file = tiny_run.results / "report.json"
    content = file.read_bytes()
    file.unlink()
    try:
        assert tiny_run.dry_run().rules == jobs(0, 0)
    finally:
        file.write_bytes(content)
