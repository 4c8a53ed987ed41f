"""Summarise a fit and judge it; stop the run at a bad verdict if the gate says so."""

from stanmix import data, verdict
from stanmix.io import read_json, replacing, write_json
from stanmix.job import job
from stanmix.judge import judge
from stanmix.model import Model
from stanmix.posterior import read_tree

with job(snakemake):
    summary, report = judge(
        tree=read_tree(snakemake.input.posterior),
        model=Model.from_dict(read_json(snakemake.input.model)),
        y=data.observations(snakemake.input.data),
        settings=snakemake.params.settings,
        truth=read_json(snakemake.input.truth) if snakemake.input.truth else None,
        files={name: snakemake.input[name] for name in ("executable", "stan", "modes")},
        beside=snakemake.output.diagnostics,
    )
    verdict.enforce(snakemake.params.settings["gate"], report, snakemake.output.diagnostics)
    with replacing(snakemake.output.summary) as path:
        summary.to_csv(path, index=False)
    write_json(snakemake.output.diagnostics, report)
