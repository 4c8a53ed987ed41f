"""Compile a Stan program, or take its executable from the cache."""

from stanmix.run.job import job
from stanmix.stan import programs

with job(snakemake):
    programs.build(
        snakemake.wildcards.program,
        snakemake.params.likelihood,
        snakemake.output.executable,
        snakemake.output.manifest,
        snakemake.params.processor,
    )
