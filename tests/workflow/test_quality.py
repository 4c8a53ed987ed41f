"""The rules follow Snakemake's own advice, its formatter's style, and this project's."""

import re
import subprocess
import sys

import pytest
from projects import Project

from helpers import ROOT

RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
DIRECTIVES = ("log", "benchmark", "conda", "resources", "params", "message", "input", "output")
LEFT = ("output", "benchmark")


def rules_of(text):
    """Name and text of every rule in a rule file."""
    return re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", text, re.MULTILINE)


EXECUTING = [
    pytest.param(path, name, text, id=name)
    for path in RULES
    for name, text in rules_of(path.read_text("utf-8"))
    if "script:" in text
]


SHOW = """
for rule in workflow.rules:
    if rule.script:
        asked = [name for name in ("mem_mb", "runtime") if name in rule.resources]
        print(rule.name, "needs", *asked, f"tmpdir={rule.resources['tmpdir'].value}")
"""


def test_there_are_rules_to_check():
    assert len(EXECUTING) == len(SCRIPTS) == 24


@pytest.mark.parametrize(("path", "name", "text"), EXECUTING)
def test_every_job_says_what_it_needs_and_leaves_a_log(path, name, text):
    present = re.findall(r"^    (\w+):", text, re.MULTILINE)
    # A plan is shown whenever it is asked for, so it leaves no file.
    expected = [directive for directive in DIRECTIVES if name != "plan" or directive not in LEFT]
    if "snakemake.params" not in (ROOT / "workflow" / "scripts" / f"{name}.py").read_text("utf-8"):
        expected.remove("params")
    assert [directive for directive in expected if directive not in present] == []
    script = re.search(r'script:\n        "\.\./scripts/(\w+)\.py"', text)[1]
    assert script == name
    assert f'code=code_of("{name}")' in text
    assert "conda:\n        ENVIRONMENT\n" in text
    assert re.search(rf'resources:\n        \*\*resources_of\(\s*"{name}"', text)
    words = ("log", "log" if name == "plan" else "benchmark")
    log, benchmark = (re.search(rf"    {word}:\n        {word}_of\((.+)\),?\n", text)[1] for word in words)
    assert log == benchmark
    assert re.match(rf'"{name}(_\{{\w+\}})?"(, of=\w+)?$', log)


@pytest.mark.parametrize(("path", "name", "text"), EXECUTING)
def test_inputs_and_outputs_are_named(path, name, text):
    for directive in ("input", "output"):
        if name == "plan" and directive == "output":
            continue
        block = re.search(rf"^    {directive}:\n((?:        .*\n|\n)+)", text, re.MULTILINE)[1]
        entries = re.findall(r"^        (?! )(\S.*)$", block, re.MULTILINE)
        named = r"\w+=|unpack\(|\*\*(kept_chains|figures)\(|[)\]}#]"
        assert all(re.match(named, entry) for entry in entries), entries


def test_every_job_has_its_memory_its_time_and_a_folder_of_its_run_for_temporary_files(small):
    rules = small.folder / "Snakefile"
    rules.write_text(f'include: "{ROOT / "Snakefile"}"\n{SHOW}', "utf-8")
    result = Project(small.folder, small.folder).snakemake("--list-rules")
    shown = dict(re.findall(r"^(\w+) needs (.+)$", result.stdout, re.MULTILINE))
    assert set(shown) == {param.values[1] for param in EXECUTING}, result.stdout
    assert set(shown.values()) == {"mem_mb runtime tmpdir=.snakemake/scratch"}


def test_scripts_and_rules_have_the_same_names():
    assert {param.values[1] for param in EXECUTING} == {path.stem for path in SCRIPTS}


def test_files_stay_short():
    assert len((ROOT / "Snakefile").read_text("utf-8").splitlines()) <= 60
    assert len((ROOT / "workflow" / "rules" / "common.smk").read_text("utf-8").splitlines()) <= 150
    for script in SCRIPTS:
        assert len(script.read_text("utf-8").splitlines()) <= 40, script.name


def test_functions_of_the_rules_are_in_the_files_for_them():
    assert "def " not in (ROOT / "Snakefile").read_text("utf-8")
    with_functions = [
        path.name for path in RULES if re.search(r"^def ", path.read_text("utf-8"), re.MULTILINE)
    ]
    # configuration.smk stands before Snakemake reads any file, so that it has what that takes.
    expected = ["common.smk", "configuration.smk", "failures.smk", "resources.smk", "stanzas.smk"]
    assert with_functions == expected


IMPORT = r"^(?:from|import) .*\n(?:(?:    .*|\))\n)*"


@pytest.mark.parametrize("path", [ROOT / "Snakefile", *RULES], ids=lambda path: path.name)
def test_imports_are_in_order(path):
    # Ruff, which orders those of Python, does not read rules.
    for block in re.findall(rf"(?:{IMPORT})+", path.read_text("utf-8"), re.MULTILINE):
        modules = [line.split()[1] for line in re.findall(r"^(?:from|import) .*", block, re.MULTILINE)]
        assert modules == sorted(modules)
        for names in re.findall(r" import ([\w, ]+)$| import \(([^)]*)\)", block, re.MULTILINE):
            each = [name.strip() for name in "".join(names).split(",") if name.strip()]
            assert each == sorted(each, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_take_settings_from_params_and_start_with_a_docstring(script):
    text = script.read_text("utf-8")
    assert text.startswith('"""')
    assert "snakemake.config" not in text
    assert "with job(snakemake)" in text


def test_snakemake_lints_the_workflow_clean(small):
    result = small.snakemake("--lint")
    assert result.returncode == 0, result.stdout
    assert "Congratulations" in result.stdout


def test_the_rules_have_the_canonical_format():
    command = [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "workflow"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_snakemake_makes_its_own_report_with_figures_and_captions(tiny_run):
    result = tiny_run.snakemake("--report", "snakemake-report.html")
    assert result.returncode == 0, result.stdout
    page = (tiny_run.folder / "snakemake-report.html").read_text("utf-8")
    assert "Assignments" in page
