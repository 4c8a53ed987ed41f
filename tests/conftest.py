"""Settings that all tests share; being here, it also lets them import `helpers`."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

ALONE = ("test_kernels", "test_programs", "test_smoke")
"""Files that take minutes, need nothing that other tests have made, and may hence run beside any."""


@pytest.hookimpl(tryfirst=True)  # before xdist writes the groups into the tests' names
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `pytest -n 2` run each folder in one process, for which its programs and runs are made once."""
    for item in items:
        group = (
            item.path.stem
            if item.path.stem in ALONE
            else item.path.relative_to(Path(__file__).parent).parts[0]
        )
        item.add_marker(pytest.mark.xdist_group(group))
