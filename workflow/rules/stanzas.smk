"""What rules say alike, said once. A rule calls these functions, and remains readable from top to bottom.

Snakemake itself has no place for this: defaults of resources belong to whoever starts a run (--default-resources)
and reach the rules of a workflow that uses this one as a module; `conda:` outside of rules changes the process of
Snakemake; a log cannot name its rule; and a rule that takes over another one (`use rule ... with`) keeps its script.
"""

import os

THE_RUN, A_PROGRAM, A_DATASET = "", "programs/{program}", "{dataset}"
A_FIT = "{dataset}/{model}/k{components}"
THIS_FIT = "{wildcards.model}, K = {wildcards.components}, on {wildcards.dataset}"
ENVIRONMENT = "../../environment.yml"  # of every rule with a script
SCRATCH = ".snakemake/scratch"  # of jobs: on the shared disk, never in /tmp


def log_of(name, of=A_FIT):
    """The log of a rule that has a job for each fit, data set or program, or one job in a run."""
    return os.path.join("<logs>", of, f"{name}.log")


def benchmark_of(name, of=A_FIT):
    """The file of time and memory of a rule's jobs, named as the log is."""
    return os.path.join("<benchmarks>", of, f"{name}.tsv")


def only(settings, *keys):
    """Some settings, as a parameter of a rule: its jobs run again when one of these changes, and only then."""
    return {key: settings[key] for key in keys}


def kept_chains():
    """Inputs: the chains of a fit, and which of them count (kept.json, more)."""
    return {
        "chains": first_chains(),
        "kept": f"{FIT}/chains/kept.json",
        "more": f"{FIT}/chains/more",
    }


def manifests():
    """The manifests of all compiled programs."""
    return [
        f"<results>/programs/{program}{suffix}.json"
        for program in CONFIG.programs
        for suffix in ("", "_quantities")
    ]


def figures(headings, folder, whose):
    """Outputs: each figure as SVG, which Snakemake's own report shows too, then all of them as PNG.

    `headings` maps names of figures to their headings; `whose` is the heading above all of them.
    """
    drawn = {
        name: report(
            f"{folder}/figures/{name}.svg",
            caption=f"../report/captions/{name}.rst",
            category="{dataset}",
            subcategory=whose,
            labels={"figure": heading},
        )
        for name, heading in headings.items()
    }
    return drawn | {"png": [f"{folder}/figures/{name}.png" for name in headings]}


def of_dataset(fact):
    """A params function: what `fact` says of the configuration of a job's data set."""
    return lambda wildcards: fact(CONFIG.datasets[wildcards.dataset])


def resources_of(name, **others):
    """The resources of a rule's jobs: memory and minutes as planned for a fit, unless `others` has them."""
    planned = {"mem_mb": memory(name), "runtime": minutes(name)}
    return planned | others | {"tmpdir": SCRATCH}
