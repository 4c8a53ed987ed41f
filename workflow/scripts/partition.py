"""Find the partitions of a fit, and draw labels for use downstream."""

import pandas as pd

from stanmix.data import storage
from stanmix.io import read_json, replacing, write_json
from stanmix.model import Model
from stanmix.posterior.datatree import component_values, read_tree
from stanmix.results import partitions
from stanmix.run.job import job

with job(snakemake):
    model = Model.from_dict(read_json(snakemake.input.model))
    values = component_values(read_tree(snakemake.input.posterior), model)
    y = storage.observations(snakemake.input.data)
    facts, arrays = partitions.summarise(model, values, y, snakemake.params.seed)
    labels = partitions.impute(model, values, y, snakemake.params.imputations, snakemake.params.seed)
    partitions.write(arrays, snakemake.output.partition, snakemake.output.similarity)
    with replacing(snakemake.output.imputations) as path:
        pd.DataFrame(labels, columns=[f"z_{i + 1}" for i in range(labels.shape[1])]).to_parquet(path)
    write_json(snakemake.output.facts, facts)
