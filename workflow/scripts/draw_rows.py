"""Draw the figures of a fit to rows of numbers."""

import pandas as pd

from stanmix.data import storage
from stanmix.io import read_json
from stanmix.model import Model
from stanmix.posterior.datatree import read_tree
from stanmix.report.figures.means import component_means
from stanmix.report.figures.rows import rows_figures
from stanmix.report.figures.style import report_style, save
from stanmix.run.job import job

with job(snakemake), report_style():
    model = Model.from_dict(read_json(snakemake.input.model))
    means = component_means(read_tree(snakemake.input.posterior), model)
    probabilities = [f"p_{k + 1}" for k in range(model.components)]
    classes = pd.read_parquet(snakemake.input.assignments, columns=probabilities).to_numpy().argmax(axis=1)
    y = storage.responses(snakemake.input.data)
    figures = rows_figures(y, snakemake.params.columns, classes, model.family, means)
    for (name, figure), picture in zip(figures, snakemake.output.png, strict=True):
        save(figure, [snakemake.output[name], picture])
