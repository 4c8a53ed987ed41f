"""Check a model against the data, resolve its priors, and find a first start."""

from stanmix import data, model
from stanmix.conditioning import conditioned
from stanmix.families import family_of
from stanmix.initialise import start
from stanmix.io import write_json, write_stan_json
from stanmix.job import job

with job(snakemake):
    y, told = data.responses(snakemake.input.data), data.told(snakemake.input.data)
    names, spec = snakemake.wildcards, snakemake.params.spec
    components = int(names.components)
    demand = {"model": names.model, "components": components, "spec": spec, "known": told["known"]}
    demand["weight"] = data.weights(snakemake.input.data)
    data.check(y, names.dataset, [demand])
    family = family_of(spec, data.columns(y))
    scale = family.scale(y, data.weights(snakemake.input.data))
    fit = model.resolve(spec, components, scale, **told, region=family.region(y))
    y = data.observations(snakemake.input.data)
    fit = conditioned(fit, y, snakemake.params.seed)
    write_json(snakemake.output.model, fit.to_dict())
    distinct, count = data.collapse_weights(fit.family, y)
    write_stan_json(snakemake.output.stan, fit.stan_data(distinct, count))
    found = start(fit, y, snakemake.params.seed, **snakemake.params.metric)
    write_stan_json(snakemake.output.init, found["init"])
    write_stan_json(snakemake.output.metric, {"inv_metric": found["inv_metric"]})
