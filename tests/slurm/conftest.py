"""One real Slurm cluster for all tests here, and the projects that run on it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster, cluster

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three emulated nodes of two processors each."""
    with cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running
