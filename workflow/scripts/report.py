"""Write the report: its facts, the effective configuration, and the page that shows them."""

from pathlib import Path

import yaml

from stanmix.io import read_json, replacing, write_json
from stanmix.report.facts import collect
from stanmix.report.html import render
from stanmix.report.validation import validate
from stanmix.run.job import job

with job(snakemake):
    output, params = snakemake.output, snakemake.params
    results = Path(output.html).parent
    write_json(output.json, collect(results, params.benchmarks, params.config, params.fits, params.failures))
    with replacing(output.config) as path:
        path.write_text(yaml.safe_dump(params.config, sort_keys=False, allow_unicode=True), "utf-8")
    facts = read_json(output.json)
    validate(facts)
    page = render(facts, results)
    with replacing(output.html) as path:
        path.write_text(page, "utf-8")
