"""Stan programs, compiled once for each content and shared by all fits."""

from stanmix.run.environment import chosen_cmdstan
from stanmix.stan.sources import sources


rule compile_program:
    input:
        stan=lambda wildcards: local(
            sources(wildcards.program, CONFIG.effective["likelihood"])
        ),
        code=code_of("compile_program"),
    output:
        executable="<results>/programs/{program}",
        manifest="<results>/programs/{program}.json",
    log:
        log_of("compile_program", of=A_PROGRAM),
    benchmark:
        benchmark_of("compile_program", of=A_PROGRAM)
    conda:
        ENVIRONMENT
    resources:
        **resources_of("compile_program", mem_mb=for_compiling, runtime=growing(30)),
    params:
        likelihood=CONFIG.effective["likelihood"],
        processor=CONFIG.effective["compile"]["processor"],
        cmdstan=chosen_cmdstan(),
    message:
        "Compile {wildcards.program}"
    script:
        "../scripts/compile_program.py"


rule compile:
    input:
        manifests(),
    localrule: True
