"""The charts that the page itself draws: numbers of components of several models."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd

from stanmix.report.charts import DASHES, SWEEP, sweep
from stanmix.report.headline import headline
from stanmix.results import comparison

STRUCTURES = {
    "VVI": (-450.0, -330.0, -300.0, -290.0),
    "EEE": (-380.0, -296.0, -260.0),
    "VVV": (-380.0, -230.0),
}
"""The elpd of 1, 2, ... components of each structure."""


def fits():
    """Facts of fits that all passed, as `compare` gets them."""
    return [
        {
            "dataset": "iris",
            "model": model,
            "components": K,
            "verdict": "converged",
            "converged": True,
            "standing": "passed",
            "reasons": [],
            "measure": "density",
            "family": "multi_normal",
            "elpd": elpd,
            "se": 9.0,
            "p": 8.0,
            "pareto_k": {"good": 150, "bad": 0, "very_bad": 0, "threshold": 0.7},
        }
        for model, values in STRUCTURES.items()
        for K, elpd in enumerate(values, start=1)
    ]


def compared():
    """The comparison of these fits, whose elpd is a sum over 150 rows."""
    noise = np.random.default_rng(1).normal(0, 0.05, (20, 150))
    noise -= noise.mean(axis=1, keepdims=True)
    own = fits()
    tables = [pd.DataFrame({"elpd": fit["elpd"] / 150 + noise[i]}) for i, fit in enumerate(own)]
    table = comparison.compare(own, tables)
    return table.astype(object).where(table.notna(), None).to_dict("records")


def drawn(models):
    rows = [row for row in compared() if row["model"] in models]
    by_key = {(fit["model"], fit["components"]): fit for fit in fits()}
    return ElementTree.fromstring(sweep(rows, by_key, models, lambda *place: "-".join(map(str, place))))


def test_structures_are_ranked_together_and_the_best_is_reported():
    rows = compared()
    every = [(elpd, model, K) for model, own in STRUCTURES.items() for K, elpd in enumerate(own, start=1)]
    every = sorted(every, key=lambda row: -row[0])  # where two are equal, in the order of the models
    assert [(row["elpd"], row["model"], row["components"]) for row in rows] == every
    assert [round(row["elpd_diff"]) for row in rows] == [round(value + 230) for value, _, _ in every]
    facts = [fit | {"elpd": {"n": 150, "pareto_k": fit["pareto_k"]}} for fit in fits()]
    found = headline({"name": "iris"}, facts, rows)
    assert found["next"].startswith("Report VVV, K = 2: it predicts clearly better than the others")


def test_the_lines_of_several_models_are_named_below_the_chart():
    chart = drawn(list(STRUCTURES))
    lines = [line.get("style") for line in chart.iter("polyline")]
    assert len(set(lines)) == 3
    key = [line.get("style") for line in chart.findall("line") if line.get("class") == "line"]
    assert key == lines == [f"stroke-dasharray: {dash}" for dash in DASHES[:3]]
    names = [text for text in chart.findall("text") if text.get("class") == "key"]
    assert [text.text for text in names] == list(STRUCTURES)
    height = float(chart.get("viewBox").split()[3])
    assert all(SWEEP[1] < float(text.get("y")) < height for text in names)
    assert len(chart.findall("a")) == 4 + 3 + 2


def test_the_line_of_one_model_needs_no_key():
    chart = drawn(["VVI"])
    assert [text for text in chart.iter("text") if text.get("class") == "key"] == []
    assert chart.get("viewBox") == f"0 0 {SWEEP[0]} {SWEEP[1]}"
