"""Draw the figures of a fit to counts."""

from stanmix.data import storage
from stanmix.posterior.datatree import read_tree
from stanmix.report.figures.gaps import drawn
from stanmix.report.figures.rootogram import rootogram_figure
from stanmix.report.figures.style import report_style, save
from stanmix.run.job import job

with job(snakemake), report_style():
    y_rep = read_tree(snakemake.input.predictive)["posterior_predictive"]["y_rep"].values
    params = snakemake.params
    y = storage.responses(snakemake.input.data)
    figure = drawn(rootogram_figure, y, y_rep, params.response, params.interval)
    save(figure, [snakemake.output.rootogram, *snakemake.output.png])
