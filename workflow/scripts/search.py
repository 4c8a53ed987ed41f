"""Look for the modes of a fit's posterior density, and find a start for each chain at them."""

from stanmix.data import storage
from stanmix.io import read_json, scratch_folder, write_json, write_stan_json
from stanmix.model import Model
from stanmix.run.job import job
from stanmix.seeds import derive
from stanmix.starts import allocation
from stanmix.starts.search import search

with job(snakemake):
    model = Model.from_dict(read_json(snakemake.input.model))
    y, seed = storage.observations(snakemake.input.data), snakemake.params.seed
    configured, random = len(snakemake.output.init), snakemake.params.starts == "random"
    with scratch_folder(snakemake.output.modes) as folder:
        found = search(
            model=model,
            executable=snakemake.input.executable,
            data=snakemake.input.stan,
            y=y,
            seed=seed,
            folder=folder,
            most=snakemake.params.most,
        )
    starts = allocation.starts(model, y, found, configured, derive(seed, "starts"), **snakemake.params.metric)
    for own, init, metric in zip(starts, snakemake.output.init, snakemake.output.metric, strict=False):
        # Stan draws the start of every parameter that a file leaves out.
        write_stan_json(init, {} if random else own["init"])
        write_stan_json(metric, {"inv_metric": own["inv_metric"]})
    extra = [] if random else starts[configured:]
    chains = {
        "starts": [{"mode": own["mode"]} for own in starts],
        "extra": [{key: own[key] for key in ("init", "inv_metric")} for own in extra],
    }
    write_json(snakemake.output.modes, found.to_dict() | chains)
