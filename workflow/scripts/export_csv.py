"""Write the chains of a fit as the Stan CSV files that CmdStan wrote."""

from stanmix.chains import write_stan_csv
from stanmix.job import job

with job(snakemake):
    for chain, target in zip(snakemake.input.chains, snakemake.output.csv, strict=True):
        write_stan_csv([chain], target)
