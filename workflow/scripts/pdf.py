"""Print the report to a PDF file."""

from stanmix.io import replacing
from stanmix.job import job
from stanmix.report.pdf import print_pdf

with job(snakemake), replacing(snakemake.output.pdf) as path:
    print_pdf(snakemake.input.html, path)
