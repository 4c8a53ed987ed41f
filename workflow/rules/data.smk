"""Data sets: simulated from a known mixture, or read from a file, and checked."""

READ_BY = "response trials labels weights categorical missing separator decimal".split()


rule simulate:
    input:
        code=code_of("simulate"),
    output:
        data="<results>/{dataset}/data.parquet",
        facts="<results>/{dataset}/data.json",
        truth="<results>/{dataset}/truth.json",
    log:
        log_of("simulate", of=A_DATASET),
    benchmark:
        benchmark_of("simulate", of=A_DATASET)
    wildcard_constraints:
        dataset=one_of(CONFIG.simulated),
    priority: 2  # errors in the data are reported before other work
    conda:
        ENVIRONMENT
    resources:
        **resources_of("simulate", runtime=growing(10)),
    params:
        spec=lambda wildcards: CONFIG.datasets[wildcards.dataset]["simulate"],
        seed=lambda wildcards: derive(SAMPLING["seed"], wildcards.dataset, "simulate"),
    message:
        "Simulate {wildcards.dataset}"
    script:
        "../scripts/simulate.py"


rule ingest:
    input:
        file=data_file,
        code=code_of("ingest"),
    output:
        data="<results>/{dataset}/data.parquet",
        facts="<results>/{dataset}/data.json",
    log:
        log_of("ingest", of=A_DATASET),
    benchmark:
        benchmark_of("ingest", of=A_DATASET)
    wildcard_constraints:
        dataset=one_of(CONFIG.ingested),
    priority: 2  # errors in the data are reported before other work
    conda:
        ENVIRONMENT
    resources:
        **resources_of("ingest", runtime=growing(10)),
    params:
        columns=of_dataset(lambda dataset: {key: dataset.get(key) for key in READ_BY}),
        source=lambda wildcards: CONFIG.datasets[wildcards.dataset]["file"],
    message:
        "Read {wildcards.dataset}"
    script:
        "../scripts/ingest.py"


rule data:
    input:
        expand("<results>/{dataset}/data.parquet", dataset=CONFIG.datasets),
    localrule: True
