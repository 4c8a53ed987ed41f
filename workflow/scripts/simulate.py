"""Simulate a data set from a known mixture."""

from stanmix import data
from stanmix.io import write_json
from stanmix.job import job

with job(snakemake):
    name = snakemake.wildcards.dataset
    frame, truth = data.simulate(snakemake.params.spec, snakemake.params.seed)
    data.check(data.of_frame(frame), name)
    facts = data.describe(name, frame, "simulated") | {"seed": snakemake.params.seed}
    write_json(snakemake.output.truth, truth)
    data.write(frame, facts, snakemake.output.data, snakemake.output.facts)
