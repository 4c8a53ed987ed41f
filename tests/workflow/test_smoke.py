"""Every family and structure through the whole workflow, from simulated data to the report."""

import json
import math

import numpy as np
import pandas as pd
import pytest
import yaml
from projects import Project, new_project

from family_values import VALUES
from helpers import ROOT
from stanmix.families import FAMILIES

pytestmark = pytest.mark.long  # compiles the programs of every family

TRUTH = {name: own.truth for name, own in VALUES.items()}
STRUCTURES = ("EII", "VVI", "EEE", "VVV")  # one of each kind: the others have the same programs
ROWS = {"mu_1": [0, 5], "mu_2": [0, 2]}
SPHERE, AXES = {"sigma": 1}, {"sigma_1": 1, "sigma_2": 0.5}
SCALES = {"EII": SPHERE, "VVI": AXES}
FULL = AXES | {"pcor_2_1": 0.5}


def configuration() -> str:
    datasets, models = {}, {}
    for family, parameters in TRUTH.items():
        spec = {"family": family, "counts": [30, 40], "parameters": parameters}
        if FAMILIES[family].support.has_trials:
            spec["trials"] = [10, 20]
        datasets[family] = {"simulate": spec}
        models[family] = {"family": family, "components": 2}
    for structure in STRUCTURES:
        spec = {"family": "multi_normal", "structure": structure}
        parameters = ROWS | SCALES.get(structure, FULL)
        datasets[structure] = {"simulate": spec | {"counts": [30, 40], "parameters": parameters}}
        models[structure] = spec | {"components": 2}
    mixed = {"family": "product", "families": ["normal", "poisson", "categorical"]}
    parameters = {"mu_1": [0, 5], "sigma_1": 1, "lambda_2": [2, 9], "share_1_3": [0.8, 0.1], "share_2_3": 0.5}
    datasets["mixed"] = {"simulate": mixed | {"counts": [30, 40], "parameters": parameters}}
    models["mixed"] = mixed | {"components": 2}
    # Weights, labels and noise, at once.
    datasets["told"] = {"file": "told.csv", "response": "y", "weights": "w", "labels": "group"}
    models["told"] = {"family": "normal", "components": 2, "noise": True}
    return yaml.safe_dump(
        {
            "datasets": datasets,
            "models": models,
            "analyses": [{"dataset": name, "models": [name]} for name in datasets],
            # One instruction set compiles faster; test_kernels.py has all of them.
            "compile": {"processor": "portable"},
            "sampling": {"chains": 2, "warmup": 200, "draws": 200, "seed": 1},
            "search": {"max_climbs": 12},
            "escalate": {"max_rounds": 0},
            "quantities": {"draws": 100, "imputations": 2},
            "report": {"ppc_draws": 5},
        },
        sort_keys=False,
    )


def told() -> str:
    """Two groups of observations with weights, some known, and two outliers."""
    rng = np.random.default_rng(1)
    y = np.concatenate([rng.normal(0, 1, 30), rng.normal(8, 1, 38), [40, -30]])
    w = rng.choice([0.5, 1, 3], 70)
    group = ["low", *[""] * 66, "high", "", ""]
    return pd.DataFrame({"y": y, "w": w, "group": group}).to_csv(index=False)


@pytest.fixture(scope="module")
def every_family(tmp_path_factory: pytest.TempPathFactory) -> Project:
    assert set(TRUTH) == set(FAMILIES)
    project = new_project(tmp_path_factory.mktemp("smoke") / "project", ROOT, configuration())
    (project.folder / "told.csv").write_text(told(), "utf-8")
    result = project.snakemake("--cores", "2", O="1")  # which compiles in half the time of -O3
    assert result.returncode == 0, result.stdout
    return project


def test_every_family_is_fitted_judged_and_reported(every_family):
    report = json.loads((every_family.results / "report.json").read_text("utf-8"))
    fits = {fit["model"]: fit for fit in report["fits"]}
    assert set(fits) == {*TRUTH, *STRUCTURES, "mixed", "told"}
    page = (every_family.results / "report.html").read_text("utf-8")
    for name, fit in fits.items():
        assert fit["verdict"], name
        assert sum(fit["assigned"]["counts"]) == 70
        assert f"{name}" in page
        for row in fit["summary"]:
            assert math.isfinite(row["mean"]), (name, row)
            assert row["truth"] is not None or name == "told", (name, row)
        for row in fit["predictive"]["rows"]:
            assert math.isfinite(row["observed"]), (name, row)
    # Groups so far apart are found: two of three rows or more belong to their own component.
    found = {name: fit["confusion"]["share"] for name, fit in fits.items() if name != "told"}
    assert [name for name, share in found.items() if share < 2 / 3] == []


def test_rows_of_numbers_are_drawn_as_pairs(every_family):
    report = json.loads((every_family.results / "report.json").read_text("utf-8"))
    dataset = next(it for it in report["datasets"] if it["name"] == "VVV")
    assert [column["name"] for column in dataset["columns"]] == ["y_1", "y_2"]
    page = (every_family.results / "report.html").read_text("utf-8")
    assert "Scatter plots of every pair of columns" in page
