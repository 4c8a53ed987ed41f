"""Quantities of the size of the data: assignments, leave-one-out densities, replicated data, partitions."""


rule quantify:
    input:
        unpack(program_of("_quantities")),
        **kept_chains(),
        posterior=f"{FIT}/posterior.nc",
        data="<results>/{dataset}/data.parquet",
        model=f"{FIT}/model.json",
        code=code_of("quantify"),
    output:
        assignments=f"{FIT}/assignments.csv",
        parquet=f"{FIT}/assignments.parquet",
        predictive=f"{FIT}/predictive.nc",
        loo=f"{FIT}/loo.json",
        pointwise=f"{FIT}/loo_pointwise.parquet",
    log:
        log_of("quantify"),
    benchmark:
        benchmark_of("quantify")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("quantify"),
    params:
        settings={
            "draws": CONFIG.effective["quantities"]["draws"],
            "ppc_draws": CONFIG.effective["report"]["ppc_draws"],
            "interval": CONFIG.effective["diagnostics"]["interval"],
        },
        seed=seed_of("quantities"),
    message:
        f"Compute assignments and predictions of {THIS_FIT}"
    script:
        "../scripts/quantify.py"


rule partition:
    input:
        posterior=f"{FIT}/posterior.nc",
        data="<results>/{dataset}/data.parquet",
        model=f"{FIT}/model.json",
        code=code_of("partition"),
    output:
        facts=f"{FIT}/partition.json",
        partition=f"{FIT}/partition.parquet",
        similarity=f"{FIT}/similarity.nc",
        imputations=f"{FIT}/imputations.parquet",
    log:
        log_of("partition"),
    benchmark:
        benchmark_of("partition")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("partition"),
    params:
        imputations=CONFIG.effective["quantities"]["imputations"],
        seed=seed_of("partition"),
    message:
        f"Partition by {THIS_FIT}"
    script:
        "../scripts/partition.py"


rule quantities:
    input:
        fits(f"{FIT}/assignments.csv"),
        fits(f"{FIT}/partition.json"),
        fits(f"{FIT}/prior.nc"),
    localrule: True
