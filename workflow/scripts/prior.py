"""Draw parameters and data from a fit's prior."""

from stanmix.data import storage
from stanmix.io import read_json
from stanmix.model import Model
from stanmix.posterior.datatree import write_tree
from stanmix.results import prior_predictive
from stanmix.run.job import job

with job(snakemake):
    tree = prior_predictive.run(
        programs={
            "sampling": snakemake.input.executable,
            "quantities": snakemake.input.executable_quantities,
        },
        y=storage.observations(snakemake.input.data),
        start={"init": snakemake.input.init, "metric": snakemake.input.metric},
        model=Model.from_dict(read_json(snakemake.input.model)),
        settings=snakemake.params.settings,
        kept=snakemake.params.kept,
        seed=snakemake.params.seed,
        beside=snakemake.output.prior,
    )
    write_tree(tree, snakemake.output.prior)
