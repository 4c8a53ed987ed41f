"""Chains: the priors of each fit are resolved, then each chain is one job.

The first job of a fit also checks what its model demands of the data. The data sets do not depend on
models, so that a new or changed model leaves the other fits alone.
"""


rule initialise:
    input:
        data="<results>/{dataset}/data.parquet",
        code=code_of("initialise"),
    output:
        model=f"{FIT}/model.json",
        stan=f"{FIT}/stan.json",
        init=f"{FIT}/chains/init.json",
        metric=f"{FIT}/chains/metric.json",
    log:
        log_of("initialise"),
    benchmark:
        benchmark_of("initialise")
    priority: 1  # models that cannot be fitted are reported before any chain runs
    group:
        with_its_fit
    conda:
        ENVIRONMENT
    resources:
        **resources_of("initialise"),
    params:
        metric=only(SAMPLING, "metric", "dense_up_to"),
        # Without the numbers of components, so that one more of them leaves the other fits alone, and
        # without what only labels depend on.
        spec=lambda wildcards: {
            key: value
            for key, value in CONFIG.spec(wildcards.model, wildcards.dataset).items()
            if key not in ("components", "identify")
        },
        seed=seed_of("initialise"),
    message:
        f"Prepare {THIS_FIT}"
    script:
        "../scripts/initialise.py"


rule pilot:
    input:
        unpack(program_of()),
        stan=f"{FIT}/stan.json",
        init=f"{FIT}/chains/init_1.json",
        metric=f"{FIT}/chains/metric_1.json",
        code=code_of("pilot"),
    output:
        metric=f"{FIT}/chains/pilot_metric.json",
    log:
        log_of("pilot"),
    benchmark:
        benchmark_of("pilot")
    group:
        with_its_fit
    conda:
        ENVIRONMENT
    threads: SAMPLING["threads_per_chain"]
    resources:
        **resources_of("pilot"),
    params:
        settings={"warmup": SAMPLING["pilot"]}
        | only(SAMPLING, "adapt_delta", "max_treedepth"),
        seed=seed_of("pilot"),
    message:
        f"Adapt the metric of {THIS_FIT}"
    script:
        "../scripts/pilot.py"


rule sample:
    input:
        unpack(program_of()),
        stan=f"{FIT}/stan.json",
        init=f"{FIT}/chains/init_{{chain}}.json",
        metric=(
            f"{FIT}/chains/pilot_metric.json"
            if SAMPLING["pilot"]
            else f"{FIT}/chains/metric_{{chain}}.json"
        ),
        code=code_of("sample"),
    output:
        draws=f"{FIT}/chains/chain_{{chain}}.parquet",
    log:
        log_of("sample_{chain}"),
    benchmark:
        benchmark_of("sample_{chain}")
    group:
        with_its_fit
    conda:
        ENVIRONMENT
    threads: SAMPLING["threads_per_chain"]  # changes no draw, hence not among the parameters
    resources:
        **resources_of("sample"),
    params:
        settings=only(SAMPLING, "warmup", "draws", "adapt_delta", "max_treedepth"),
        seed=seed_of("sample"),
    message:
        f"Sample {THIS_FIT}: chain {{wildcards.chain}}"
    script:
        "../scripts/sample.py"


rule prior:
    input:
        unpack(program_of()),
        unpack(program_of("_quantities")),
        data="<results>/{dataset}/data.parquet",
        model=f"{FIT}/model.json",
        init=f"{FIT}/chains/init.json",
        metric=f"{FIT}/chains/metric.json",
        code=code_of("prior"),
    output:
        prior=f"{FIT}/prior.nc",
    log:
        log_of("prior"),
    benchmark:
        benchmark_of("prior")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("prior"),
    params:
        settings=only(SAMPLING, "warmup", "adapt_delta", "max_treedepth"),
        kept=CONFIG.effective["report"]["ppc_draws"],
        seed=seed_of("prior"),
    message:
        f"Draw the prior of {THIS_FIT}"
    script:
        "../scripts/prior.py"


rule export_csv:
    input:
        **kept_chains(),
        code=code_of("export_csv"),
    output:
        csv=each_chain(f"{FIT}/chains/chain_{{chain}}.csv"),
    log:
        log_of("export_csv"),
    benchmark:
        benchmark_of("export_csv")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("export_csv"),
    message:
        f"Write the chains of {THIS_FIT} as Stan CSV files"
    script:
        "../scripts/export_csv.py"
