"""Tell which CmdStan is in use and why; with ``--install`` assemble one if there is none."""

import argparse
import json
import sys
from pathlib import Path

from stanmix.toolchain.assembly import ensure
from stanmix.toolchain.cache import cache_dir
from stanmix.toolchain.compilers import compiler
from stanmix.toolchain.discovery import CmdStan, find
from stanmix.toolchain.problems import ToolchainError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process if None.

    Returns
    -------
    int
        Exit code: 0 if there is a CmdStan, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m stanmix.toolchain", description=__doc__)
    parser.add_argument(
        "--install", action="store_true", help="assemble CmdStan in the cache if there is none"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    options = parser.parse_args(arguments)
    try:
        # Progress goes to stderr, so that stdout holds the answer only.
        cmdstan = ensure(progress=_to_stderr) if options.install else find()
        if cmdstan is None:
            raise ToolchainError(
                "There is no CmdStan yet: `python -m stanmix.toolchain --install` assembles one in one to "
                "two minutes, or set $CMDSTAN to one that you have."
            )
        facts = _facts(cmdstan)
    except ToolchainError as error:
        if options.json:
            print(json.dumps({"error": str(error)}, indent=2))
        else:
            print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print(cmdstan.reason)
        for key, value in facts.items():
            if key != "reason":
                print(f"  {key.replace('_', ' '):<14} {value}")
    return 0


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _facts(cmdstan: CmdStan) -> dict[str, str | int]:
    return {
        "path": str(cmdstan.path),
        "version": cmdstan.version,
        "origin": cmdstan.origin,
        "reason": cmdstan.reason,
        "compiler": compiler(),
        "cache": str(cache_dir()),
        "cache_size_mb": _size(cache_dir()) // 1_000_000,
    }


def _size(folder: Path) -> int:
    """Return the bytes of all files below a folder; files that vanish meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


if __name__ == "__main__":
    sys.exit(main())
