"""Comparison of the fits of a data set."""


rule compare:
    input:
        loo=lambda wildcards: fits(f"{FIT}/loo.json", wildcards.dataset),
        diagnostics=lambda wildcards: fits(f"{FIT}/diagnostics.json", wildcards.dataset),
        pointwise=lambda wildcards: fits(
            f"{FIT}/loo_pointwise.parquet", wildcards.dataset
        ),
        code=code_of("compare"),
    output:
        comparison="<results>/{dataset}/comparison.csv",
    log:
        log_of("compare", of=A_DATASET),
    benchmark:
        benchmark_of("compare", of=A_DATASET)
    conda:
        ENVIRONMENT
    resources:
        **resources_of("compare", runtime=growing(10)),
    params:
        fits=lambda wildcards: [
            {"model": fit.model, "components": fit.components}
            for fit in CONFIG.fits(wildcards.dataset)
        ],
        failures=lambda wildcards: [
            failure for failure in FAILURES if failure["dataset"] == wildcards.dataset
        ],
    message:
        "Compare the models of {wildcards.dataset}"
    script:
        "../scripts/compare.py"


rule comparisons:
    input:
        expand("<results>/{dataset}/comparison.csv", dataset=CONFIG.datasets),
    localrule: True
