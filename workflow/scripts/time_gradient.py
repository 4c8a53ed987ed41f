"""Time the gradient of a fit's log density."""

from stanmix.io import write_json
from stanmix.job import job
from stanmix.sampling import time_gradient

with job(snakemake):
    timing = time_gradient(
        executable=snakemake.input.executable,
        data=snakemake.input.stan,
        start={"init": snakemake.input.init, "metric": snakemake.input.metric},
        seed=snakemake.params.seed,
        beside=snakemake.output.timing,
        threads=snakemake.threads,
    )
    write_json(snakemake.output.timing, timing)
