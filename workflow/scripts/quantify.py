"""Compute assignments, leave-one-out densities and replicated data of a fit."""

from stanmix import data, quantities
from stanmix.io import read_json, replacing, write_json
from stanmix.job import job
from stanmix.model import Model
from stanmix.posterior import read_tree, write_tree

with job(snakemake):
    assignments, pointwise, loo, predictive = quantities.run(
        executable=snakemake.input.executable_quantities,
        stan_json=snakemake.input.stan,
        y=data.observations(snakemake.input.data),
        chains=snakemake.input.chains,
        tree=read_tree(snakemake.input.posterior),
        model=Model.from_dict(read_json(snakemake.input.model)),
        settings=snakemake.params.settings,
        seed=snakemake.params.seed,
        beside=snakemake.output.loo,
    )
    with replacing(snakemake.output.assignments) as path:
        assignments.to_csv(path, index=False)
    with replacing(snakemake.output.pointwise) as path:
        pointwise.to_parquet(path, index=False)
    write_tree(predictive, snakemake.output.predictive)
    write_json(snakemake.output.loo, loo | {"pointwise": "loo_pointwise.parquet"})
