"""Predict new data by a fit."""

from stanmix import prediction
from stanmix.io import read_json
from stanmix.job import job
from stanmix.model import Model
from stanmix.posterior import read_tree
from stanmix.quantities import write_rows

with job(snakemake):
    new, params = snakemake.input, snakemake.params
    model = Model.from_dict(read_json(new.model))
    y = prediction.read(new.file, model, snakemake.wildcards.model, **params.columns)
    columns, position = prediction.predict(
        model, read_tree(new.posterior), y, seed=params.seed, **params.settings
    )
    write_rows(columns, position, snakemake.output.parquet, snakemake.output.predictions)
