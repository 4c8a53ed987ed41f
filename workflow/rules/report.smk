"""The report."""


rule report:
    input:
        fits(f"{FIT}/diagnostics.json"),
        fits(f"{FIT}/assignments.csv"),
        fits(f"{FIT}/prior.nc"),
        expand("<results>/{dataset}/comparison.csv", dataset=CONFIG.datasets),
    output:
        "<results>/report.html",
    shell:
        "touch {output}"
