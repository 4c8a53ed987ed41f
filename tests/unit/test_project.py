"""The files around the code agree with each other."""

import re
import tomllib

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement

from helpers import ROOT
from stanmix.config import load

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONDA_NAMES = {"matplotlib": "matplotlib-base", "snakemake": "snakemake-minimal"}
CONDA_ONLY = {"python", "cmdstan", "cxx-compiler", "make"}


def requirements(python="3.12"):
    """Requirements of the project that hold for a Python version, by name."""
    environment = default_environment() | {"python_version": python, "python_full_version": f"{python}.0"}
    parsed = map(Requirement, PROJECT["project"]["dependencies"])
    return {r.name: r for r in parsed if r.marker is None or r.marker.evaluate(environment)}


def conda_packages():
    """Packages of environment.yml, without their comments: name and bounds."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    return {name: bounds for name, _, bounds in (entry.partition(" ") for entry in listed)}


def test_conda_gets_the_same_packages_with_the_same_bounds():
    conda = conda_packages()
    expected = {CONDA_NAMES.get(name, name): r.specifier for name, r in requirements().items()}
    assert set(conda) - CONDA_ONLY == set(expected)
    for name, specifier in expected.items():
        assert Requirement(f"x{conda[name]}").specifier == specifier, name


def test_conda_gets_a_compiler_cmdstan_and_a_python_that_the_project_supports():
    conda = conda_packages()
    assert set(conda) >= CONDA_ONLY
    supported = Requirement(f"x{PROJECT['project']['requires-python']}").specifier
    assert all(Requirement(f"x{conda['python']}").specifier.contains(v) for v in ("3.12", "3.13"))
    assert not Requirement(f"x{conda['python']}").specifier.contains("3.14")
    assert all(supported.contains(version) for version in ("3.11", "3.12", "3.13"))


def test_both_pythons_get_matplotlib_and_xarray_that_work_with_their_arviz():
    assert requirements("3.11")["matplotlib"].specifier.contains("3.10.9")
    assert not requirements("3.11")["matplotlib"].specifier.contains("3.11.0")
    assert requirements("3.13")["matplotlib"].specifier.contains("3.11.0")
    assert not requirements("3.11")["xarray"].specifier.contains("2026.4.0")


def pinned(name):
    """Package names of a lock file and its text."""
    text = (ROOT / name).read_text("utf-8")
    return re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", text, re.MULTILINE), text


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.txt", PROJECT["project"]["dependencies"]),
        ("requirements-dev.txt", PROJECT["dependency-groups"]["dev"]),
    ],
)
def test_locks_are_complete_hashed_and_tied_to_no_index(lock, wanted):
    names, text = pinned(lock)
    normalised = {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    for requirement in map(Requirement, wanted):
        assert re.sub(r"[-_.]+", "-", requirement.name).lower() in normalised
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    for entry in entries:
        if "==" in entry and not entry.startswith("#"):
            assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "index-url" not in text
    assert "://" not in text


SHIPPED = [
    path
    for pattern in ("*.md", "*.cff", "docs/**/*.md", "workflow/**/*.py", "workflow/**/*.smk", "profiles/**/*")
    for path in ROOT.glob(pattern)
    if path.is_file()
]


def test_no_shipped_text_names_a_place_on_one_machine():
    assert len(SHIPPED) > 40
    for path in SHIPPED:
        found = re.search(r"(?<![\w.])/(?:work|home|root|Users)/\w+", path.read_text("utf-8"))
        assert not found, f"{path.name}: {found}"


def test_the_workflow_catalog_finds_what_it_asks_for():
    settings = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text("utf-8"))["usage"]
    assert set(settings) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert settings["mandatory-flags"]["flags"] == []
    assert (ROOT / "workflow" / "Snakefile").is_file()
    page = (ROOT / "config" / "README.md").read_text("utf-8")
    example = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])
    assert [fit.components for fit in load(example).fits()] == [1, 2, 3]
    readme = (ROOT / "README.md").read_text("utf-8").lower()
    assert "snakemake" in readme
    assert "workflow" in readme


def test_every_test_data_file_has_its_provenance():
    folder = ROOT / "tests" / "data"
    readme = (folder / "README.md").read_text("utf-8")
    for path in folder.iterdir():
        assert path.name == "README.md" or path.name in readme
