"""Convergence: modes of the posterior, a summary of each fit, checks against thresholds, and a verdict."""


rule search:
    input:
        unpack(program_of()),
        stan=f"{FIT}/stan.json",
        model=f"{FIT}/model.json",
        data="<results>/{dataset}/data.parquet",
        code=code_of("search"),
    output:
        modes=f"{FIT}/modes.json",
    log:
        "<logs>/{dataset}/{model}/k{components}/search.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/search.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("search"),
        runtime=minutes("search"),
        tmpdir=SCRATCH,
    params:
        starts=CONFIG.effective["diagnostics"]["mode_starts"],
        seed=seed_of("search"),
    message:
        "Look for modes of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/search.py"


rule diagnose:
    input:
        unpack(program_of()),
        posterior=f"{FIT}/posterior.nc",
        modes=f"{FIT}/modes.json",
        stan=f"{FIT}/stan.json",
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
        settings={
            key: value
            for key, value in CONFIG.effective["diagnostics"].items()
            if key != "mode_starts"
        }
        | {"max_treedepth": SAMPLING["max_treedepth"]},
    message:
        "Judge {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/diagnose.py"


rule diagnostics:
    input:
        fits(f"{FIT}/diagnostics.json"),
    localrule: True
