from pathlib import Path

import pytest

from stanmix.errors import StanmixError
from stanmix.paths import PACKAGE, SCRIPTS, STAN
from stanmix.run.imports import _imported as imported
from stanmix.run.imports import code_of
from stanmix.stan.sources import complete, sources


def names(rule):
    return {Path(path).relative_to(PACKAGE).as_posix() for path in code_of(rule)}


def test_a_rule_has_the_modules_that_its_script_imports_directly_and_through_others():
    modules = {
        "results/comparison.py",
        "judgement/verdict.py",
        "run/job.py",
        "weighting.py",
        "io.py",
        "errors.py",
    }
    assert modules | {f"{room}/__init__.py" for room in ("results", "judgement", "run")} == names("compare")
    assert {"data/reading.py", "families/__init__.py", "families/real.py", "priors/__init__.py"} <= names(
        "ingest"
    )
    assert {"starts/clusters.py", "model/mixture.py", "priors/density.py"} <= names("initialise")
    assert {"stan/programs.py", "toolchain/__init__.py", "toolchain/assembly.py"} <= names("compile_program")


@pytest.mark.parametrize("rule", ["sample", "label", "diagnose", "quantify", "compare", "predict_new"])
def test_no_stage_of_the_fit_depends_on_the_report_or_the_configuration(rule):
    assert not [name for name in names(rule) if name.startswith(("report/", "config/", "toolchain/"))]


def test_every_module_is_used_by_a_script_or_the_rules():
    used = set().union(*(names(script.stem) for script in SCRIPTS.glob("*.py")))
    all_modules = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    rules_only = {name for name in all_modules if name.startswith(("config/", "commandline/"))}
    rules_only |= {
        "__init__.py",
        "__main__.py",
        "seeds.py",
        "stan/sources.py",
        "stan/templates.py",
        "toolchain/__main__.py",
        "run/environment.py",
        "run/imports.py",
        "run/internals.py",
        "run/recovery.py",
        "run/failures.py",
        "results/pooling.py",  # for what users do next
    }
    assert all_modules - used <= rules_only


def test_stan_programs_list_their_includes_once_and_themselves_first():
    listed = [path.name for path in sources("normal", "stan")]
    assert listed[0] == "elementwise.stan.j2"
    assert {"mixture_data.stan", "expand.stan", "prior_lpdf.stan", "mixture.stan.j2"} <= set(listed)
    assert len(listed) == len(set(listed))


def test_a_kernel_replaces_the_definition_in_stan_and_brings_its_headers():
    listed = [path.relative_to(STAN).as_posix() for path in sources("normal", "kernel")]
    assert "kernels/prior_lpdf.stan" in listed
    assert "functions/prior_lpdf.stan" not in listed
    assert {"kernels/prior.hpp", "families/normal/kernel.hpp", "families/normal/component.hpp"} <= set(listed)
    assert [path for path in listed if path.startswith("families/") and "/normal/" not in path] == []
    included = {"elementwise", "mixture_node", "instruction_sets", "threads", "each_instruction_set"}
    assert {f"kernels/{name}.hpp" for name in included} <= set(listed)
    # Read once for each instruction set, by the name that a macro holds.
    for_each = {path.removeprefix("kernels/simd/") for path in listed if path.startswith("kernels/simd/")}
    assert for_each == {"vector.hpp", "mixture.hpp", "data.hpp", "elementwise.hpp"}
    assert not any("kernels" in path.parts for path in sources("normal_quantities", "kernel"))


def test_a_family_whose_distribution_stan_has_not_brings_its_own():
    listed = [path.relative_to(STAN).as_posix() for path in sources("hurdle_poisson_quantities", "kernel")]
    own = {"families/hurdle_poisson/density.stan", "families/hurdle_poisson/draw.stan"}
    assert own | {"functions/zero_truncated_poisson_rng.stan"} <= set(listed)
    # Its component is made of another one's.
    listed = [path.relative_to(STAN).as_posix() for path in sources("hurdle_poisson", "kernel")]
    assert "families/poisson/component.hpp" in listed


@pytest.mark.parametrize("likelihood", ["kernel", "stan"])
def test_a_complete_program_has_its_includes_in_their_places_and_its_parameters_named(likelihood):
    text = complete("gamma", likelihood)
    assert "#include" not in text
    assert "  vector[K] alpha = expand(free, free_index[1], fixed[1]); // shape\n" in text
    assert "target += gamma_mixture_lpdf(y | count, log_theta, alpha, beta);" in text
    # Declared, or defined.
    assert ("lp[k] += gamma_lpdf(y | alpha[k], beta[k]);" in text) is True
    assert ("lp += count[n] * log_sum_exp(joint);" in text) is (likelihood == "stan")


def test_a_program_that_is_not_there_gets_a_sentence():
    with pytest.raises(StanmixError, match=r"no Stan file laplace\.stan in stan/blocks or stan/functions"):
        sources("laplace", "stan")


# --------------------------------------------------------------------------------------- rooms

ORDER = [
    {"errors", "paths", "bounds", "weighting", "seeds"},
    {"io", "priors"},
    {"families"},
    {"model"},
    {"data"},
    {"toolchain"},
    {"stan"},
    {"posterior", "loo"},
    {"starts"},
    {"judgement"},
    {"results"},
    {"config"},
    {"run"},
    {"report"},
    {"commandline"},
]
"""Rooms of the package, and modules without a room: each imports only from those above."""


def rooms_of(path):
    """The rooms from which a file imports."""
    relative = [file.relative_to(PACKAGE).parts for file in imported(path)]
    return {parts[0].removesuffix(".py") for parts in relative} - {"__init__"}


def test_rooms_import_from_those_above_them_and_never_in_a_circle():
    floor = {room: number for number, rooms in enumerate(ORDER) for room in rooms}
    files = [
        path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.stem.startswith("__")
    ]
    wrong = []
    for path in files:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        wrong += [(str(path), other) for other in rooms_of(path) - {own} if floor[other] >= floor[own]]
    assert not wrong
