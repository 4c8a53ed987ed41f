"""Settings that all tests share; being here, it also lets them import `helpers`."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

sys.path.insert(0, str(Path(__file__).parent / "stan"))
from kernel_program import LIKELIHOODS, group_of

# No limits of time: a busy machine makes tests slow, not red.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")

ALONE = ("test_kernels", "test_programs", "test_smoke")
"""Files that take minutes and need nothing that other tests have made."""


class ByFolder(LoadScopeScheduling):
    """Runs each folder's tests in one process, so that its programs and runs are made once.

    Tests of kernels are divided by the program that they need.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        if file.stem == "test_kernels":
            families = [word for word in re.split(r"[][ -]", nodeid) if word in LIKELIHOODS]
            return f"{file.stem} {group_of(families[0])}" if families else file.stem
        return file.stem if file.stem in ALONE else str(file.parent)


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> ByFolder:
    """Xdist's hook: how `pytest -n 2` divides the tests."""
    return ByFolder(config, log)
