"""Run one chain of a further round."""

from stanmix.io import read_json
from stanmix.job import job
from stanmix.sampling import sample_again

with job(snakemake):
    sample_again(
        executable=snakemake.input.executable,
        data=snakemake.input.stan,
        decision=read_json(snakemake.input.decision),
        previous=snakemake.input.previous,
        output=snakemake.output.draws,
        seed=snakemake.params.seed,
        chain=int(snakemake.wildcards.chain),
        threads=snakemake.threads,
    )
