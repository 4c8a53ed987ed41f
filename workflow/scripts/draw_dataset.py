"""Draw the figures of a data set: the data, and the comparison of its fits."""

import pandas as pd

from stanmix.data import storage
from stanmix.io import read_json
from stanmix.report.figures.comparison import comparison_figure
from stanmix.report.figures.data import data_figure
from stanmix.report.figures.gaps import drawn
from stanmix.report.figures.pairs import pair_figure
from stanmix.report.figures.style import report_style, save
from stanmix.run.job import job

with job(snakemake), report_style():
    truth = read_json(snakemake.input.truth) if snakemake.input.truth else None
    y, response = storage.responses(snakemake.input.data), snakemake.params.response
    rows = isinstance(response, list)
    figures = {
        "data": drawn(pair_figure, y, response, storage.true_classes(snakemake.input.data), "true component")
        if rows
        else drawn(data_figure, y, response, truth),
        "comparison": drawn(comparison_figure, pd.read_csv(snakemake.input.comparison)),
    }
    for (name, figure), picture in zip(figures.items(), snakemake.output.png, strict=True):
        save(figure, [snakemake.output[name], picture])
