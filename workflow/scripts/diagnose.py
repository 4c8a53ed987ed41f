"""Summarise a fit and judge it; stop the run at a bad verdict if the gate says so."""

from stanmix.data import storage
from stanmix.io import read_json, replacing, write_json
from stanmix.judgement import verdict
from stanmix.judgement.checks import diagnose
from stanmix.model import Model
from stanmix.posterior.datatree import read_tree
from stanmix.run.job import job

with job(snakemake):
    kept = read_json(snakemake.input.kept)
    # The settings of the last round, in which trees may be deeper.
    deepest = {"max_treedepth": kept["rounds"][-1]["settings"]["max_treedepth"]}
    summary, report = diagnose(
        tree=read_tree(snakemake.input.posterior),
        model=Model.from_dict(read_json(snakemake.input.model)),
        y=storage.observations(snakemake.input.data),
        settings=snakemake.params.settings | deepest,
        truth=read_json(snakemake.input.truth) if snakemake.input.truth else None,
        # Made from these draws when the last round was judged.
        ledger=lambda functionals: kept["modes"],
    )
    verdict.enforce(snakemake.params.settings["gate"], report, snakemake.output.diagnostics)
    with replacing(snakemake.output.summary) as path:
        summary.to_csv(path, index=False)
    write_json(snakemake.output.diagnostics, report)
