"""Compile a Stan program, or take its executable from the cache."""

from stanmix import programs
from stanmix.job import job

with job(snakemake):
    programs.build(
        snakemake.wildcards.program,
        snakemake.params.likelihood,
        snakemake.output.executable,
        snakemake.output.manifest,
        snakemake.params.processor,
    )
