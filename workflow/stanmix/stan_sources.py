"""The files that a Stan program is made of."""

from __future__ import annotations

import re
from pathlib import Path

from stanmix.errors import StanmixError
from stanmix.paths import STAN

INCLUDE_FOLDERS = (STAN / "models", STAN / "functions")
INCLUDE = re.compile(r"^\s*#include\s+[<\"]?([\w./-]+)[>\"]?", re.MULTILINE)


def sources(program: str) -> list[Path]:
    """List the Stan files of a program: itself first, then what it includes, in order of use.

    Raises
    ------
    StanmixError
        If the program or one of its includes is not there.
    """
    found: list[Path] = []
    pending = [f"{program}.stan"]
    while pending:
        name = pending.pop(0)
        path = next((folder / name for folder in INCLUDE_FOLDERS if (folder / name).is_file()), None)
        if path is None:
            places = " or ".join(str(folder.relative_to(STAN.parent)) for folder in INCLUDE_FOLDERS)
            raise StanmixError(
                f"There is no Stan file {name} in {places}. Restore it, or correct the #include."
            )
        if path not in found:
            found.append(path)
            pending += INCLUDE.findall(path.read_text("utf-8"))
    return found
