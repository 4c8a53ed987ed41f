"""Convergence: a summary of each fit, checks against thresholds, and a verdict."""


rule diagnose:
    input:
        posterior=f"{FIT}/posterior.nc",
        model=f"{FIT}/model.json",
        data="<results>/{dataset}/data.parquet",
        truth=lambda wildcards: truth_of(wildcards.dataset),
        code=code_of("diagnose"),
    output:
        summary=f"{FIT}/summary.csv",
        diagnostics=f"{FIT}/diagnostics.json",
    log:
        "<logs>/{dataset}/{model}/k{components}/diagnose.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/diagnose.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mebibytes(2000),
        runtime=10,
        tmpdir=SCRATCH,
    params:
        settings=CONFIG.effective["diagnostics"]
        | {"max_treedepth": SAMPLING["max_treedepth"]},
    message:
        "Judge {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/diagnose.py"


rule diagnostics:
    input:
        fits(f"{FIT}/diagnostics.json"),
    localrule: True
