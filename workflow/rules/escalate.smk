"""Escalation: after each round of sampling, a decision on what follows, until a fit is good or the budget is spent.

A checkpoint, because how many rounds there are is known only when they are judged. Without `escalate.max_rounds`
none of this is run.
"""


checkpoint escalate:
    input:
        unpack(program_of()),
        chains=lambda wildcards: round_of(int(wildcards.round) - 1),
        before=lambda wildcards: [
            f"{FIT}/chains/round_{number}/decision.json"
            for number in range(1, int(wildcards.round))
        ],
        modes=f"{FIT}/modes.json",
        stan=f"{FIT}/stan.json",
        model=f"{FIT}/model.json",
        data="<results>/{dataset}/data.parquet",
        code=code_of("escalate"),
    output:
        decision=f"{FIT}/chains/round_{{round}}/decision.json",
    log:
        "<logs>/{dataset}/{model}/k{components}/escalate_{round}.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/escalate_{round}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory("escalate"),
        runtime=minutes("escalate"),
        tmpdir=SCRATCH,
    params:
        identify=lambda wildcards: CONFIG.models[wildcards.model]["identify"],
        sampling={
            key: SAMPLING[key]
            for key in ("warmup", "draws", "adapt_delta", "max_treedepth")
        },
        settings={
            key: CONFIG.effective["diagnostics"][key]
            for key in ("rhat", "ess", "bfmi", "interval")
        },
        max_draws=ESCALATE["max_draws"],
    message:
        "Decide on round {wildcards.round} of {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
    script:
        "../scripts/escalate.py"


rule sample_again:
    input:
        unpack(program_of()),
        stan=f"{FIT}/stan.json",
        decision=f"{FIT}/chains/round_{{round}}/decision.json",
        previous=lambda wildcards: round_of(int(wildcards.round) - 1)[
            int(wildcards.chain) - 1
        ],
        code=code_of("sample_again"),
    output:
        draws=f"{FIT}/chains/round_{{round}}/chain_{{chain}}.parquet",
    log:
        "<logs>/{dataset}/{model}/k{components}/sample_again_{round}_{chain}.log",
    benchmark:
        "<benchmarks>/{dataset}/{model}/k{components}/sample_again_{round}_{chain}.tsv"
    conda:
        "../../environment.yml"
    threads: SAMPLING["threads_per_chain"]
    resources:
        mem_mb=memory("sample_again"),
        runtime=minutes("sample_again"),
        tmpdir=SCRATCH,
    params:
        seed=lambda wildcards: seed_of(f"round {wildcards.round}")(wildcards),
    message:
        "Sample {wildcards.model}, K = {wildcards.components}, on {wildcards.dataset} again: round {wildcards.round}, chain {wildcards.chain}"
    script:
        "../scripts/sample_again.py"
