"""Short fits of every covariance structure against mclust's classes, where these are separated."""

import json

import numpy as np
import pandas as pd
import pytest

from helpers import DATA
from stanmix.families import family_of
from stanmix.io import write_stan_json
from stanmix.model import resolve
from stanmix.posterior.datatree import assemble, component_values, read_chains
from stanmix.posterior.densities import responsibilities
from stanmix.posterior.summary import derived_scalars, scalars, summarise
from stanmix.stan import programs
from stanmix.stan.sampling import sample_chain
from stanmix.starts.clusters import start

pytestmark = pytest.mark.slow

PEERS = DATA / "peers"
MCLUST = json.loads((PEERS / "mclust.json").read_text("utf-8"))
# The classes of faithful's two components are the same by all structures.
CASES = [
    *(
        ("faithful", structure, "VVV", 2)
        for structure in ("VEI", "EVI", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV")
    ),
    ("iris", "VEV", "VEV", 2),
    ("iris", "FA", "VVV", 2),
    ("diabetes", "VVV", "VVV", 3),  # what mclust's BIC chooses
]
SETTINGS = {"warmup": 300, "draws": 200, "adapt_delta": 0.9, "max_treedepth": 10}
CHAINS = 2


def adjusted_rand(first, second):
    """The index of Hubert and Arabie (1985), from the table of both classifications."""
    table = pd.crosstab(first, second).to_numpy()
    pairs = [
        (n * (n - 1) / 2).sum() for n in (table, table.sum(axis=0), table.sum(axis=1), np.array(len(first)))
    ]
    together, columns, rows, total = pairs
    expected = columns * rows / total
    return (together - expected) / ((columns + rows) / 2 - expected)


@pytest.mark.parametrize(("name", "structure", "of", "K"), CASES)
def test_the_classes_are_mclusts_and_what_is_shown_mixes(cmdstan, tmp_path, name, structure, of, K):
    peer = MCLUST[name]
    y = pd.read_csv(PEERS / f"{name}.csv")[peer["columns"]].to_numpy(dtype=float)
    theirs = next(fit for fit in peer["fits"] if (fit["modelName"], fit["G"]) == (of, K))
    spec = {"family": "multi_normal", "structure": structure}
    model = resolve(spec, K, family_of(spec, y.shape[1]).scale(y))
    executable = str(tmp_path / "program")
    programs.build(model.family.stan_program, "kernel", executable, tmp_path / "program.json")
    write_stan_json(tmp_path / "data.json", model.stan_data(y))
    chains = []
    for chain in range(1, CHAINS + 1):
        found = start(model, y, chain)
        files = {"init": tmp_path / "init.json", "metric": tmp_path / "metric.json"}
        write_stan_json(files["init"], found["init"])
        write_stan_json(files["metric"], {"inv_metric": found["inv_metric"]})
        chains.append(tmp_path / f"chain_{chain}.parquet")
        sample_chain(executable, tmp_path / "data.json", files, chains[-1], SETTINGS, seed=1, chain=chain)
    values, stats = read_chains(chains, model)
    tree = assemble(values, stats, model, y)
    flat = {each: value.reshape(-1, K)[::5] for each, value in component_values(tree, model).items()}
    classes = responsibilities(model, flat, y).mean(axis=0).argmax(axis=1)
    assert adjusted_rand(classes, theirs["classification"]) >= 0.95
    for shown, draws in (*scalars(tree, model), *derived_scalars(model, component_values(tree, model))):
        assert summarise(draws, 0.9)["rhat"] < 1.05, shown
    assert stats["diverging"].mean() < 0.02
