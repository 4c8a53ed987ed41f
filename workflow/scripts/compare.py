"""Compare the models of a data set by their leave-one-out predictive densities."""

import pandas as pd

from stanmix import selection
from stanmix.io import read_json, replacing
from stanmix.job import job

with job(snakemake):
    fits = [fit | read_json(loo) for fit, loo in zip(snakemake.params.fits, snakemake.input.loo, strict=True)]
    table = selection.compare(fits, [pd.read_parquet(path) for path in snakemake.input.pointwise])
    with replacing(snakemake.output.comparison) as path:
        table.to_csv(path, index=False)
