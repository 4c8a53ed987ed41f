import re
import subprocess

import kernel_program
import pytest

from stanmix.families import FAMILIES
from stanmix.families.real import Normal
from stanmix.paths import STAN
from stanmix.stan.sources import complete, sources
from stanmix.stan.templates import TEMPLATES, WIDTH, broken, render

MODELS = ["multi_normal", "multi_normal_diag", "multi_normal_structured", "multi_student_t", "product"]
PROGRAMS = sorted(name + suffix for name in [*FAMILIES, *MODELS] for suffix in ("", "_quantities"))
LIKELIHOODS = ("kernel", "stan")
ELSEWHERE = {"functions/categorical_log_components.stan", "functions/categorical_mixture_lpmf.stan"}
"""Of products of categoricals, which no program of the workflow uses: those of the kernels' tests do."""
ELSEWHERE |= {"kernels/categorical_mixture_lpmf.stan"}


def filled(text):
    """Lines without blank ones, of which stanc keeps some and drops others."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def formatted(source, cmdstan, likelihood="stan"):
    """A Stan program as stanc writes it; one with kernels may have functions that it only declares."""
    command = [cmdstan / "bin" / "stanc", "--auto-format", f"--max-line-length={WIDTH}", source]
    command += ["--allow-undefined"] * (likelihood == "kernel")
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_complete_programs_have_the_canonical_format(program, likelihood, cmdstan, tmp_path):
    source = tmp_path / f"{program}.stan"
    text = complete(program, likelihood)
    assert "#include" not in text
    source.write_text(text, "utf-8")
    assert filled(formatted(source, cmdstan, likelihood)) == filled(text)


@pytest.mark.parametrize("group", kernel_program.GROUPS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_functions_of_the_likelihoods_have_the_canonical_format(likelihood, group, cmdstan, tmp_path):
    source = tmp_path / "functions.stan"
    names = dict.fromkeys(
        name for family in kernel_program.GROUPS[group] for name in kernel_program.files_of(family)
    )
    source.write_text("\n".join(["functions {", *(f"  #include {name}" for name in names), "}"]), "utf-8")
    text = complete(str(source.with_suffix("")), likelihood)
    source.write_text(text, "utf-8")
    assert filled(formatted(source, cmdstan, likelihood)) == filled(text)


@pytest.mark.parametrize("name", ["f" * 18, "f" * 33, "f" * 35, "f" * 44])
@pytest.mark.parametrize("arguments", range(2, 9))
def test_lines_are_broken_where_stanc_breaks_them(name, arguments, cmdstan, tmp_path):
    given = [f"argument_{i}" for i in range(arguments)]
    lines = ["functions {", f"  real {name}({', '.join(f'real {own}' for own in given)}) {{"]
    lines += ["    return 1;", "  }", "}", "transformed data {"]
    lines += [*(f"  real {own} = 1;" for own in given)]
    lines += [f"  real some_value_or_other = {name}({', '.join(given)});"]
    source = tmp_path / "lines.stan"
    source.write_text("\n".join([*lines, "}"]) + "\n", "utf-8")
    broken_lines = "\n".join(broken(line) for line in [*lines, "}"])
    assert filled(formatted(source, cmdstan)) == filled(broken_lines)


def test_a_family_whose_distribution_stan_has_needs_no_stan_code(monkeypatch, cmdstan, tmp_path):
    class Logistic(Normal):
        name = "logistic"

    monkeypatch.setitem(FAMILIES, "logistic", Logistic())
    for program in ("logistic", "logistic_quantities"):
        source, text = tmp_path / f"{program}.stan", complete(program, "stan")
        source.write_text(text, "utf-8")
        assert filled(formatted(source, cmdstan)) == filled(text)
    assert "y_rep[n] = logistic_rng(mu[k], sigma[k]);" in text


def test_every_file_belongs_to_a_program():
    used = {
        path for program in PROGRAMS for likelihood in LIKELIHOODS for path in sources(program, likelihood)
    }
    found = {path for path in STAN.rglob("*") if path.suffix in (".stan", ".j2")}
    assert {path.relative_to(STAN).as_posix() for path in found - used} == ELSEWHERE


def rendered():
    """The functions that families have from templates, by their files' names."""
    for name in FAMILIES:
        kind = "lpmf" if FAMILIES[name].support.whole else "lpdf"
        for likelihood in LIKELIHOODS:
            for file in (f"{name}_log_components.stan", f"{name}_mixture_{kind}.stan"):
                lines = render(file, likelihood).splitlines()
                yield file, "\n".join(line for line in lines if not line.startswith("#include")).lstrip()


def test_every_stan_function_is_documented():
    written = [path for path in STAN.rglob("*.stan") if path.parent.name not in ("models", "blocks")]
    texts = [(path.name, path.read_text("utf-8").split("#include")[-1]) for path in written]
    texts = [(name, text[text.index("/**") :]) for name, text in texts if "/**" in text]
    assert len(texts) == len(written)
    for name, text in [*texts, *rendered()]:
        signature = re.search(r"^(?:array\[,*\] )?\w+ \w+\((.*?)\)(?: \{|;)", text, re.MULTILINE | re.DOTALL)[
            1
        ]
        arguments = [
            part.split()[-1] for part in signature.split(",") if part.strip() and "[" not in part[-1:]
        ]
        assert text.startswith("/**"), name
        assert "@return" in text, name
        for argument in arguments:
            assert f"@param {argument} " in text, (name, argument)


def test_no_template_names_a_family():
    for path in TEMPLATES.iterdir():
        words = set(re.findall(r"\w+", path.read_text("utf-8")))
        assert words.isdisjoint(FAMILIES), path.name
