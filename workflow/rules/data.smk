"""Data sets: simulated from a known mixture, or read from a file, and checked."""


rule simulate:
    input:
        code=code_of("simulate"),
    output:
        data="<results>/{dataset}/data.parquet",
        facts="<results>/{dataset}/data.json",
        truth="<results>/{dataset}/truth.json",
    log:
        "<logs>/{dataset}/simulate.log",
    benchmark:
        "<benchmarks>/{dataset}/simulate.tsv"
    wildcard_constraints:
        dataset=one_of(CONFIG.simulated),
    priority: 2  # errors in the data are reported before other work
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("simulate"),
        runtime=growing(10),
        tmpdir=SCRATCH,
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
        "<logs>/{dataset}/ingest.log",
    benchmark:
        "<benchmarks>/{dataset}/ingest.tsv"
    wildcard_constraints:
        dataset=one_of(CONFIG.ingested),
    priority: 2  # errors in the data are reported before other work
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("ingest"),
        runtime=growing(10),
        tmpdir=SCRATCH,
    params:
        columns=lambda wildcards: {
            key: CONFIG.datasets[wildcards.dataset].get(key)
            for key in (
                "response",
                "trials",
                "labels",
                "weights",
                "categorical",
                "missing",
                "separator",
                "decimal",
            )
        },
        source=lambda wildcards: CONFIG.datasets[wildcards.dataset]["file"],
    message:
        "Read {wildcards.dataset}"
    script:
        "../scripts/ingest.py"


rule data:
    input:
        expand("<results>/{dataset}/data.parquet", dataset=CONFIG.datasets),
    localrule: True
