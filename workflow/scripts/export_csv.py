"""Write the chains of a fit as the Stan CSV files that CmdStan wrote."""

from pathlib import Path

from stanmix.run.job import job
from stanmix.stan import chains

with job(snakemake):
    # Chains beyond the configured number are beside those that the rule names.
    folder = Path(snakemake.output.csv[0]).parent
    for number, chain in enumerate(chains.final(snakemake.input.kept), start=1):
        chains.write_stan_csv([chain], folder / f"chain_{number}.csv")
