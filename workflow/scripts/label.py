"""Gather the chains of a fit and resolve the labels of its components."""

from stanmix.data import storage
from stanmix.io import read_json
from stanmix.model import Model
from stanmix.posterior import datatree
from stanmix.run.job import job
from stanmix.stan import chains

with job(snakemake):
    model = Model.from_dict(read_json(snakemake.input.model))
    values, stats = datatree.read_chains(chains.final(snakemake.input.kept), model)
    y = storage.observations(snakemake.input.data)
    tree = datatree.assemble(values, stats, model, y, snakemake.params.identify)
    datatree.write_tree(tree, snakemake.output.posterior)
