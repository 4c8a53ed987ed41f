"""The search for the modes of each fit, at which its chains start."""


rule search:
    input:
        unpack(program_of()),
        stan=f"{FIT}/stan.json",
        model=f"{FIT}/model.json",
        data="<results>/{dataset}/data.parquet",
        code=code_of("search"),
    output:
        modes=f"{FIT}/modes.json",
        init=each_chain(f"{FIT}/chains/init_{{chain}}.json"),
        metric=each_chain(f"{FIT}/chains/metric_{{chain}}.json"),
    log:
        log_of("search"),
    benchmark:
        benchmark_of("search")
    group:
        with_its_fit
    conda:
        ENVIRONMENT
    resources:
        **resources_of("search"),
    params:
        most=CONFIG.effective["search"]["max_climbs"],
        starts=SAMPLING["starts"],
        metric=only(SAMPLING, "metric", "dense_up_to"),
        seed=seed_of("search"),
    message:
        f"Look for modes of {THIS_FIT}"
    script:
        "../scripts/search.py"
