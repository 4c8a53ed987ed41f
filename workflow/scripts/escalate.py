"""Judge the chains of a round and decide what follows."""

from stanmix import data, escalation, posterior
from stanmix.io import read_json, write_json
from stanmix.job import job
from stanmix.judge import judge
from stanmix.model import Model

with job(snakemake):
    model = Model.from_dict(read_json(snakemake.input.model))
    y = data.observations(snakemake.input.data)
    values, stats = posterior.read_chains(snakemake.input.chains, model)
    before = [read_json(path) for path in snakemake.input.before]
    settings = before[-1]["settings"] if before else snakemake.params.sampling
    _, report = judge(
        tree=posterior.assemble(values, stats, model, y, snakemake.params.identify),
        model=model,
        y=y,
        settings=snakemake.params.settings | {"max_treedepth": settings["max_treedepth"]},
        truth=None,
        files={name: snakemake.input[name] for name in ("executable", "stan", "modes")},
        beside=snakemake.output.decision,
    )
    decision = escalation.decide(report, settings, snakemake.params.max_draws, before)
    decision |= escalation.starts(decision, report, model, snakemake.input.chains, settings["draws"])
    write_json(snakemake.output.decision, decision)
