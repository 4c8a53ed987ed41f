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
        **{
            name: report(
                f"{FIT}/figures/{name}.svg",
                caption=f"../report/captions/{name}.rst",
                category="{dataset}",
                subcategory="{model}, K = {components}",
                labels={"figure": heading},
            )
            for name, heading in FIT_FIGURES.items()
        },
        png=expand(
            f"{FIT}/figures/{{figure}}.png", figure=FIT_FIGURES, allow_missing=True
        ),
    log:
        "<logs>/{dataset}/{model}/k{components}/draw_fit.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/draw_fit.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("draw_fit"),
        runtime=minutes("draw_fit"),
        tmpdir=SCRATCH,
    params:
        response=lambda wildcards: response_name(CONFIG.datasets[wildcards.dataset]),
        columns=lambda wildcards: column_names(CONFIG.datasets[wildcards.dataset]),
        interval=CONFIG.effective["diagnostics"]["interval"],
    message:
        "Draw {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
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
        **{
            name: report(
                f"{FIT}/figures/{name}.svg",
                caption=f"../report/captions/{name}.rst",
                category="{dataset}",
                subcategory="{model}, K = {components}",
                labels={"figure": heading},
            )
            for name, heading in ROWS_FIGURES.items()
        },
        png=expand(
            f"{FIT}/figures/{{figure}}.png", figure=ROWS_FIGURES, allow_missing=True
        ),
    log:
        "<logs>/{dataset}/{model}/k{components}/draw_rows.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/draw_rows.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("draw_rows"),
        runtime=minutes("draw_rows"),
        tmpdir=SCRATCH,
    params:
        columns=lambda wildcards: column_names(CONFIG.datasets[wildcards.dataset]),
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
        **{
            name: report(
                f"{FIT}/figures/{name}.svg",
                caption=f"../report/captions/{name}.rst",
                category="{dataset}",
                subcategory="{model}, K = {components}",
                labels={"figure": heading},
            )
            for name, heading in COUNTS_FIGURES.items()
        },
        png=expand(
            f"{FIT}/figures/{{figure}}.png", figure=COUNTS_FIGURES, allow_missing=True
        ),
    log:
        "<logs>/{dataset}/{model}/k{components}/draw_counts.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/draw_counts.tsv"
    group:
        after_its_draws
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("draw_counts"),
        runtime=minutes("draw_counts"),
        tmpdir=SCRATCH,
    params:
        response=lambda wildcards: response_name(CONFIG.datasets[wildcards.dataset]),
        interval=PREDICTIVE_INTERVAL,
    message:
        "Draw the counts of {wildcards.dataset} by {wildcards.model}, K = {wildcards.components}"
    script:
        "../scripts/draw_counts.py"


rule draw_dataset:
    input:
        data="<results>/{dataset}/data.parquet",
        truth=lambda wildcards: truth_of(wildcards.dataset),
        comparison="<results>/{dataset}/comparison.csv",
        code=code_of("draw_dataset"),
    output:
        **{
            name: report(
                f"<results>/{{dataset}}/figures/{name}.svg",
                caption=f"../report/captions/{name}.rst",
                category="{dataset}",
                subcategory="All fits",
                labels={"figure": heading},
            )
            for name, heading in DATASET_FIGURES.items()
        },
        png=expand("<results>/{{dataset}}/figures/{figure}.png", figure=DATASET_FIGURES),
    log:
        "<logs>/{dataset}/draw_dataset.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_dataset.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("draw_dataset"),
        runtime=growing(10),
        tmpdir=SCRATCH,
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
        programs=expand(
            "<results>/programs/{program}{suffix}.json",
            program=CONFIG.programs,
            suffix=["", "_quantities"],
        ),
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
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("report"),
        runtime=growing(10),
        tmpdir=SCRATCH,
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
        "<logs>/pdf.log",
    benchmark:
        "<benchmarks>/pdf.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(5),
        tmpdir=SCRATCH,
    message:
        "Print the report"
    script:
        "../scripts/pdf.py"
