"""Alternative texts: every figure has its own."""

from typing import Any

import pytest

from stanmix.report.catalogue import (
    COUNTS_FIGURES,
    DATASET_FIGURES,
    FIGURES,
    FIT_FIGURES,
    ROWS_FIGURES,
    figures_of,
)

COLUMN = {"name": "length", "minimum": 1.0, "maximum": 7.0}
DATASET: dict[str, Any] = {
    "n": 150,
    "columns": [COLUMN, COLUMN | {"name": "width"}],
    "minimum": 0,
    "maximum": 12,
    "mean": 3.0,
    "response": "y",
    "truth": None,
}
FIT: dict[str, Any] = {
    "components": 2,
    "figures": [*FIT_FIGURES, *ROWS_FIGURES],
    "priors": [{"parameter": "mu", "prior": "normal(0, 1)"}],
    "theta_alpha": [1, 1],
    "prior_predictive": {"replicated": 50, "interval": 0.95, "low": -3.0, "high": 3.0},
    "chains": 4,
    "draws": 4000,
    "worst": {"rhat": 1.001, "ess": 900, "divergences": 0},
    "summary": [],
    "assigned": {"counts": [90, 60], "threshold": 0.9, "certain": 0.8, "n": 150},
    "predictive": {
        "interval": 0.95,
        "replicated": 400,
        "shown": 50,
        "observations": 150,
        "rows": [{"name": "share of zeros", "observed": 0.31, "low": 0.1, "high": 0.2, "extreme": True}],
    },
}
ROW = {"model": "m", "components": 2, "elpd": -200.0, "elpd_diff": 0.0, "se_diff": 0.0}
OF_FITS = [*FIT_FIGURES, *ROWS_FIGURES, *COUNTS_FIGURES]
OWN = {
    "prior": "Prior densities",
    "prior_predictive": "drawn from the prior",
    "traces": "trace of all 4,000 draws",
    "marginals": "Marginal posterior densities",
    "predictive": "replicated data sets",
    "assignments": "coloured by their most probable component, with ellipses",
    "parallel": "Parallel coordinates: lines of the 150 rows",
    "discriminant": "linear discriminants of the 2 components",
    "rootogram": "Rootogram: how often each count from 0 to 12 occurs among 150 observations",
    "data": "Scatter plots of every pair of columns of 150 rows: length from 1 to 7, width from 1 to 7.",
    "comparison": "The highest elpd, \N{MINUS SIGN}200, is that of m with K = 2.",
}


def test_every_figure_of_the_catalogue_has_a_text_of_its_own() -> None:
    texts = {name: FIGURES[name].alt(FIT, DATASET) for name in OF_FITS}
    texts |= {name: FIGURES[name].alt(DATASET, [ROW]) for name in DATASET_FIGURES}
    assert set(texts) == set(FIGURES)
    assert len(set(texts.values())) == len(texts) == len(OWN)
    for name, text in texts.items():
        assert OWN[name] in text, name
        assert text.endswith((".", ". ")), name
    assert "Share of zeros: 0.310 observed, 0.100 to 0.200 replicated." in texts["rootogram"]


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ({"family": "normal"}, []),
        ({"family": "multi_normal"}, [*ROWS_FIGURES]),
        ({"family": "multi_student_t"}, [*ROWS_FIGURES]),
        ({"family": "multi_normal", "noise": True}, []),
        ({"family": "product", "families": "normal"}, []),
        ({"family": "poisson"}, [*COUNTS_FIGURES]),
        ({"family": "binomial"}, []),
    ],
)
def test_figures_are_those_that_apply(model: dict[str, Any], more: list[str]) -> None:
    assert figures_of({"file": "a.csv", "response": "y"}, model) == [*FIT_FIGURES, *more]


def test_ellipses_are_told_of_where_they_are() -> None:
    plain = FIT | {"figures": list(FIT_FIGURES)}
    rows = FIGURES["assignments"].alt(plain, DATASET)
    assert rows.startswith("Probability of each component against the value in length of each of 150")
    single = DATASET | {"columns": []}
    assert (
        FIGURES["assignments"]
        .alt(plain, single)
        .startswith("Probability of each component against the value")
    )
