"""What an assembled CmdStan is made of, as far as it decides the name of its folder."""

import hashlib
from functools import cache
from pathlib import Path

from stanmix.toolchain.wheels import PINS

FRONT_END = Path(__file__).parent / "cmdstan"
"""The sources of our own command-line front end over Stan's services, and its makefile."""

VERSION = "2.39.0"
"""The version of Stan in the wheel, which ``CMDSTAN_VERSION`` in the makefile repeats for cmdstanpy."""


@cache
def assembled_name() -> str:
    """Return the folder's name, which changes with the wheels and with the front end.

    A newer project therefore never meets the older folder, and the older project keeps its own.
    """
    digest = hashlib.sha256()
    for pin in PINS:
        digest.update(pin.sha256.encode())
    for path in front_end_files():
        digest.update(path.relative_to(FRONT_END).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"cmdstan-{VERSION}-{digest.hexdigest()[:12]}"


def front_end_files() -> list[Path]:
    """Return the files of the front end, sorted."""
    return sorted(path for path in FRONT_END.rglob("*") if path.is_file())
