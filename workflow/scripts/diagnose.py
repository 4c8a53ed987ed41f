"""Summarise a fit and judge it; stop the run at a bad verdict if the gate says so."""

from functools import partial

from stanmix import data, diagnostics, modes, verdict
from stanmix.io import read_json, replacing, scratch_folder, write_json
from stanmix.job import job
from stanmix.model import Model
from stanmix.posterior import read_tree

with job(snakemake):
    fit = {
        "tree": read_tree(snakemake.input.posterior),
        "model": Model.from_dict(read_json(snakemake.input.model)),
        "y": data.observations(snakemake.input.data),
    }
    with scratch_folder(snakemake.output.diagnostics) as folder:
        summary, report = diagnostics.diagnose(
            **fit,
            settings=snakemake.params.settings,
            truth=read_json(snakemake.input.truth) if snakemake.input.truth else None,
            ledger=partial(
                modes.ledger,
                **fit,
                found=read_json(snakemake.input.modes),
                executable=snakemake.input.executable,
                data=snakemake.input.stan,
                folder=folder,
            ),
        )
    verdict.enforce(snakemake.params.settings["gate"], report, snakemake.output.diagnostics)
    with replacing(snakemake.output.summary) as path:
        summary.to_csv(path, index=False)
    write_json(snakemake.output.diagnostics, report)
