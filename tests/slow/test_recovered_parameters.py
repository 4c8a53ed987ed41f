import pytest
from bench.validation import recovery

pytestmark = pytest.mark.slow

# A binomial count of 30 intervals at 90% is below 22 in 1% of cases.
LEAST = 0.7


@pytest.mark.parametrize("family", ["gamma", "zero_inflated_poisson"])
def test_intervals_cover_known_parameters(family):
    (row,) = recovery.measure([family], range(101, 107))
    assert row["datasets"] == 6
    assert row["share"] >= LEAST
    assert row["rhat_max"] < 1.05
    assert row["divergences"] == 0
