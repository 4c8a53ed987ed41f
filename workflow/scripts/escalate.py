"""Judge the chains of a fit, and sample on until it is settled."""

from stanmix.data import storage
from stanmix.io import read_json
from stanmix.judgement.escalation import Budget
from stanmix.judgement.settling import Fit, settle
from stanmix.model import Model
from stanmix.run.job import job

INTERVAL = 0.95
"""Probability of the intervals in summaries here, on which no decision depends."""

with job(snakemake) as tell:
    names, budget = snakemake.wildcards, snakemake.params.budget
    # Draws do not depend on how many threads a chain has.
    workers = min(snakemake.threads, len(snakemake.input.chains))
    settle(
        Fit(
            model=Model.from_dict(read_json(snakemake.input.model)),
            y=storage.observations(snakemake.input.data),
            executable=snakemake.input.executable,
            data=snakemake.input.stan,
            found=read_json(snakemake.input.modes),
            sampling=snakemake.params.sampling,
            thresholds={**snakemake.params.settings, "interval": INTERVAL},
            budget=Budget(budget["max_rounds"], budget["max_draws"], 60 * budget["max_minutes"]),
            seed=snakemake.params.seed,
            first_seed=snakemake.params.first_seed,
            workers=workers,
            threads=snakemake.threads // workers,
        ),
        first=snakemake.input.chains,
        kept=snakemake.output.kept,
        more=snakemake.output.more,
        tell=lambda text: tell(f"{names.model}, K = {names.components}, on {names.dataset}: {text}"),
    )
