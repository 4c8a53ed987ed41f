"""Compare the models of a data set by their leave-one-out predictive densities."""

import pandas as pd

from stanmix.io import read_json, replacing
from stanmix.results import comparison
from stanmix.run.job import job

with job(snakemake):
    inputs = snakemake.input
    fits = [
        fit | read_json(loo) | {"verdict": read_json(judged)["verdict"]}
        for fit, loo, judged in zip(snakemake.params.fits, inputs.loo, inputs.diagnostics, strict=True)
    ]
    lost = [comparison.without_results(failure) for failure in snakemake.params.failures]
    pointwise = [pd.read_parquet(path) for path in inputs.pointwise]
    table = comparison.compare([*fits, *lost], [*pointwise, *[None] * len(lost)])
    with replacing(snakemake.output.comparison) as path:
        table.to_csv(path, index=False)
