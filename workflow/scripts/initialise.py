"""Check a model against the data, resolve its priors, and find a first start."""

from stanmix import model
from stanmix.data import checking, storage, ties
from stanmix.families import family_of
from stanmix.io import write_json, write_stan_json
from stanmix.run.job import job
from stanmix.starts.clusters import start
from stanmix.starts.conditioning import conditioned

with job(snakemake):
    y, told = storage.responses(snakemake.input.data), storage.told(snakemake.input.data)
    names, spec = snakemake.wildcards, snakemake.params.spec
    components = int(names.components)
    demand = {"model": names.model, "components": components, "spec": spec, "known": told["known"]}
    demand["weight"] = storage.weights(snakemake.input.data)
    checking.check(y, names.dataset, [demand])
    family = family_of(spec, storage.columns(y))
    scale = family.scale(y, storage.weights(snakemake.input.data))
    fit = model.resolve(spec, components, scale, **told, region=family.region(y))
    y = storage.observations(snakemake.input.data)
    fit = conditioned(fit, y, snakemake.params.seed)
    write_json(snakemake.output.model, fit.to_dict())
    distinct, count = ties.collapse_weights(y)
    write_stan_json(snakemake.output.stan, fit.stan_data(distinct, count))
    found = start(fit, y, snakemake.params.seed, **snakemake.params.metric)
    write_stan_json(snakemake.output.init, found["init"])
    write_stan_json(snakemake.output.metric, {"inv_metric": found["inv_metric"]})
