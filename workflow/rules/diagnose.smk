"""Convergence: a summary of each fit, checks against thresholds, and a verdict."""


rule diagnose:
    input:
        posterior=f"{FIT}/posterior.nc",
        kept=f"{FIT}/chains/kept.json",
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
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("diagnose"),
        runtime=minutes("diagnose"),
        tmpdir=SCRATCH,
    params:
        settings=CONFIG.effective["diagnostics"],
    message:
        "Judge {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/diagnose.py"


rule diagnostics:
    input:
        fits(f"{FIT}/diagnostics.json"),
    localrule: True
