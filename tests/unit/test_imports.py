from pathlib import Path

import pytest

from stanmix.errors import StanmixError
from stanmix.imports import code_of
from stanmix.paths import PACKAGE, SCRIPTS, STAN
from stanmix.stan_sources import sources


def names(rule):
    return {Path(path).relative_to(PACKAGE).as_posix() for path in code_of(rule)}


def test_a_rule_has_the_modules_that_its_script_imports_directly_and_through_others():
    assert {"selection.py", "verdict.py", "weighting.py", "io.py", "job.py", "errors.py"} == names("compare")
    assert {"data.py", "families/__init__.py", "families/real.py", "priors.py"} <= names("ingest")
    assert {"initialise.py", "model.py", "prior_density.py"} <= names("initialise")
    assert {"programs.py", "toolchain/__init__.py", "toolchain/assembly.py"} <= names("compile_program")


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
        "environment.py",
        "seeds.py",
        "imports.py",
        "stan_sources.py",
        "toolchain/__main__.py",
        "recovery.py",
        "failures.py",
        "pooling.py",  # for what users do next
    }
    assert all_modules - used <= rules_only


def test_stan_programs_list_their_includes_once_and_themselves_first():
    listed = [path.name for path in sources("normal", "stan")]
    assert listed[0] == "normal.stan"
    assert {"mixture_data.stan", "expand.stan", "prior_lpdf.stan", "normal_mixture_lpdf.stan"} <= set(listed)
    assert len(listed) == len(set(listed))


def test_a_kernel_replaces_the_definition_in_stan_and_brings_its_headers():
    listed = [path.relative_to(STAN).as_posix() for path in sources("normal", "kernel")]
    assert "kernels/normal_mixture_lpdf.stan" in listed
    assert "functions/normal_mixture_lpdf.stan" not in listed
    assert "kernels/normal_mixture.hpp" in listed
    included = {"elementwise", "mixture_node", "instruction_sets", "threads", "each_instruction_set"}
    assert {f"kernels/{name}.hpp" for name in included} <= set(listed)
    # Read once for each instruction set, by the name that a macro holds.
    for_each = {path.removeprefix("kernels/simd/") for path in listed if path.startswith("kernels/simd/")}
    assert for_each == {"vector.hpp", "mixture.hpp", "data.hpp", "elementwise.hpp", "normal.hpp"}
    assert not any("kernels" in path.parts for path in sources("normal_quantities", "kernel"))


def test_a_program_that_is_not_there_gets_a_sentence():
    with pytest.raises(
        StanmixError, match=r"no Stan file laplace\.stan in stan/models or stan/blocks or stan/functions"
    ):
        sources("laplace", "stan")
