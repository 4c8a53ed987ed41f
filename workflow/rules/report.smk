"""The report: figures of every fit and data set, then one page and its facts."""

from stanmix.paths import REPORT, SCHEMAS
from stanmix.report.catalogue import (
    COUNTS_FIGURES,
    DATASET_FIGURES,
    FIT_FIGURES,
    PREDICTIVE_INTERVAL,
    ROWS_FIGURES,
    column_names,
    figures_of,
    response_name,
)


rule draw_fit:
    input:
        data="<results>/{dataset}/data.parquet",
        model=f"{FIT}/model.json",
        posterior=f"{FIT}/posterior.nc",
        prior=f"{FIT}/prior.nc",
        predictive=f"{FIT}/predictive.nc",
        summary=f"{FIT}/summary.csv",
        assignments=f"{FIT}/assignments.parquet",
        code=code_of("draw_fit"),
    output:
        **figures(FIT_FIGURES, FIT, whose="{model}, K = {components}"),
    log:
        log_of("draw_fit"),
    benchmark:
        benchmark_of("draw_fit")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("draw_fit"),
    params:
        response=of_dataset(response_name),
        columns=of_dataset(column_names),
        interval=CONFIG.effective["diagnostics"]["interval"],
    message:
        f"Draw {THIS_FIT}"
    script:
        "../scripts/draw_fit.py"


rule draw_rows:
    input:
        data="<results>/{dataset}/data.parquet",
        model=f"{FIT}/model.json",
        posterior=f"{FIT}/posterior.nc",
        assignments=f"{FIT}/assignments.parquet",
        code=code_of("draw_rows"),
    output:
        **figures(ROWS_FIGURES, FIT, whose="{model}, K = {components}"),
    log:
        log_of("draw_rows"),
    benchmark:
        benchmark_of("draw_rows")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("draw_rows"),
    params:
        columns=of_dataset(column_names),
    message:
        "Draw the rows of {wildcards.dataset} by {wildcards.model}, K = {wildcards.components}"
    script:
        "../scripts/draw_rows.py"


rule draw_counts:
    input:
        data="<results>/{dataset}/data.parquet",
        predictive=f"{FIT}/predictive.nc",
        code=code_of("draw_counts"),
    output:
        **figures(COUNTS_FIGURES, FIT, whose="{model}, K = {components}"),
    log:
        log_of("draw_counts"),
    benchmark:
        benchmark_of("draw_counts")
    group:
        after_its_draws
    conda:
        ENVIRONMENT
    resources:
        **resources_of("draw_counts"),
    params:
        response=of_dataset(response_name),
        interval=PREDICTIVE_INTERVAL,
    message:
        "Draw the counts of {wildcards.dataset} by {wildcards.model}, K = {wildcards.components}"
    script:
        "../scripts/draw_counts.py"


rule draw_dataset:
    input:
        data="<results>/{dataset}/data.parquet",
        truth=truth_of,
        comparison="<results>/{dataset}/comparison.csv",
        code=code_of("draw_dataset"),
    output:
        **figures(DATASET_FIGURES, "<results>/{dataset}", whose="All fits"),
    log:
        log_of("draw_dataset", of=A_DATASET),
    benchmark:
        benchmark_of("draw_dataset", of=A_DATASET)
    conda:
        ENVIRONMENT
    resources:
        **resources_of("draw_dataset", runtime=growing(10)),
    params:
        response=lambda wildcards: column_names(CONFIG.datasets[wildcards.dataset])
        or response_name(CONFIG.datasets[wildcards.dataset]),
    message:
        "Draw {wildcards.dataset}"
    script:
        "../scripts/draw_dataset.py"


rule report:
    input:
        data=expand("<results>/{dataset}/data.parquet", dataset=CONFIG.datasets),
        facts=expand("<results>/{dataset}/data.json", dataset=CONFIG.datasets),
        truth=expand("<results>/{dataset}/truth.json", dataset=CONFIG.simulated),
        comparison=expand("<results>/{dataset}/comparison.csv", dataset=CONFIG.datasets),
        dataset_figures=expand(
            "<results>/{dataset}/figures/{figure}.svg",
            dataset=CONFIG.datasets,
            figure=DATASET_FIGURES,
        ),
        model=fits(f"{FIT}/model.json"),
        summary=fits(f"{FIT}/summary.csv"),
        diagnostics=fits(f"{FIT}/diagnostics.json"),
        loo=fits(f"{FIT}/loo.json"),
        partition=fits(f"{FIT}/partition.json"),
        assignments=fits(f"{FIT}/assignments.parquet"),
        prior=fits(f"{FIT}/prior.nc"),
        predictive=fits(f"{FIT}/predictive.nc"),
        figures=[
            f"{FIT}/figures/{figure}.svg".format(**vars(fit))
            for fit in CONFIG.fits()
            for figure in figures_of(
                CONFIG.datasets[fit.dataset], CONFIG.models[fit.model]
            )
        ],
        predictions=predictions(),
        programs=manifests(),
        page=local(
            [
                str(file)
                for file in sorted(REPORT.rglob("*.*"))
                if file.suffix != ".rst"
            ]
        ),
        schema=local(str(SCHEMAS / "report.schema.json")),
        code=code_of("report"),
    output:
        html="<results>/report.html",
        json="<results>/report.json",
        config="<results>/config.effective.yaml",
    log:
        log_of("report", of=THE_RUN),
    benchmark:
        benchmark_of("report", of=THE_RUN)
    conda:
        ENVIRONMENT
    resources:
        **resources_of("report", runtime=growing(10)),
    params:
        config=CONFIG.effective,
        fits=[
            {
                "dataset": fit.dataset,
                "model": fit.model,
                "components": fit.components,
                "program": CONFIG.program(fit.model, fit.dataset),
                "seed": derive(
                    SAMPLING["seed"], fit.dataset, fit.model, fit.components, "sample"
                ),
            }
            for fit in CONFIG.fits()
        ],
        failures=FAILURES,
        # Run times are no input: a benchmark file that is gone must not run anything again.
        benchmarks=placed("<benchmarks>"),
    message:
        "Write the report"
    script:
        "../scripts/report.py"


rule pdf:
    input:
        html=rules.report.output.html,
        code=code_of("pdf"),
    output:
        pdf="<results>/report.pdf",
    log:
        log_of("pdf", of=THE_RUN),
    benchmark:
        benchmark_of("pdf", of=THE_RUN)
    conda:
        ENVIRONMENT
    resources:
        **resources_of("pdf", mem_mb=growing(1500), runtime=growing(5)),
    message:
        "Print the report"
    script:
        "../scripts/pdf.py"
