"""The frame in which every script of the workflow runs: its log, and readable errors."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stanmix.errors import StanmixError

ERROR = "Error: "
"""Beginning of the sentence in the log of a job that failed."""


@contextmanager
def job(snakemake: Any) -> Iterator[Callable[[str], None]]:
    """Send all output of a script to its log, and end it with one sentence when it fails.

    Parameters
    ----------
    snakemake
        The object that Snakemake gives to scripts; its first log file is used.

    Yields
    ------
    tell
        Shows a text where Snakemake runs.

    Notes
    -----
    The file descriptors are redirected, so that what Stan and compilers print arrives in the log too. A
    :class:`~stanmix.errors.StanmixError` is also shown where Snakemake runs. Any other error is a fault of
    ours, and its traceback is in the log.
    """
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    console = os.dup(2)
    with log.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        # Line by line, so that whoever reads the log sees how far a chain is.
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        try:
            yield lambda text: _tell(console, f"\n{text}\n\n")
        except StanmixError as error:
            print(f"{ERROR}{_in_a_line(error)}", file=sys.stderr, flush=True)
            _tell(console, f"\nError in {snakemake.rule}: {error}\n\n")
            sys.exit(1)
        except Exception as error:
            traceback.print_exc()
            _tell(
                console,
                f"\nError in {snakemake.rule}: {type(error).__name__}: {error}\n"
                f"This is not expected; {log} has the details. Please report it with that file.\n\n",
            )
            sys.exit(1)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.close(console)


def _in_a_line(error: StanmixError) -> str:
    """Return the sentences of an error, several of which may stand in lines of their own, in one line."""
    return " ".join(str(error).split("\n"))


def _tell(console: int, text: str) -> None:
    os.write(console, text.encode())
