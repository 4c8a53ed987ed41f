"""What stands around the code for those who work on it: versions, make, integration, templates."""

import datetime
import os
import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from typer.main import get_command

from helpers import ROOT
from stanmix import __version__
from stanmix.commandline import app
from stanmix.stan import templates

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SUPPORTED = [
    f"3.{minor}"
    for minor in range(8, 30)
    if SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"3.{minor}")
]
GITHUB = ROOT / ".github"

# ------------------------------------------------------------------------------------ versions


KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
RELEASE = re.compile(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})")


def releases(changelog):
    """Versions and dates of a changelog's sections, newest first; an AssertionError says what is wrong."""
    title, *sections = re.split(r"^## ", changelog, flags=re.MULTILINE)
    assert title.startswith("# Changelog\n")
    assert sections[0].startswith("[Unreleased]\n"), "The first section is [Unreleased]."
    found = []
    for section in sections:
        heading, *parts = re.split(r"^### ", section, flags=re.MULTILINE)
        kinds = [part.splitlines()[0] for part in parts]
        assert set(kinds) <= set(KINDS), kinds
        assert len(kinds) == len(set(kinds)), f"A kind of change stands twice: {kinds}"
        for part in parts:
            lines = part.strip().splitlines()[2:]
            assert all(re.match(r"- \S|  \S", line) for line in lines), f"Not a list: {part.splitlines()[0]}"
        if section is not sections[0]:
            release = RELEASE.fullmatch(heading.splitlines()[0])
            assert release, f"A section is named `[1.2.3] - 2030-01-31`, not `{heading.splitlines()[0]}`."
            assert kinds, f"Nothing is said of {release[1]}."
            found.append((Version(release[1]), datetime.date.fromisoformat(release[2])))
    assert found == sorted(found, reverse=True), "The newest release comes first."
    return found


def citation():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def test_every_file_that_has_the_version_has_the_same():
    assert {PROJECT["project"]["version"], __version__, str(citation()["version"])} == {__version__}


def test_the_newest_release_of_the_changelog_is_this_version_and_its_date_is_cited():
    released = releases((ROOT / "CHANGELOG.md").read_text("utf-8"))
    # Before the first release there is a version, but no section and no date.
    newest = released[0] if released else (Version("0.1.0"), None)
    assert (Version(__version__), citation().get("date-released")) == newest


ENTRY = "### Fixed\n\n- A line\n  that goes on.\n"
START = f"# Changelog\n\n## [Unreleased]\n\n{ENTRY}\n"


def test_releases_are_read():
    text = f"{START}## [0.2.0] - 2030-02-01\n\n{ENTRY}\n## [0.1.0] - 2030-01-31\n\n{ENTRY}"
    assert [str(version) for version, _ in releases(text)] == ["0.2.0", "0.1.0"]
    assert releases("# Changelog\n\n## [Unreleased]\n") == []


@pytest.mark.parametrize(
    "text",
    [
        f"# Changelog\n\n## [0.1.0] - 2030-01-31\n\n{ENTRY}",
        f"{START}## 0.1.0 - 2030-01-31\n\n{ENTRY}",
        f"{START}## [0.1.0]\n\n{ENTRY}",
        f"{START}## [0.1.0] - 2030-01-31\n\n{ENTRY}\n## [0.2.0] - 2030-02-01\n\n{ENTRY}",
        f"{START}## [0.1.0] - 2030-01-31\n",
        f"{START}{ENTRY}",
        f"{START}### News\n\n- A line.\n",
        f"{START}### Added\n\n- A line.\n\n- Another.\n",
    ],
)
def test_a_changelog_of_another_form_is_refused(text):
    with pytest.raises(AssertionError):
        releases(text)


# ---------------------------------------------------------------------------------------- make


MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_make_help_has_a_line_for_every_target():
    targets = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split()
    # The tests are called by make themselves, whose inner calls tell their folders unless they are silenced.
    command = ["make", "--no-print-directory", "help"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = [re.fullmatch(r"make ([\w-]+) +(\S.*)", line) for line in said.splitlines()]
    assert all(listed)
    assert sorted(line[1] for line in listed) == sorted(targets)
    assert all(len(line[0]) <= 110 for line in listed)
    rules = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert rules == set(targets), "A target is missing in .PHONY."


# --------------------------------------------------------------------------------------- tools


def editor_settings():
    """Maximal line lengths of .editorconfig by pattern."""
    sections = re.split(r"^\[(.+)\]$", (ROOT / ".editorconfig").read_text("utf-8"), flags=re.MULTILINE)
    assert "root = true" in sections[0]
    widths = {}
    for pattern, text in zip(sections[1::2], sections[2::2], strict=True):
        found = re.search(r"^max_line_length = (\d+)$", text, re.MULTILINE)
        if found:
            widths[pattern] = int(found[1])
    return widths


def test_editors_wrap_where_the_formatters_do():
    kernels = yaml.safe_load((ROOT / ".clang-format").read_text("utf-8"))
    snakefmt = PROJECT["tool"].get("snakefmt", {}).get("line_length", 88)
    assert editor_settings() == {
        "*.py": PROJECT["tool"]["ruff"]["line-length"],
        "{Snakefile,*.smk}": snakefmt,
        "*.{hpp,cpp}": kernels["ColumnLimit"],
        "workflow/stanmix/toolchain/cmdstan/src/**": 100,  # which no formatter of the project checks
        "*.stan": templates.WIDTH,
    }


def test_text_files_end_in_a_newline_and_no_line_in_blanks():
    kinds = re.compile(r"\.(md|stan|hpp|cpp|smk|ya?ml|toml|cff|j2|css|js)")
    folders = ("", ".github", "config", "docs", "profiles", "stan", "workflow", "bench/programs")
    paths = [
        path
        for folder in folders
        for path in (ROOT / folder).glob("**/*" if folder else "*")
        if kinds.fullmatch(path.suffix) and path.is_file()
    ]
    assert len(paths) > 200
    for path in paths:
        text = path.read_bytes().decode("utf-8")
        assert text.endswith("\n"), path
        assert not re.search(r"[ \t\r]$", text, re.MULTILINE), path


# ---------------------------------------------------------------------- continuous integration


def workflow():
    """The workflow of GitHub Actions; YAML 1.1 takes its key `on` for true."""
    loaded = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in loaded.items()}


