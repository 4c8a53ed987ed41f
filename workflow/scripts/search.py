"""Look for the modes of a fit's posterior density from dispersed starts."""

from stanmix import data, modes
from stanmix.io import read_json, scratch_folder, write_json
from stanmix.job import job
from stanmix.model import Model

with job(snakemake):
    with scratch_folder(snakemake.output.modes) as folder:
        found = modes.search(
            model=Model.from_dict(read_json(snakemake.input.model)),
            executable=snakemake.input.executable,
            data=snakemake.input.stan,
            y=data.observations(snakemake.input.data),
            seed=snakemake.params.seed,
            folder=folder,
            starts=snakemake.params.starts,
        )
    write_json(snakemake.output.modes, found)
