"""Predict new data by a fit."""

from stanmix.io import read_json
from stanmix.model import Model
from stanmix.posterior.datatree import read_tree
from stanmix.results import new_data
from stanmix.results.assignments import write_rows
from stanmix.run.job import job

with job(snakemake):
    new, params = snakemake.input, snakemake.params
    model = Model.from_dict(read_json(new.model))
    y = new_data.read(new.file, model, snakemake.wildcards.model, **params.columns)
    columns, position = new_data.predict(
        model, read_tree(new.posterior), y, seed=params.seed, **params.settings
    )
    write_rows(columns, position, snakemake.output.parquet, snakemake.output.predictions)
