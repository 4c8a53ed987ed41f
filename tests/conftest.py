"""Settings that all tests share; being here, it also lets them import `helpers`."""

from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

ALONE = ("test_kernels", "test_programs", "test_smoke")
"""Files that take minutes and need nothing that other tests have made."""


class ByFolder(LoadScopeScheduling):
    """Runs each folder's tests in one process, so that its programs and runs are made once."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        return file.stem if file.stem in ALONE else str(file.parent)


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> ByFolder:
    """Xdist's hook: how `pytest -n 2` divides the tests."""
    return ByFolder(config, log)
