"""Adapt the metric that the chains of a fit begin with."""

from stanmix.io import write_stan_json
from stanmix.run.job import job
from stanmix.stan.sampling import pilot_metric

with job(snakemake):
    metric = pilot_metric(
        executable=snakemake.input.executable,
        data=snakemake.input.stan,
        start={"init": snakemake.input.init, "metric": snakemake.input.metric},
        settings=snakemake.params.settings,
        seed=snakemake.params.seed,
        beside=snakemake.output.metric,
        threads=snakemake.threads,
    )
    write_stan_json(snakemake.output.metric, {"inv_metric": metric})
