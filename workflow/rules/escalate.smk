"""Escalation: after each round of sampling a decision on what follows, until a fit is settled or the budget is spent.

One job for all rounds of a fit, which runs their chains itself: how many there are is known only when they are judged.
"""


rule escalate:
    input:
        unpack(program_of()),
        chains=first_chains(),
        modes=f"{FIT}/modes.json",
        stan=f"{FIT}/stan.json",
        model=f"{FIT}/model.json",
        data="<results>/{dataset}/data.parquet",
        code=code_of("escalate"),
    output:
        kept=f"{FIT}/chains/kept.json",
        more=directory(f"{FIT}/chains/more"),
    log:
        log_of("escalate"),
    benchmark:
        benchmark_of("escalate")
    group:
        with_its_fit
    conda:
        ENVIRONMENT
    threads: chains_at_a_time
    resources:
        **resources_of("escalate"),
    params:
        sampling=only(SAMPLING, "warmup", "draws", "adapt_delta", "max_treedepth"),
        settings=only(CONFIG.effective["diagnostics"], "rhat", "ess", "bfmi"),
        budget=ESCALATE,
        seed=seed_of("escalate"),
        first_seed=seed_of("sample"),
    message:
        f"Judge the chains of {THIS_FIT}, and sample on where needed"
    script:
        "../scripts/escalate.py"
