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
        "<logs>/{dataset}/{model}/k{components}/initialise.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/initialise.tsv"
    priority: 1  # models that cannot be fitted are reported before any chain runs
    group:
        with_its_fit
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("initialise"),
        runtime=minutes("initialise"),
        tmpdir=SCRATCH,
    params:
        metric={key: SAMPLING[key] for key in ("metric", "dense_up_to")},
        # Without the numbers of components, so that one more of them leaves the other fits alone, and
        # without what only labels depend on.
        spec=lambda wildcards: {
            key: value
            for key, value in CONFIG.spec(wildcards.model, wildcards.dataset).items()
            if key not in ("components", "identify")
        },
        seed=seed_of("initialise"),
    message:
        "Prepare {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
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
        "<logs>/{dataset}/{model}/k{components}/pilot.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/pilot.tsv"
    group:
        with_its_fit
    conda:
        "../../environment.yml"
    threads: SAMPLING["threads_per_chain"]
    resources:
        mem_mb=memory("pilot"),
        runtime=minutes("pilot"),
        tmpdir=SCRATCH,
    params:
        settings={"warmup": SAMPLING["pilot"]}
        | {key: SAMPLING[key] for key in ("adapt_delta", "max_treedepth")},
        seed=seed_of("pilot"),
    message:
        "Adapt the metric of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
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
        "<logs>/{dataset}/{model}/k{components}/sample_{chain}.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/sample_{chain}.tsv"
    group:
        with_its_fit
    conda:
        "../../environment.yml"
    threads: SAMPLING["threads_per_chain"]  # changes no draw, hence not among the parameters
    resources:
        mem_mb=memory("sample"),
        runtime=minutes("sample"),
        tmpdir=SCRATCH,
    params:
        settings={
            key: SAMPLING[key]
            for key in ("warmup", "draws", "adapt_delta", "max_treedepth")
        },
        seed=seed_of("sample"),
    message:
        "Sample {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}: chain {wildcards.chain}"
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
        "<logs>/{dataset}/{model}/k{components}/prior.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/prior.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("prior"),
        runtime=minutes("prior"),
        tmpdir=SCRATCH,
    params:
        settings={
            key: SAMPLING[key] for key in ("warmup", "adapt_delta", "max_treedepth")
        },
        kept=CONFIG.effective["report"]["ppc_draws"],
        seed=seed_of("prior"),
    message:
        "Draw the prior of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/prior.py"


rule export_csv:
    input:
        chains=first_chains(),
        kept=f"{FIT}/chains/kept.json",
        more=f"{FIT}/chains/more",
        code=code_of("export_csv"),
    output:
        csv=expand(
            f"{FIT}/chains/chain_{{chain}}.csv", chain=CHAINS, allow_missing=True
        ),
    log:
        "<logs>/{dataset}/{model}/k{components}/export_csv.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/export_csv.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("export_csv"),
        runtime=minutes("export_csv"),
        tmpdir=SCRATCH,
    message:
        "Write the chains of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset} as Stan CSV files"
    script:
        "../scripts/export_csv.py"
