"""Gather the chains of a fit and resolve the labels of its components."""

from stanmix import chains, data, posterior
from stanmix.io import read_json
from stanmix.job import job
from stanmix.model import Model

with job(snakemake):
    model = Model.from_dict(read_json(snakemake.input.model))
    values, stats = posterior.read_chains(chains.final(snakemake.input.kept), model)
    y = data.observations(snakemake.input.data)
    tree = posterior.assemble(values, stats, model, y, snakemake.params.identify)
    posterior.write_tree(tree, snakemake.output.posterior)