def test_the_workflow_runs_on_pushes_and_pull_requests_and_may_only_read():
    parsed = workflow()
    assert set(parsed) == {"name", "on", "permissions", "concurrency", "jobs"}
    assert {"push", "pull_request"} <= set(parsed["on"])
    assert parsed["permissions"] == {"contents": "read"}


def test_the_workflow_runs_what_everyone_can_run():
    (job,) = workflow()["jobs"].values()
    assert set(job) == {"name", "runs-on", "timeout-minutes", "strategy", "container", "steps"}
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert job["container"]["image"].startswith("python:${{ matrix.python }}-")
    assert job["strategy"]["fail-fast"] is False


def test_actions_are_pinned_to_a_commit_and_name_its_version():
    for path in (GITHUB / "workflows").iterdir():
        lines = re.findall(r"uses: (.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert lines
        for line in lines:
            assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_all_files_name_the_same_versions_of_python():
    (job,) = workflow()["jobs"].values()
    assert job["strategy"]["matrix"] == {"python": SUPPORTED}
    classifier = "Programming Language :: Python :: 3."
    listed = [c.rpartition(" ")[2] for c in PROJECT["project"]["classifiers"] if c.startswith(classifier)]
    assert listed == SUPPORTED
    bounds = re.search(r"\((\d+), (\d+)\) <= v <= \((\d+), (\d+)\)", MAKEFILE).groups()
    assert [".".join(bounds[:2]), ".".join(bounds[2:])] == [SUPPORTED[0], SUPPORTED[-1]]
    assert f"Python {SUPPORTED[0]} to {SUPPORTED[-1]} is needed" in MAKEFILE
    second = (ROOT / ".ci" / "second-python").read_text("utf-8")
    assert re.search(r"^for version in (.+); do$", second, re.MULTILINE)[1].split() == SUPPORTED[::-1]
    assert PROJECT["tool"]["mypy"]["python_version"] == SUPPORTED[0]


def test_the_second_python_is_not_the_one_that_is_named(tmp_path):
    for version in SUPPORTED:
        python = tmp_path / f"python{version}"
        python.write_text(f'#!/bin/sh\ncase "$2" in *version_info*) echo {version};; esac\n', "utf-8")
        python.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYENV_ROOT": "none"}
    for version in SUPPORTED:
        said = subprocess.run(
            ["bash", ROOT / ".ci" / "second-python"],
            env=environment | {"PYTHON": f"python{version}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        expected = SUPPORTED[-2] if version == SUPPORTED[-1] else SUPPORTED[-1]
        assert said.strip() == str(tmp_path / f"python{expected}")


# --------------------------------------------------------------------------- pages for developers


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "RELEASING.md"])
def test_pages_for_developers_name_what_is_there(name):
    text = (ROOT / name).read_text("utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", text):
        assert f"\n{target}:" in MAKEFILE, target
    links = re.findall(r"\]\((?!https)([^)#]+)[^)]*\)", text)
    paths = re.findall(r"(?<![\w./])((?:docs|stan|tests|workflow|stanmix|\.ci)/[\w/.-]*\w)", text)
    named = {*links, *(f"workflow/{p}" if p.startswith("stanmix/") else p for p in paths)}
    assert len(named) >= 4
    for path in named:
        assert (ROOT / path).exists(), path


def test_every_folder_of_tests_has_its_place_in_the_table():
    rows = re.findall(r"^\| `tests/(\w+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert sorted(rows) == sorted(folders)


# ----------------------------------------------------------------------------------- templates


def form(name):
    """The fields of an issue template by their names."""
    parsed = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / name).read_text("utf-8"))
    assert set(parsed) == {"name", "description", "labels", "body"}
    fields = {field["id"]: field for field in parsed["body"]}
    assert len(fields) == len(parsed["body"])
    for field in fields.values():
        assert field["type"] == "textarea"
        assert set(field["attributes"]) <= {"label", "description", "render"}
        assert field["attributes"]["label"]
    return fields


def test_a_bug_report_asks_for_what_is_needed_to_repeat_it():
    fields = form("bug.yml")
    required = {name for name, field in fields.items() if field.get("validations", {}).get("required")}
    assert required == {"what", "config", "check", "versions"}
    assert "report.json" in fields["report"]["attributes"]["description"]
    # A failed run has no report.
    assert "report" not in required


def test_a_feature_request_asks_for_the_question_behind_it():
    fields = form("feature.yml")
    assert fields["question"]["validations"]["required"] is True


def test_templates_name_commands_that_are_there():
    named = set()
    for path in GITHUB.rglob("*.*"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r"`(?:\.venv/bin/python -m )?stanmix (\w+)", text))
        for target in re.findall(r"`make ([\w-]+)`", text):
            assert f"\n{target}:" in MAKEFILE, (path.name, target)
        for file in re.findall(r"`([A-Z]+\.md)`", text):
            assert (ROOT / file).is_file(), (path.name, file)
    assert named == {"check", "toolchain"}
    assert named <= set(get_command(app).commands)
