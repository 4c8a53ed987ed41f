"""Snakemake with its events as lines of JSON, for the command that shows the progress of a run.

The command starts this module in place of Snakemake's own. It registers a logger plugin, which writes to a
file descriptor; nothing else about Snakemake changes. It ends when the command ends, even if that is killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from logging import LogRecord
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from stanmix.run import internals
from stanmix.run.failures import DESCRIPTOR

NAME = "stanmix"
GRACE = 30.0
"""Seconds between Ctrl-C and SIGKILL for a run whose command is gone."""

FIELDS: Mapping[LogEvent, Mapping[str, str]] = {
    LogEvent.JOB_INFO: {
        "id": "jobid",
        "rule": "rule_name",
        "message": "rule_msg",
        "log": "log",
        "output": "output",
        "wildcards": "wildcards",
    },
    LogEvent.JOB_FINISHED: {"id": "job_id"},
    LogEvent.JOB_ERROR: {"id": "jobid", "rule": "rule_name", "log": "log"},
    LogEvent.PROGRESS: {"done": "done", "total": "total"},
    LogEvent.RUN_INFO: {"stats": "stats"},
}
"""The fields of each kind of event: our names, and Snakemake's."""
DETAILS = set(LogEvent) - set(FIELDS) - {LogEvent.ERROR}
"""Events without fields."""


def facts(record: LogRecord) -> dict[str, Any] | None:
    """Return the fields of a record; None if the record is not passed on."""
    event: LogEvent | None = getattr(record, "event", None)
    if event is not None and event in FIELDS:
        told = {name: getattr(record, own, None) for name, own in FIELDS[event].items()}
        return {"event": str(event), **told}
    if event in DETAILS:
        return None
    return {"event": "message", "level": record.levelname, "text": record.getMessage()}


class LogHandler(LogHandlerBase):
    """Writes a line for each event to the descriptor."""

    def __post_init__(self) -> None:
        """Open the descriptor."""
        self._descriptor = int(os.environ[DESCRIPTOR])

    def emit(self, record: LogRecord) -> None:
        """Write a line, unless the reader is gone: the run goes on without it."""
        told = facts(record)
        if told is not None:
            try:
                os.write(self._descriptor, f"{json.dumps(told, default=str)}\n".encode())
            except OSError:
                self._descriptor = os.open(os.devnull, os.O_WRONLY)

    @property
    def writes_to_stream(self) -> bool:
        """Take the place of Snakemake's own messages."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Leave Snakemake's own log file as it is."""
        return False

    @property
    def has_filter(self) -> bool:
        """Ask for all events, even if a profile is quiet."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Format no messages."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """Ask for no graph."""
        return False


def end_with_command() -> None:
    """End this process and its jobs when the command that started it is gone, as Ctrl-C would.

    The standard input is a pipe that the command holds open and never writes to, so that the system closes it
    even where the command is killed. This process must lead a process group of its own.
    """
    pipe = os.dup(sys.stdin.fileno())
    _point_to_nothing(sys.stdin.fileno(), os.O_RDONLY)  # jobs must not wait for the command

    def wait() -> None:
        while os.read(pipe, 1):
            pass
        # The readers are gone, and a failed write would disturb Snakemake's end.
        for stream in (sys.stdout, sys.stderr):
            _point_to_nothing(stream.fileno(), os.O_WRONLY)
        os.killpg(0, signal.SIGINT)
        time.sleep(GRACE)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def _point_to_nothing(descriptor: int, mode: int) -> None:
    nothing = os.open(os.devnull, mode)
    os.dup2(nothing, descriptor)
    os.close(nothing)


def registered() -> list[str]:
    """Register this plugin, and return the words for Snakemake to use it."""
    from stanmix.commandline import events

    return internals.register_logger(NAME, events)


def main(arguments: list[str]) -> None:
    """Run Snakemake with this plugin; it ends the process."""
    end_with_command()
    sys.argv[0] = "snakemake"  # which its messages about options begin with
    internals.run([*arguments, *registered()])


if __name__ == "__main__":
    main(sys.argv[1:])
