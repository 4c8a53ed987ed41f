"""Time the gradient of a fit's log density."""

from stanmix.io import read_json, write_json
from stanmix.run.job import job
from stanmix.stan.sampling import time_gradient

with job(snakemake):
    timing = time_gradient(
        executable=snakemake.input.executable,
        data=snakemake.input.stan,
        start={"init": snakemake.input.init, "metric": snakemake.input.metric},
        seed=snakemake.params.seed,
        beside=snakemake.output.timing,
        threads=snakemake.threads,
    )
    distinct = read_json(snakemake.input.facts)["distinct"]
    write_json(snakemake.output.timing, timing | {"distinct": distinct})
