from pathlib import Path

import pytest
from bench.validation.oracles import compare

from stanmix.judgement.verdict import GOOD

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    return compare(Path(tmp_path_factory.mktemp("oracles")) / "project")


def test_posterior_means_agree_within_their_monte_carlo_errors(rows):
    assert len(rows) == 45
    assert [row for row in rows if abs(row["z"]) > row["gate"]] == []


def test_posterior_standard_deviations_agree(rows):
    assert [row for row in rows if not 0.95 <= row["sd_ratio"] <= 1.05] == []


def test_every_fit_that_is_compared_has_converged(rows):
    assert {row["verdict"] for row in rows} <= set(GOOD)
