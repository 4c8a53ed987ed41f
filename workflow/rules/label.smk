"""Labels: one posterior from the chains of a fit, in which component k is the same in every draw."""


rule label:
    input:
        chains=first_chains(),
        kept=f"{FIT}/chains/kept.json",
        more=f"{FIT}/chains/more",
        model=f"{FIT}/model.json",
        data="<results>/{dataset}/data.parquet",
        code=code_of("label"),
    output:
        posterior=f"{FIT}/posterior.nc",
    log:
        "<logs>/{dataset}/{model}/k{components}/label.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/label.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("label"),
        runtime=minutes("label"),
        tmpdir=SCRATCH,
    params:
        identify=lambda wildcards: CONFIG.models[wildcards.model]["identify"],
    message:
        "Resolve labels of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/label.py"


rule fits:
    input:
        fits(f"{FIT}/posterior.nc"),
    localrule: True
