"""Settings that all tests share; being here, it also lets them import `helpers`."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

sys.path.insert(0, str(Path(__file__).parent / "stan"))
from kernel_program import GROUPS, LIKELIHOODS, group_of

# No limits of time: a busy machine makes tests slow, not red.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")

ON_ONE_RUN = ("browser", "commands", "documented", "failed_jobs", "quality", "reruns", "resume", "run")
"""Files of tests/workflow whose tests share one finished run (`tiny_run`)."""
LONGEST = (
    "one run",
    "test_smoke",
    "test_shipped",
    "test_programs",
    "test_storage",
    "test_kernels",
    "test_odd_figures",
)
"""Parts of the suite that take minutes, the longest first: they start before the others, which then fill up
the time of whichever process is free."""
AT_ONCE = ("lines", "normals")
"""Programs of kernels whose tests `make test` runs; those of the others are `long`."""


def part_of(nodeid: str) -> str:
    """The part of the suite that a test belongs to, all of which one process runs.

    A part is a file. Files that share a finished run are one part, so that it is made once; tests of kernels
    are divided by the program that they need. Compiled programs are shared by all, through the cache.
    """
    file = Path(nodeid.partition("::")[0])
    if file.stem == "test_kernels":
        program = program_of(nodeid)
        return f"{file.stem} {program}" if program else file.stem
    return "one run" if file.stem.removeprefix("test_") in ON_ONE_RUN else str(file)


def program_of(nodeid: str) -> str | None:
    """The program of kernels that a test needs: that of a likelihood in its name, else a program so named."""
    words = re.split(r"[][ -]", nodeid)
    families = [word for word in words if word in LIKELIHOODS]
    if families:
        return group_of(families[0])
    return next((word for word in words if word in GROUPS), None)


class ByPart(LoadScopeScheduling):
    """Gives each process parts of the suite, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return part_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> ByPart:
    """Xdist's hook: how `pytest -n 2` divides the tests."""
    config.option.loadscopereorder = False  # numbers of tests say nothing of the time that they take
    return ByPart(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests of most kernels as long, and put the parts that take longest first."""
    for item in items:
        if item.path.stem == "test_kernels" and program_of(item.nodeid) not in (None, *AT_ONCE):
            item.add_marker(pytest.mark.long)
    items.sort(key=lambda item: place_of(part_of(item.nodeid)))


def place_of(part: str) -> int:
    """Where a part stands in the order of time."""
    name = Path(part.partition(" ")[0] if part.startswith("test_") else part).stem
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)
