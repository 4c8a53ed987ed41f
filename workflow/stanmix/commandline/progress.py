"""The display while Snakemake runs: jobs, chains, divergences and the remaining time."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from stanmix.commandline.chains import RULES, Chain, chain_of, stored_divergences
from stanmix.run.failures import said_in
from stanmix.run.internals import LOCKED, NOTHING, UNTOLD
from stanmix.run.recovery import in_the_way

MOST_JOBS = 12
"""Largest number of running jobs that are shown."""


class Job:
    """A running job."""

    def __init__(self, event: Mapping[str, Any], directory: Path) -> None:
        self.rule: str = event["rule"]
        self.message: str = event["message"] or self.rule
        self.started = time.monotonic()
        self.output = directory / event["output"][0] if event["output"] else None
        self.chain: Chain | None = None
        self.name = chain_of(event)
        if self.rule in RULES and event["log"] and self.output:
            # A file's time may be coarser than the clock.
            self.chain = Chain(directory / event["log"][0], self.output, time.time() - 2)

    @property
    def share(self) -> float:
        """Finished share of the job, from 0 to 1; 0 if unknown."""
        return self.chain.iteration / self.chain.iterations if self.chain and self.chain.iterations else 0.0


class Run:
    """The state of a run, from Snakemake's events and the files of its chains.

    Parameters
    ----------
    directory
        The folder in which it runs.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.jobs: dict[int, Job] = {}
        self.done = self.total = 0
        self.started = time.monotonic()
        self.errors: list[str] = []
        """Sentences of jobs that failed."""
        self.nothing_to_do = False
        self.outcome = ""
        """The sentence about the report if jobs failed."""
        self.stopped = False
        """Whether the user stopped the run, so that failing jobs are no errors."""
        self._divergences: dict[str, int] = {}

    @property
    def divergences(self) -> int:
        """Divergent draws of all chains so far."""
        return sum(self._divergences.values())

    def take(self, event: Mapping[str, Any]) -> list[str]:
        """Take an event, and return the text to show."""
        match event["event"]:
            case "job_info":
                self.jobs[event["id"]] = Job(event, self._directory)
            case "job_finished":
                self.done += 1  # an event about all jobs confirms it
                job = self.jobs.pop(event["id"], None)
                if job is not None and job.chain is not None:
                    stored = stored_divergences(job.output) if job.output else None
                    if stored is not None and job.rule != "pilot":
                        self._divergences[job.name] = stored
            case "job_error":
                self.jobs.pop(event["id"], None)
                return self.fail(failure(event, self._directory))
            case "progress":
                self.done, self.total = event["done"], event["total"]
            case "run_info":
                self.total = (event["stats"] or {}).get("total", self.total)
            case "outcome":
                self.outcome = event["text"]
            case "message":
                return self._message(event["level"], event["text"].strip())
        return []

    def fail(self, sentence: str) -> list[str]:
        """Note a job's sentence about its failure, which comes from the job and from its log."""
        if self.stopped or sentence in self.errors:
            return []
        self.errors.append(sentence)
        return [sentence]

    def _message(self, level: str, text: str) -> list[str]:
        if text.startswith(NOTHING):
            self.nothing_to_do = True
        if level not in ("WARNING", "ERROR", "CRITICAL") or not text:
            return []
        # After a job's own sentence those of Snakemake add nothing.
        if level != "WARNING" and (self.errors or self.stopped):
            return []
        if text.startswith(LOCKED):
            return [in_the_way(self._directory / ".snakemake")]
        lines = [line for line in text.splitlines() if not line.lstrip().startswith(UNTOLD)]
        return list(dict.fromkeys(lines))

    def update(self) -> None:
        """Read the progress of the chains."""
        for job in self.jobs.values():
            if job.chain is not None:
                job.chain.update()
                if job.rule != "pilot":
                    self._divergences[job.name] = job.chain.divergences

    @property
    def share(self) -> float:
        """Finished share of the run, from 0 to 1; running chains count by their iterations."""
        return (self.done + sum(job.share for job in self.jobs.values())) / self.total if self.total else 0.0

    def summary(self) -> str:
        """Say how far the run is."""
        text = f"{self.done} of {self.total} jobs" if self.total else "looking what is to be done"
        if self.divergences:
            text += f", {self.divergences:,} divergent draw{'s' * (self.divergences != 1)}"
        return text


