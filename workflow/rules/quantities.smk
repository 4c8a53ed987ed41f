"""Quantities of the size of the data: assignments, leave-one-out densities, replicated data, partitions."""


rule quantify:
    input:
        unpack(program_of("_quantities")),
        chains=first_chains(),
        kept=f"{FIT}/chains/kept.json",
        more=f"{FIT}/chains/more",
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
        "<logs>/{dataset}/{model}/k{components}/quantify.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/quantify.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("quantify"),
        runtime=minutes("quantify"),
        tmpdir=SCRATCH,
    params:
        settings={
            "draws": CONFIG.effective["quantities"]["draws"],
            "ppc_draws": CONFIG.effective["report"]["ppc_draws"],
            "interval": CONFIG.effective["diagnostics"]["interval"],
        },
        seed=seed_of("quantities"),
    message:
        "Compute assignments and predictions of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
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
        "<logs>/{dataset}/{model}/k{components}/partition.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/partition.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("partition"),
        runtime=minutes("partition"),
        tmpdir=SCRATCH,
    params:
        imputations=CONFIG.effective["quantities"]["imputations"],
        seed=seed_of("partition"),
    message:
        "Partition by {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/partition.py"


rule quantities:
    input:
        fits(f"{FIT}/assignments.csv"),
        fits(f"{FIT}/partition.json"),
        fits(f"{FIT}/prior.nc"),
    localrule: True
