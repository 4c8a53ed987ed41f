"""Judge the chains of a fit, and sample on until it is settled."""

from stanmix import data
from stanmix.escalation import Budget
from stanmix.io import read_json
from stanmix.job import job
from stanmix.model import Model
from stanmix.settling import Fit, settle

with job(snakemake) as tell:
    names, threads = snakemake.wildcards, snakemake.params.threads_per_chain
    budget = snakemake.params.budget
    settle(
        Fit(
            model=Model.from_dict(read_json(snakemake.input.model)),
            y=data.observations(snakemake.input.data),
            executable=snakemake.input.executable,
            data=snakemake.input.stan,
            found=read_json(snakemake.input.modes),
            sampling=snakemake.params.sampling,
            thresholds=snakemake.params.settings,
            budget=Budget(budget["max_rounds"], budget["max_draws"], 60 * budget["max_minutes"]),
            seed=snakemake.params.seed,
            first_seed=snakemake.params.first_seed,
            workers=max(1, snakemake.threads // threads),
            threads=min(threads, snakemake.threads),
        ),
        first=snakemake.input.chains,
        kept=snakemake.output.kept,
        more=snakemake.output.more,
        tell=lambda text: tell(f"{names.model}, K = {names.components}, on {names.dataset}: {text}"),
    )
