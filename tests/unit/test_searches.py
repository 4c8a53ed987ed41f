"""What the benchmark of searches says of them."""

import json

import pytest
from bench.validation import planted, searches, searches_page


def found(*tops, climbs=60, seconds=1.0, stopped="nothing new"):
    optima = [{"log_density": top} for top in tops]
    return {"optima": optima, "climbs": climbs, "seconds": seconds, "stopped": stopped}


def test_a_row_counts_the_searches_that_reached_the_best_of_all():
    rows = [
        found(-10.0, -12.0),
        found(-10.05),
        found(-10.3),
        found(-11.0, climbs=48, stopped="budget"),
        found(),
    ]
    row = searches.row_of(rows)
    assert (row["seeds"], row["best"], row["reached"], row["budget"]) == (5, -10.0, 2, 1)
    assert (row["climbs"], row["seconds"]) == (60, 1.0)
    json.dumps(row)


def test_planted_modes_are_counted_with_their_chains_and_masses():
    case = next(case for case in planted.cases() if case.name == "known_sd_10")
    posterior = planted.solve(case)
    small, large = sorted(posterior.modes, key=lambda mode: mode.mass)

    def optimum(mode, mass):
        return {"mu": case.natural(mode.place)["mu"], "mass": mass}

    both = {"optima": [optimum(large, 0.85), optimum(small, 0.15)], "chains": [1, 2, 1, 2]}
    one_chain = {"optima": [optimum(large, 0.92), optimum(small, 0.08)], "chains": [1, 2, 1, 1]}
    missed = {"optima": [optimum(large, 1.0)], "chains": [1, 1, 1, 1]}
    row = searches.planted_row(case, posterior, [both, one_chain, missed])
    assert (row["seeds"], row["found"], row["chains"]) == (3, 2, 1)
    assert (row["least"], row["most"]) == pytest.approx((0.8, 1.5), abs=0.01)


def test_the_pages_say_how_often():
    row = {
        "data": "iris",
        "family": "multi_normal",
        "structure": "VVI",
        "K": 3,
        "groups": 3,
        "processor": "A",
        "seeds": 100,
        "best": -347.196,
        "reached": 99,
        "climbs": 60,
        "seconds": 2.31,
        "budget": 0,
    }
    text = "\n".join(searches_page.render([row, row | {"K": 4, "reached": 90}]))
    assert "- In all: 189 of 200, 94.5% (90.4% to 97.2%)." in text
    assert "- Fits of which at least 99% of searches reached it: 1 of 2." in text
    assert "| iris | multi_normal VVI | **3** | -347.20 | 99 of 100 | 60 | 2.3 |" in text
    case = {"case": "a", "smaller": 0.1, "seeds": 10, "found": 10, "chains": 9, "least": 0.9, "most": 1.2}
    text = "\n".join(searches_page.render_planted([case, case | {"least": None, "most": None}]))
    assert "| 0.1 | 2 | 20 | 20 of 20, 100.0% (83.2% to 100.0%) | 18 of 20, 90.0% (68.3% to 98.8%) " in text
    assert text.endswith("| 0.90 to 1.20 |")
