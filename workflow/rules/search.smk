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
        init=expand(
            f"{FIT}/chains/init_{{chain}}.json", chain=CHAINS, allow_missing=True
        ),
        metric=expand(
            f"{FIT}/chains/metric_{{chain}}.json", chain=CHAINS, allow_missing=True
        ),
    log:
        "<logs>/{dataset}/{model}/k{components}/search.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/search.tsv"
    group:
        with_its_fit
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("search"),
        runtime=minutes("search"),
        tmpdir=SCRATCH,
    params:
        most=CONFIG.effective["search"]["max_climbs"],
        starts=SAMPLING["starts"],
        metric={key: SAMPLING[key] for key in ("metric", "dense_up_to")},
        seed=seed_of("search"),
    message:
        "Look for modes of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/search.py"
