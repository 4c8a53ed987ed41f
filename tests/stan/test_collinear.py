"""Several columns that are nearly collinear, or rounded: sampled at the cost of ordinary ones."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from stanmix.data import ties
from stanmix.families import family_of
from stanmix.io import write_stan_json
from stanmix.model import resolve
from stanmix.stan import chains, programs
from stanmix.stan.sampling import sample_chain
from stanmix.starts.clusters import start
from stanmix.starts.conditioning import conditioned

SETTINGS = {"warmup": 500, "draws": 500, "adapt_delta": 0.9, "max_treedepth": 10}


def nearly_singular(seed=1):
    """200 rows of three columns, whose covariance has eigenvalues 74.5, 1.4e-7 and 7e-8."""
    covariance = np.array(
        [
            [32.00000007, 35.99999993, 8.00000001],
            [35.99999993, 40.50000006, 8.99999998],
            [8.00000001, 8.99999998, 2.00000008],
        ]
    )
    return np.random.default_rng(seed).normal(size=(200, 3)) @ np.linalg.cholesky(covariance).T


def scores(seed=1):
    """100 pairs of whole numbers from two groups, of which many lie in one line."""
    rng = np.random.default_rng(seed)
    return np.round(np.concatenate([rng.normal(8, 2, (50, 2)), rng.normal(14, 2, (50, 2))]))


@pytest.fixture(scope="module")
def executable(cmdstan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("multi_normal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("O", "1")
        programs.build(
            "multi_normal", "kernel", folder / "multi_normal", folder / "multi_normal.json", "portable"
        )
    return folder / "multi_normal"


def sampled(executable, folder, y, components, is_conditioned=True, settings=SETTINGS):
    """Two chains: a table of the draws of each."""
    spec = {"family": "multi_normal", "components": components}
    model = resolve(spec, components, family_of(spec, y.shape[1]).scale(y))
    if is_conditioned:
        model = conditioned(model, y, 1)
    distinct, count, _ = ties.collapse(y)
    write_stan_json(folder / "data.json", model.stan_data(distinct, count))
    tables = []
    for chain in (1, 2):
        found = start(model, y, chain)
        files = {name: folder / f"{name}.json" for name in ("init", "metric")}
        write_stan_json(files["init"], found["init"])
        write_stan_json(files["metric"], {"inv_metric": found["inv_metric"]})
        output = folder / f"chain_{chain}.parquet"
        sample_chain(executable, folder / "data.json", files, output, settings, seed=1, chain=chain)
        tables.append(chains.read(output))
    return tables


def of_all(tables, name):
    return np.stack([chains.variable(table, name) for table in tables])


@pytest.mark.parametrize(
    ("y", "components"), [(nearly_singular(), 1), (scores(), 2)], ids=["singular", "scores"]
)
def test_they_take_few_steps_and_none_diverges(executable, tmp_path, y, components):
    tables = sampled(executable, tmp_path, y, components)
    assert of_all(tables, "n_leapfrog__").mean() < 16
    assert of_all(tables, "treedepth__").max() < SETTINGS["max_treedepth"]
    assert of_all(tables, "divergent__").sum() == 0
    assert array_stats.rhat(of_all(tables, "lp__"), chain_axis=0, draw_axis=1) < 1.02


def test_without_coordinates_of_their_own_nearly_collinear_columns_reach_the_largest_depth(
    executable, tmp_path
):
    # A negative control, whose few draws cost as many gradients as all of the above.
    settings = SETTINGS | {"warmup": 150, "draws": 20, "max_treedepth": 8}
    tables = sampled(executable, tmp_path, nearly_singular(), 1, is_conditioned=False, settings=settings)
    assert (of_all(tables, "treedepth__") == 8).mean() > 0.5
