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
        log_of("time_gradient"),
    benchmark:
        benchmark_of("time_gradient")
    conda:
        ENVIRONMENT
    threads: SAMPLING["threads_per_chain"]
    resources:
        **resources_of("time_gradient", runtime=growing(10)),
    params:
        seed=seed_of("time_gradient"),
    message:
        f"Time a gradient of {THIS_FIT}"
    script:
        "../scripts/time_gradient.py"


rule plan:
    input:
        facts=expand("<results>/{dataset}/data.json", dataset=CONFIG.datasets),
        timings=fits(f"{FIT}/gradient.json"),
        code=code_of("plan"),
    log:
        log_of("plan", of=THE_RUN),
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        **resources_of("plan", mem_mb=growing(500), runtime=growing(10)),
    params:
        config=CONFIG.effective,
    message:
        "Plan the run"
    script:
        "../scripts/plan.py"
