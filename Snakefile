# stan-mixtures: Bayesian mixture models with Stan.
# The stages are in workflow/rules, the logic in workflow/stanmix, the settings in config.yaml.
from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/configuration.smk"


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/stanzas.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/compile.smk"
include: "workflow/rules/plan.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/escalate.smk"
include: "workflow/rules/label.smk"
include: "workflow/rules/diagnose.smk"
include: "workflow/rules/quantities.smk"
include: "workflow/rules/predict.smk"
include: "workflow/rules/select.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/failures.smk"


onstart:
    refuse_above_limits()
    internals.start_without_limit(workflow)
    keep_what_is_whole()
    note_the_start()
    if not FAILURES:  # the run has begun
        begin_run()


onsuccess:
    end()
    if not FAILURES:
        print(f"Finished in {in_words(time.monotonic() - STARTED)}.")


onerror:
    end_with_failures()


rule all:
    default_target: True
    input:
        rules.report.output,
        exported(),
        predictions(),
