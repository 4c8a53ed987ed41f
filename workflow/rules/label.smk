"""Labels: one posterior from the chains of a fit, in which component k is the same in every draw."""


rule label:
    input:
        **kept_chains(),
        model=f"{FIT}/model.json",
        data="<results>/{dataset}/data.parquet",
        code=code_of("label"),
    output:
        posterior=f"{FIT}/posterior.nc",
    log:
        log_of("label"),
    benchmark:
        benchmark_of("label")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("label"),
    params:
        identify=lambda wildcards: CONFIG.models[wildcards.model]["identify"],
    message:
        f"Resolve labels of {THIS_FIT}"
    script:
        "../scripts/label.py"


rule fits:
    input:
        fits(f"{FIT}/posterior.nc"),
    localrule: True
