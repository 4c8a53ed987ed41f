"""One project that is really run, for all tests."""

from pathlib import Path

import pytest
from projects import Project, copy_workflow, new_project

from helpers import ROOT


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after one complete run on two cores, with an empty folder as $TMPDIR."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tmp").mkdir()
    workflow = folder / "workflow_copy"
    workflow.mkdir()
    project = new_project(folder / "project", copy_workflow(workflow))
    result = project.snakemake("--cores", "2", TMPDIR=str(folder / "tmp"))
    assert result.returncode == 0, result.stdout
    return Project(project.folder, project.workflow, result.stdout)


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """The project before any run, on the repository's own workflow."""
    return new_project(tmp_path / "project", ROOT)
