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
        log_of("predict_new"),
    benchmark:
        benchmark_of("predict_new")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("predict_new"),
    params:
        columns=of_dataset(new_columns),
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
