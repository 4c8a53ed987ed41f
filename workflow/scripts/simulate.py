"""Simulate a data set from a known mixture."""

from stanmix.data import checking, description, simulation, storage
from stanmix.io import write_json
from stanmix.run.job import job

with job(snakemake):
    name = snakemake.wildcards.dataset
    frame, truth = simulation.simulate(snakemake.params.spec, snakemake.params.seed)
    checking.check(storage.of_frame(frame), name)
    facts = description.describe(name, frame, "simulated") | {"seed": snakemake.params.seed}
    write_json(snakemake.output.truth, truth)
    storage.write(frame, facts, snakemake.output.data, snakemake.output.facts)
