"""The plan: what every fit will take, from a short timing of its gradient. Nothing is sampled.

The rule `plan` leaves no file, so that it shows its table whenever it is asked for.
"""


rule time_gradient:
    input:
        unpack(program_of()),
        facts="<results>/{dataset}/data.json",
        stan=f"{FIT}/stan.json",
        init=f"{FIT}/chains/init.json",
        metric=f"{FIT}/chains/metric.json",
        code=code_of("time_gradient"),
    output:
        timing=f"{FIT}/gradient.json",
    log:
        "<logs>/{dataset}/{model}/k{components}/time_gradient.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/time_gradient.tsv"
    conda:
        "../../environment.yml"
    threads: SAMPLING["threads_per_chain"]
    resources:
        mem_mb=memory("time_gradient"),
        runtime=growing(10),
        tmpdir=SCRATCH,
    params:
        seed=seed_of("time_gradient"),
    message:
        "Time a gradient of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/time_gradient.py"


rule plan:
    input:
        facts=expand("<results>/{dataset}/data.json", dataset=CONFIG.datasets),
        timings=fits(f"{FIT}/gradient.json"),
        code=code_of("plan"),
    log:
        "<logs>/plan.log",
    localrule: True
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
        tmpdir=SCRATCH,
    params:
        config=CONFIG.effective,
    message:
        "Plan the run"
    script:
        "../scripts/plan.py"
