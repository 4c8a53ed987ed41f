"""Predictions of new data, by every fit of the analyses that name new data."""

from stanmix.config import new_columns


rule predict_new:
    input:
        posterior=f"{FIT}/posterior.nc",
        model=f"{FIT}/model.json",
        file=new_file,
        code=code_of("predict_new"),
    output:
        predictions=f"{FIT}/predictions.csv",
        parquet=f"{FIT}/predictions.parquet",
    log:
        "<logs>/{dataset}/{model}/k{components}/predict_new.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/predict_new.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("predict_new"),
        runtime=minutes("predict_new"),
        tmpdir=SCRATCH,
    params:
        columns=lambda wildcards: new_columns(CONFIG.datasets[wildcards.dataset]),
        settings={
            "draws": CONFIG.effective["quantities"]["draws"],
            "interval": CONFIG.effective["diagnostics"]["interval"],
        },
        seed=seed_of("predictions"),
    message:
        "Predict new data by {wildcards.model}, K = {wildcards.components}, of {wildcards.dataset}"
    script:
        "../scripts/predict_new.py"


rule predict:
    input:
        predictions(),
    localrule: True
