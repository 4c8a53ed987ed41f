"""Compute assignments, leave-one-out densities and replicated data of a fit."""

import numpy as np

from stanmix.data import storage
from stanmix.io import read_json, write_json
from stanmix.model import Model
from stanmix.posterior.datatree import read_tree, write_tree
from stanmix.results import posterior_predictive
from stanmix.results.assignments import pointwise, write_rows
from stanmix.run.job import job
from stanmix.stan import chains

with job(snakemake):
    output, settings = snakemake.output, snakemake.params.settings
    model = Model.from_dict(read_json(snakemake.input.model))
    tree = read_tree(snakemake.input.posterior)
    y = storage.observations(snakemake.input.data)
    assignments, loo, position, facts = pointwise(model, tree, y, settings["draws"], settings["interval"])
    write_rows(assignments, position, output.parquet, output.assignments)
    write_rows(loo, np.arange(len(y)), output.pointwise)
    replicated = posterior_predictive.replicate(
        executable=snakemake.input.executable_quantities,
        model=model,
        y=y,
        chains=chains.final(snakemake.input.kept),
        draws=tree["posterior"].sizes["draw"],
        settings=settings,
        seed=snakemake.params.seed,
        beside=output.loo,
    )
    write_tree(replicated, output.predictive)
    write_json(output.loo, facts | {"pointwise": "loo_pointwise.parquet"})
