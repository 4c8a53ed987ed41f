"""The programs of the machine that a build needs: a C++ compiler and make."""

import os
import platform
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from stanmix.toolchain.problems import ToolchainError

INSTALL_HINT = (
    "on Debian or Ubuntu `apt install g++ make`, on macOS `xcode-select --install`, "
    "with conda `conda install cxx-compiler make`"
)


def compiler() -> str:
    """Return the first line that the C++ compiler says about its version, such as ``g++ (Debian) 12.2.0``.

    Raises
    ------
    ToolchainError
        If there is no C++ compiler, or ``$CXX`` does not run.
    """
    command = compiler_command()
    try:
        said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ToolchainError(f"The C++ compiler `{shlex.join(command)}` does not run: {error}.") from error
    return said.stdout.partition("\n")[0].strip()


def compiler_command() -> list[str]:
    """Return the command of the C++ compiler: ``$CXX``, else g++, else clang++.

    Raises
    ------
    ToolchainError
        If none of them is there.
    """
    chosen = shlex.split(os.environ.get("CXX", ""))
    if chosen:
        if shutil.which(chosen[0]) is None:
            raise ToolchainError(
                f"$CXX names the C++ compiler {chosen[0]}, which is not there: correct or unset $CXX."
            )
        return chosen
    for name in ("g++", "clang++"):
        if shutil.which(name):
            return [name]
    raise ToolchainError(f"There is no C++ compiler (g++ or clang++); install one: {INSTALL_HINT}.")


def processor_model() -> str:
    """Return the name of this machine's processor, which decides what ``-march=native`` compiles."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text("utf-8"), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def make_command() -> list[str]:
    """Return the command of make: ``$MAKE``, which cmdstanpy honours too, else make.

    Raises
    ------
    ToolchainError
        If it is not there.
    """
    chosen = shlex.split(os.environ.get("MAKE", "")) or ["make"]
    if shutil.which(chosen[0]) is None:
        raise ToolchainError(
            f"There is no {chosen[0]}, which builds Stan programs; install it: {INSTALL_HINT}."
        )
    return chosen
