"""The documentation's commands work, its configuration is valid, and its pages are those of the code."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from commands import PAGES, commands, copy_project, settings
from docs import story
from docs.__main__ import pages

from helpers import ROOT
from stanmix.config.violations import schema_problems
from stanmix.judgement import verdict
from stanmix.toolchain.wheels import PINS

SET_UP = "tests/slow/test_air_gapped.py::test_what_was_carried_over_sets_the_project_up_without_a_network"
THREE_COMMANDS = "tests/slow/test_installed.py::test_three_commands_lead_to_a_report"
PREDICTION = "tests/workflow/test_run.py::test_new_data_are_predicted_alone_and_as_by_the_command_line"
ELSEWHERE = {
    "make": SET_UP,
    "make test-all": ".ci/run",
    ".venv/bin/python -m stanmix predict results/heights/groups/k2 new.csv": PREDICTION,
    "pip install path/to/stan-mixtures": THREE_COMMANDS,
    "stanmix init data.csv": THREE_COMMANDS,
    "stanmix run": THREE_COMMANDS,
    "pip install snakemake-storage-plugin-s3": "tests/slow/test_air_gapped.py::test_plugins_can_be_installed",
    "export PIP_NO_INDEX=1 PIP_FIND_LINKS=$PWD/wheels STANMIX_WHEELS=$PWD/wheels": SET_UP,
}
"""Commands that another test or continuous integration runs, and which one."""
HERE = {
    r"make [\w-]+": "make --dry-run",
    r"(\.venv/bin/)?snakemake .*": "--dry-run",
    r"\.venv/bin/python -m stanmix\.toolchain": "",
}
"""Commands that are run here, cheaply: what `make` would do, which jobs Snakemake would run."""


def listed():
    return sorted(
        {(page.relative_to(ROOT).as_posix(), command) for page in PAGES for command in commands(page)}
    )


def is_carried(command):
    """Whether a command fetches what the set-up without a network needs; the test of that runs it."""
    return command.startswith("python3 -m pip download ")


def tried(command):
    """The cheap form of a command; None where there is none."""
    for known, form in HERE.items():
        if re.fullmatch(known, command):
            return (
                command.replace("make", form, 1) if form.startswith("make") else f"{command} {form}".strip()
            )
    return None


def cheap():
    forms = {tried(command) for _, command in listed() if command not in ELSEWHERE} - {None}
    return sorted({re.sub(r"( --dry-run)+$", " --dry-run", form) for form in forms})


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("pages"))


def test_every_command_is_run_by_a_test():
    found = listed()
    assert len(found) > 15
    unknown = [
        f"{page}: {command}"
        for page, command in found
        if command not in ELSEWHERE and not is_carried(command) and tried(command) is None
    ]
    assert unknown == [], "Add them to HERE or ELSEWHERE."
    assert set(ELSEWHERE) <= {command for _, command in found}, "ELSEWHERE names commands that no page has."


@pytest.mark.parametrize("command", sorted(ELSEWHERE))
def test_what_is_run_elsewhere_is_there(command):
    file, _, test = ELSEWHERE[command].partition("::")
    text = (ROOT / file).read_text("utf-8")
    assert (f"def {test}(" if test else f"\n{command}\n") in text


@pytest.mark.parametrize("command", cheap())
def test_a_command_works(copy, command):
    path = f"{copy / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(copy / "workflow")}
    result = subprocess.run(
        ["bash", "-c", command], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_pieces_of_configuration_are_valid():
    base = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    pieces = [(page.name, piece) for page in PAGES for piece in settings(page)]
    assert len(pieces) > 8
    for name, piece in pieces:
        assert schema_problems(base | piece) == [], name


def test_pages_that_come_from_the_code_are_up_to_date():
    for file, text in pages().items():
        assert file.is_file(), f"Run `make docs`, which writes {file.name}, and commit it."
        assert file.read_text("utf-8") == text, f"Run `make docs`, which writes {file.name}, and commit it."


def test_the_tutorial_shows_its_numbers_and_all_its_pictures():
    page, facts = story.PAGE.read_text("utf-8"), json.loads(story.FACTS.read_text("utf-8"))
    assert story.fill(page, facts) == page, "Run `make docs-tutorial`."
    assert {file.stem for file in story.FOLDER.glob("*.svg")} == set(story.FIGURES)
    for name in story.FIGURES:
        assert f"]({name}.svg)" in page
    changed = json.loads(story.FACTS.read_text("utf-8"))
    changed["fits"]["galaxies/sweep/k3"]["verdict"] = "another"
    assert story.fill(page, changed) != page


def test_the_tutorial_quotes_the_shipped_configuration():
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    for piece in settings(story.PAGE):
        for section, entries in piece.items():
            for name, entry in entries.items():
                assert shipped[section][name] == entry


def test_links_between_pages_and_to_files_hold():
    targets = 0
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            if "://" in target:
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), f"{page.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert anchor in slugs, f"{page.name}: {target}"
            targets += 1
    assert targets > 40


def test_every_page_is_on_the_front_page():
    front = (ROOT / "docs" / "index.md").read_text("utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").as_posix()
        assert name == "index.md" or f"]({name})" in front, name


def test_every_verdict_and_every_check_has_its_advice():
    text = (ROOT / "docs" / "howto" / "verdicts.md").read_text("utf-8")
    for word in verdict.MEANING:
        assert f"| `{word}` |" in text
        assert re.search(rf"^## .*`{word}`", text, re.MULTILINE), word
    checks = ("divergences", "E-BFMI", "R-hat", "bulk ESS", "tail ESS", "MCSE / sd", "non-permutation rate")
    source = (ROOT / "workflow" / "stanmix" / "judgement" / "checks.py").read_text("utf-8")
    for name in (*checks, verdict.TREE_DEPTH):
        assert f"`{name}`" in text
        assert name == verdict.TREE_DEPTH or f'"{name}"' in source


def test_the_page_about_a_new_family_names_files_that_are_there():
    text = (ROOT / "docs" / "howto" / "new-family.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    paths = [cell.split("`") for cell in rows]
    for _, first, *others in paths:
        files = [first, *(f"{first.rpartition('/')[0]}/{name}" for name in others[1::2] if "." in name)]
        for file in files:
            # Stan has the Weibull distribution itself.
            family = "hurdle_poisson" if file.endswith(".stan") else "weibull"
            assert list(ROOT.glob(file.replace("{family}", family))), file
    assert len(paths) == 6


def test_the_page_about_machines_without_a_network_names_the_wheels_that_are_asked_for():
    text = (ROOT / "docs" / "howto" / "air-gapped.md").read_text("utf-8")
    for pin in PINS:
        assert f"{pin.project}=={pin.version}" in text
        assert f"--platform {pin.tag}" in text
