"""Look for the modes of a fit's posterior density, and find a start for each chain at them."""

from stanmix import allocation, data
from stanmix.initialise import start
from stanmix.io import read_json, scratch_folder, write_json, write_stan_json
from stanmix.job import job
from stanmix.model import Model
from stanmix.search import search
from stanmix.seeds import derive

with job(snakemake):
    model = Model.from_dict(read_json(snakemake.input.model))
    y = data.observations(snakemake.input.data)
    seed, metric = snakemake.params.seed, snakemake.params.metric
    configured = len(snakemake.output.init)
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
    starts = allocation.starts(model, y, found, configured, derive(seed, "starts"), **metric)
    if not starts:  # no climb reached an optimum, which modes.json says
        starts = [
            {"mode": None, **start(model, y, derive(seed, chain), **metric)}
            for chain in range(1, configured + 1)
        ]
    files = zip(starts, snakemake.output.init, snakemake.output.metric, strict=False)
    for own, init, inv_metric in files:
        # Stan draws the start of every parameter that a file leaves out.
        write_stan_json(init, own["init"] if snakemake.params.starts == "modes" else {})
        write_stan_json(inv_metric, {"inv_metric": own["inv_metric"]})
    facts = found.to_dict()
    facts["starts"] = [{"mode": own["mode"]} for own in starts]
    facts["extra"] = [
        {key: own[key] for key in ("init", "inv_metric")}
        for own in starts[configured:]
        if snakemake.params.starts == "modes"
    ]
    write_json(snakemake.output.modes, facts)
