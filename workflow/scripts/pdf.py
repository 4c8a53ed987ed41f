"""Print the report to a PDF file."""

from stanmix.io import replacing
from stanmix.report.pdf import print_pdf
from stanmix.run.job import job

with job(snakemake), replacing(snakemake.output.pdf) as path:
    print_pdf(snakemake.input.html, path)
