"""Start Snakemake on the workflow, and follow it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any

from stanmix.commandline.progress import Display, Run, display
from stanmix.errors import StanmixError
from stanmix.paths import PROFILES, SNAKEFILE
from stanmix.run.failures import DESCRIPTOR
from stanmix.run.internals import PROFILE_IN_USE, REPEATED
from stanmix.run.recovery import COMMAND

DRY = {"-n", "--dry-run", "--dryrun"}
INTERRUPTED = 128 + signal.SIGINT
EVERY = 0.5
"""Seconds between two readings of the chains' progress."""
STOPPING = (
    "Stopping: running jobs are ended, and what is finished stays. The same command goes on from there. "
    "Press Ctrl-C again to end them at once."
)

Item = tuple[str, Any]


def arguments(
    targets: Sequence[str], directory: Path, config: Path | None, cores: str | None, profile: str | None
) -> list[str]:
    """Return the arguments for `snakemake`.

    Raises
    ------
    StanmixError
        If there is no such profile, or the number of cores is invalid.
    """
    # A profile for a cluster sets its own numbers of jobs and cores.
    cores = "all" if cores is None and profile is None else cores
    if cores not in (None, "all") and not (cores.isdecimal() and int(cores) > 0):
        raise StanmixError(f"--cores is {cores}, but it must be a number from 1, or all. Write: --cores all")
    # Options with several words come first, so that they do not take the targets.
    words = [] if config is None else ["--configfile", str(config.resolve())]
    words += ["--snakefile", str(SNAKEFILE), "--directory", str(directory)]
    if cores is not None:
        words += ["--cores", cores]
    if profile is not None:
        words += ["--profile", str(_profile(profile))]
    return [*words, *targets]


def _profile(name: str) -> Path:
    shipped = {path.name: path for path in PROFILES.iterdir() if path.is_dir()}
    for path in (Path(name), shipped.get(name)):
        if path is not None and (path / "config.yaml").is_file():
            return path.resolve()
    raise StanmixError(
        f"--profile is {name}, which is no folder with a config.yaml. Give one, or one of: "
        f"{', '.join(sorted(shipped))}."
    )


def is_dry(words: Sequence[str]) -> bool:
    """Tell whether Snakemake is only asked what it would do."""
    return bool(DRY & set(words))


def plainly(words: Sequence[str]) -> int:
    """Run Snakemake as it is, and return its exit code."""
    return subprocess.run([sys.executable, "-m", "snakemake", *words], check=False).returncode


def with_progress(words: Sequence[str], directory: Path) -> int:
    """Run Snakemake, show its progress, and return its exit code."""
    run = Run(directory)
    reading, writing = os.pipe()
    environment = os.environ | {DESCRIPTOR: str(writing), COMMAND: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
    # Background processes of a shell ignore Ctrl-C, and their children would inherit this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # In its own session, so that every signal reaches it once, from here.
    process = subprocess.Popen(
        [sys.executable, "-m", "stanmix.commandline.events", *words],
        env=environment,
        stdin=subprocess.PIPE,  # whose end tells it that this process is gone
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[writing],
        start_new_session=True,
    )
    os.close(writing)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    items: queue.Queue[Item] = queue.Queue()
    sources = {"event": os.fdopen(reading, "rb"), "out": process.stdout, "err": process.stderr}
    threads = [
        threading.Thread(target=_read, args=(kind, file, items), daemon=True)
        for kind, file in sources.items()
    ]
    with display(run) as shown, _signals_to(process, run, shown.say):
        for thread in threads:
            thread.start()
        _follow(items, len(sources), run, shown)
        code = process.wait()
    for file in (process.stdin, *sources.values()):
        file.close()
    if run.stopped and code == 0:
        code = INTERRUPTED  # Snakemake ends with 0 if the signal comes between its jobs
    if code:
        _say_how_it_ended(run)
    elif run.nothing_to_do:
        print("Nothing to do: all of it is up to date.")
    return code if code >= 0 else 128 - code


def _read(kind: str, file: IO[bytes], items: queue.Queue[Item]) -> None:
    """Pass lines on; None at the end."""
    for line in file:
        text = line.decode("utf-8", errors="replace").rstrip("\n")
        with contextlib.suppress(json.JSONDecodeError):  # a last line may be cut
            items.put((kind, json.loads(text) if kind == "event" else text))
    items.put((kind, None))


def _follow(items: queue.Queue[Item], sources: int, run: Run, shown: Display) -> None:
    """Show the progress until Snakemake has closed its streams."""
    noise = Noise()
    while sources:
        try:
            kind, content = items.get(timeout=EVERY)
        except queue.Empty:
            run.update()
            shown.refresh()
            continue
        if content is None:
            sources -= 1
        elif kind == "event":
            job = run.jobs.get(content["id"]) if content["event"] == "job_finished" else None
            for text in run.take(content):
                shown.say(text)
            shown.took(content, job)
        elif kind == "out":
            shown.say(content, is_error=False)
        elif noise.passes(content):
            for text in run.fail(content) if content.startswith("Error in ") else [content]:
                shown.say(text)


class Noise:
    """Tells the messages of jobs from those that Snakemake adds to a failure."""

    def __init__(self) -> None:
        self._inside = False

    def passes(self, line: str) -> bool:
        """Tell whether a line is worth showing."""
        if not line.strip():
            self._inside = False
            return False
        self._inside |= line.startswith(REPEATED)
        return not self._inside and not line.startswith(PROFILE_IN_USE)


@contextlib.contextmanager
def _signals_to(process: subprocess.Popen[bytes], run: Run, say: Callable[[str], object]) -> Iterator[None]:
    """Pass signals on to Snakemake: Ctrl-C to its jobs too, as a terminal does."""
    asked = 0

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        run.stopped = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT if asked == 1 else signal.SIGKILL)
        if asked == 1:
            say(STOPPING)

    def end(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, interrupt),
        signal.SIGTERM: signal.signal(signal.SIGTERM, end),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_how_it_ended(run: Run) -> None:
    failed = len(run.errors)
    if failed and not run.stopped:
        jobs = f"{failed} job{'s' * (failed != 1)} failed"
        print(
            f"{jobs}; what is finished stays. Mend that, and type the same command to go on.", file=sys.stderr
        )
    if run.outcome:
        print(run.outcome, file=sys.stderr)
