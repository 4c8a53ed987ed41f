"""Run one chain."""

from stanmix.run.job import job
from stanmix.stan.sampling import sample_chain

with job(snakemake):
    sample_chain(
        executable=snakemake.input.executable,
        data=snakemake.input.stan,
        start={"init": snakemake.input.init, "metric": snakemake.input.metric},
        output=snakemake.output.draws,
        settings=snakemake.params.settings,
        seed=snakemake.params.seed,
        chain=int(snakemake.wildcards.chain),
        threads=snakemake.threads,
    )
