"""Convergence: a summary of each fit, checks against thresholds, and a verdict."""


rule diagnose:
    input:
        posterior=f"{FIT}/posterior.nc",
        kept=f"{FIT}/chains/kept.json",
        model=f"{FIT}/model.json",
        data="<results>/{dataset}/data.parquet",
        truth=truth_of,
        code=code_of("diagnose"),
    output:
        summary=f"{FIT}/summary.csv",
        diagnostics=f"{FIT}/diagnostics.json",
    log:
        log_of("diagnose"),
    benchmark:
        benchmark_of("diagnose")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("diagnose"),
    params:
        settings=CONFIG.effective["diagnostics"],
    message:
        f"Judge {THIS_FIT}"
    script:
        "../scripts/diagnose.py"


rule diagnostics:
    input:
        fits(f"{FIT}/diagnostics.json"),
    localrule: True
