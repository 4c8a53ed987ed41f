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
        "<logs>/{dataset}/{model}/k{components}/escalate.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/escalate.tsv"
    group:
        with_its_fit
    conda:
        "../../environment.yml"
    threads: chains_at_a_time
    resources:
        mem_mb=memory("escalate"),
        runtime=minutes("escalate"),
        tmpdir=SCRATCH,
    params:
        sampling={
            key: SAMPLING[key]
            for key in ("warmup", "draws", "adapt_delta", "max_treedepth")
        },
        settings={
            key: CONFIG.effective["diagnostics"][key]
            for key in ("rhat", "ess", "bfmi")
        },
        budget=ESCALATE,
        seed=seed_of("escalate"),
        first_seed=seed_of("sample"),
    message:
        "Judge the chains of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}, and sample on where needed"
    script:
        "../scripts/escalate.py"
