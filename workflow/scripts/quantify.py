"""Compute assignments, leave-one-out densities and replicated data of a fit."""

import numpy as np

from stanmix import chains, data, predictive, quantities
from stanmix.io import read_json, write_json
from stanmix.job import job
from stanmix.model import Model
from stanmix.posterior import read_tree, write_tree

with job(snakemake):
    output, settings = snakemake.output, snakemake.params.settings
    model = Model.from_dict(read_json(snakemake.input.model))
    tree = read_tree(snakemake.input.posterior)
    y = data.observations(snakemake.input.data)
    assignments, loo, position, facts = quantities.pointwise(
        model, tree, y, settings["draws"], settings["interval"]
    )
    quantities.write_rows(assignments, position, output.parquet, output.assignments)
    quantities.write_rows(loo, np.arange(len(y)), output.pointwise)
    replicated = predictive.replicate(
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
