"""Draw the figures of a fit."""

import pandas as pd

from stanmix.data import storage
from stanmix.io import read_json
from stanmix.model import Model
from stanmix.posterior.datatree import read_tree
from stanmix.report.figures.fit import FitResults, fit_figures
from stanmix.report.figures.style import report_style, save
from stanmix.run.job import job

with job(snakemake), report_style():
    model = Model.from_dict(read_json(snakemake.input.model))
    probabilities = [f"p_{k + 1}" for k in range(model.components)]
    fit = FitResults(
        y=storage.responses(snakemake.input.data),
        response=snakemake.params.response,
        columns=snakemake.params.columns,
        model=model,
        posterior=read_tree(snakemake.input.posterior),
        prior=read_tree(snakemake.input.prior),
        predictive=read_tree(snakemake.input.predictive),
        summary=pd.read_csv(snakemake.input.summary),
        assignments=pd.read_parquet(snakemake.input.assignments, columns=probabilities),
        interval=snakemake.params.interval,
    )
    for (name, figure), picture in zip(fit_figures(fit), snakemake.output.png, strict=True):
        save(figure, [snakemake.output[name], picture])