def failure(event: Mapping[str, Any], directory: Path) -> str:
    """Say in a sentence why a job failed, from its log."""
    for name in event["log"]:
        if said := said_in(directory / name):
            return f"Error in {event['rule']}: {said[1]}"
    logs = " ".join(event["log"])
    more = f" See {logs}, or run again." if logs else ""
    return f"Error in {event['rule']}: it ended without saying why; perhaps it was killed.{more}"


def in_clock(seconds: float) -> str:
    """Write a time as 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def left(started: float, share: float) -> str:
    """Estimate the remaining time from the finished share; empty until there is an estimate."""
    elapsed = time.monotonic() - started
    return f"{in_clock(elapsed * (1 - share) / share)} left" if share > 0.01 and elapsed > 2 else ""


class Display(ABC):
    """Shows a run."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def __enter__(self) -> Display:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the display."""
        self.refresh()

    @abstractmethod
    def say(self, text: str, is_error: bool = True) -> None:
        """Show a text that stays."""

    @abstractmethod
    def took(self, event: Mapping[str, Any], job: Job | None) -> None:
        """Show the changes of an event; ``job`` is the finished job if there is one."""

    @abstractmethod
    def refresh(self) -> None:
        """Show the progress of the chains."""


class Lines(Display):
    """A line for each job that has finished: for logs and pipes."""

    def say(self, text: str, is_error: bool = True) -> None:
        """Print a text."""
        print(text, file=sys.stderr if is_error else sys.stdout, flush=True)

    def took(self, event: Mapping[str, Any], job: Job | None) -> None:
        """Print a line if a job has finished."""
        if job is not None and job.output is not None:
            seconds = time.monotonic() - job.started
            self.say(f"[{self.run.summary()}] {job.message} ({seconds:.0f} s)")

    def refresh(self) -> None:
        """Show nothing of running jobs."""


class _Detail(ProgressColumn):
    """The words behind a bar."""

    def render(self, task: Task) -> Text:
        return Text(task.fields["detail"], style="progress.remaining")


class Live(Display):
    """Bars of the run and of its running jobs, on a terminal."""

    def __init__(self, run: Run, console: Console) -> None:
        super().__init__(run)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            _Detail(),
            console=console,
            transient=True,
        )
        self._all = self._progress.add_task("All jobs", total=1.0, detail="")
        self._rows: dict[int, TaskID] = {}

    def __enter__(self) -> Display:
        """Begin the display."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bars; printed text stays."""
        self._progress.stop()

    def say(self, text: str, is_error: bool = True) -> None:
        """Print a text above the bars."""
        self._progress.console.print(text, markup=False, highlight=False)

    def took(self, event: Mapping[str, Any], job: Job | None) -> None:
        """Show the jobs that run now."""
        for number in self._rows.keys() - self.run.jobs.keys():
            self._progress.remove_task(self._rows.pop(number))
        for number, running in self.run.jobs.items():
            if number not in self._rows and len(self._rows) < MOST_JOBS:
                self._rows[number] = self._progress.add_task(f"  {running.message}", total=None, detail="")
        self.refresh()

    def refresh(self) -> None:
        """Show their progress."""
        run = self.run
        hidden = len(run.jobs) - len(self._rows)
        parts = [
            run.summary(),
            f"{hidden} more running" if hidden else "",
            f"{in_clock(time.monotonic() - run.started)}",
            left(run.started, run.share),
        ]
        self._progress.update(self._all, completed=run.share, detail=", ".join(filter(None, parts)))
        for number, row in self._rows.items():
            job = run.jobs[number]
            if job.chain is None or not job.chain.iterations:
                self._progress.update(row, detail=in_clock(time.monotonic() - job.started))
                continue
            chain = job.chain
            parts = [
                f"{chain.iteration:,} of {chain.iterations:,}, {chain.phase.lower()}",
                f"{chain.divergences:,} divergent" if chain.divergences else "",
                left(job.started, job.share),
            ]
            self._progress.update(
                row,
                total=chain.iterations,
                completed=chain.iteration,
                detail=", ".join(filter(None, parts)),
            )


def display(run: Run) -> Display:
    """Return bars on a terminal, and lines elsewhere."""
    console = Console(stderr=True)
    return Live(run, console) if console.is_terminal and not console.is_dumb_terminal else Lines(run)
