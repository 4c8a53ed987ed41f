"""Which fits of a run lack results and why, and the second pass that writes the report of the others.

A pass that ends with failed jobs is followed by another one with the same arguments. A file tells it what to
leave out (:data:`FILE`). The key :data:`KEY` of its configuration names the file, so that its jobs know it
too. If jobs of the second pass fail, a third pass leaves out the fits that depend on them, and so on: each
pass leaves out more.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from stanmix.config import Config, Fit
from stanmix.io import read_json, write_json
from stanmix.judgement.verdict import at_stage
from stanmix.run.internals import Graph, Job
from stanmix.run.job import ERROR

Facts = Mapping[str, Any]

DESCRIPTOR = "STANMIX_EVENTS"
"""Environment variable with the file descriptor on which `stanmix run` receives events."""
KEY = "stanmix_failures"
FILE = ".snakemake/stan-mixtures.failures.json"
MARK = ".snakemake/stan-mixtures.began"
PASS = "stanmix.commandline.second_pass"
"""The module that runs Snakemake for the second pass."""
MOST_NAMED = 10
"""Largest number of fits that the last line of a run names."""
EVERY = 0.5
"""Seconds between two checks whether the second pass is to be stopped."""

REFUSED, UNEXPECTED, ENDED, UNREACHED = "refused", "unexpected", "ended", "unreached"
AGAIN = "type the same command again: it makes what is missing"
REMEDIES = {
    REFUSED: f"Mend what the sentence names, and {AGAIN}.",
    UNEXPECTED: f"This is not expected. Please report it with its log; once it is mended, {AGAIN}.",
    ENDED: (
        "If its log does not tell more, it was probably killed for want of memory or time. Run fewer jobs at "
        f"once (--cores), or give each of them more (--set-resources), and {AGAIN}."
    ),
    UNREACHED: f"Mend what failed, and {AGAIN}. With --keep-going a run makes what does not depend on that.",
}
"""The remedy for each kind of failure: a job that said why it ended, a job with an unexpected error, a job
that ended without a message, and a job that was never started."""

_stops: list[int] = []
"""Signals by which a user stopped this process."""
_pending: list[Callable[[], None]] = []
"""The pass that is to follow when Snakemake has ended."""
_reported: list[bool] = []
"""Whether the passes that this one started wrote a report."""


def said_in(log: Path) -> tuple[str, str] | None:
    """Return the reason of a job's failure from its log.

    Parameters
    ----------
    log
        The file, which :func:`stanmix.run.job.job` wrote.

    Returns
    -------
    tuple of (str, str), or None
        The kind, ``refused`` or ``unexpected``, and the sentence. None if there is no log, or if it reports
        no failure.
    """
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    sentences = [line.removeprefix(ERROR) for line in lines if line.startswith(ERROR)]
    if sentences:
        return REFUSED, sentences[-1]
    if any(line.startswith("Traceback ") for line in lines):
        return UNEXPECTED, lines[-1]
    return None


def lost(config: Config, dag: Graph, failed: Iterable[Job], since: float) -> list[dict[str, Any]]:
    """List the fits that lack results after a pass, with the reasons.

    Parameters
    ----------
    config
        The configuration, without fits that an earlier pass lost.
    dag
        Snakemake's jobs.
    failed
        The jobs that failed, and groups of jobs: a group fails as a whole where one of its jobs does.
    since
        When the run began, by the clock of the file system. Outputs of a failed group that are younger were
        made in this run.

    Returns
    -------
    list of dict
        For each fit, in the configuration's order: ``dataset``, ``model``, ``components``, ``scope``
        (``dataset`` if a job of its data set failed, so that all of its fits are lost, otherwise ``fit``),
        ``stage`` (the rule that failed), ``job`` (its message), ``kind`` (a key of :data:`REMEDIES`),
        ``sentence``, ``log`` (relative to the working directory, or None) and ``remedy``.

    Notes
    -----
    The fit or data set of a failed job follows from the job's wildcards and from the jobs that depend on it,
    not from a list of rules. A fit is lost if any job of its own is not finished, and a data set if a job of
    its own failed. If a job says why it failed, fits that only shared its group are left to the next pass.
    """
    broken, made, innocent = _sorted_out(failed, since)
    unfinished = set(dag.needrun_jobs()) - made
    broken &= unfinished

    of_fits: dict[Fit, list[Job]] = {}
    of_datasets: dict[str, Job] = {}
    for job in sorted(unfinished, key=lambda job: int(job.jobid)):
        names = job.wildcards_dict
        if "model" in names and "dataset" in names:
            fit = Fit(names["dataset"], names["model"], int(names["components"]))
            of_fits.setdefault(fit, []).append(job)
        elif "dataset" in names and job in broken and not _above(dag, job, unfinished):
            of_datasets.setdefault(names["dataset"], job)
    found = []
    for fit in config.fits():
        cause = of_datasets.get(fit.dataset)
        scope = "dataset" if cause is not None else "fit"
        if cause is None and fit in of_fits:
            first = _first(dag, of_fits[fit], unfinished) - innocent
            cause = min(first, key=lambda job: _rank(job, broken, since), default=None)
        if cause is not None:
            place = {"dataset": fit.dataset, "model": fit.model, "components": fit.components}
            found.append({**place, "scope": scope, **_reason(cause, broken, since)})
    return found


def _above(dag: Graph, job: Job, unfinished: Collection[Job]) -> list[Job]:
    """List the unfinished jobs that a job waits for."""
    return [own for own in dag.dependencies[job] if own in unfinished]


def _sorted_out(failed: Iterable[Job], since: float) -> tuple[set[Job], set[Job], set[Job]]:
    """Divide the jobs that failed, alone or in groups, into broken, finished and innocent ones."""
    broken: set[Job] = set()
    made: set[Job] = set()
    innocent: set[Job] = set()
    for job in failed:
        if not job.is_group():
            broken.add(job)
            continue
        whole = {member for member in job.jobs if _is_made(member, since)}
        rest = set(job.jobs) - whole
        guilty = {member for member in rest if _said_by(member, since)} or rest
        made |= whole
        broken |= guilty
        innocent |= rest - guilty
    return broken, made, innocent


def _first(dag: Graph, jobs: Sequence[Job], unfinished: Collection[Job]) -> set[Job]:
    """Return the unfinished jobs for which others wait, and which wait for no other job."""
    seen, pending, first = set(jobs), list(jobs), set[Job]()
    while pending:
        above = _above(dag, job := pending.pop(), unfinished)
        if not above:
            first.add(job)
        pending += [own for own in above if own not in seen]
        seen |= set(above)
    return first


def _rank(job: Job, broken: Collection[Job], since: float) -> tuple[int, int]:
    """Return the sort key that puts jobs with a stated reason first."""
    return list(REMEDIES).index(_reason(job, broken, since)["kind"]), int(job.jobid)


def _said_by(job: Job, since: float) -> tuple[str, str] | None:
    """Return the reason of failure from the log of a job of this run."""
    log = Path(job.log[0]) if job.log else None
    return said_in(log) if log is not None and _is_younger(log, since) else None


def _reason(job: Job, broken: Collection[Job], since: float) -> dict[str, Any]:
    """Say why a job is not finished."""
    log = Path(job.log[0]) if job.log else None
    if job not in broken:
        kind, sentence = UNREACHED, "The run ended before this job, at the failure of another one."
    else:
        kind, sentence = _said_by(job, since) or (ENDED, "The job ended without saying why.")
    return {
        "stage": job.rule.name,
        "job": job.message or job.rule.name,
        "kind": kind,
        "sentence": sentence,
        "log": log.as_posix() if log is not None and log.is_file() else None,
        "remedy": REMEDIES[kind],
    }


def _is_made(job: Job, since: float) -> bool:
    """Tell whether a job of a failed group is finished: outputs get their names when they are complete."""
    return bool(job.output) and all(_is_younger(Path(file), since) for file in job.output)


def _is_younger(file: Path, since: float) -> bool:
    try:
        return file.stat().st_mtime >= since
    except OSError:
        return False


def outcome(failures: Sequence[Mapping[str, Any]], page: str | None) -> str:
    """Say in the last line of a run which fits lack results, and whether a report was written.

    Parameters
    ----------
    failures
        The failures from :func:`lost` of all passes.
    page
        Where the report is; None where none was written.
    """
    if not failures:
        return "No report could be written: what failed belongs to no fit and to no data set."
    named = [
        f"{failure['dataset']}/{failure['model']}/k{failure['components']} ({at_stage(failure)})"
        for failure in failures[:MOST_NAMED]
    ]
    if len(failures) > MOST_NAMED:
        named.append(f"{len(failures) - MOST_NAMED} more")
    whose = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
    if page is None:
        return f"No report could be written. Without results: {whose}."
    return f"The report was written all the same, without results of {whose}: {page}"


def watch() -> float:
    """Note when a user stops this process, after which no second pass is wanted.

    Returns
    -------
    float
        The time, by the clock of the file system.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, partial(_note, before))
    mark = Path(MARK)
    mark.touch()
    return mark.stat().st_mtime


def _note(before: Callable[[int, FrameType | None], Any], number: int, frame: FrameType | None) -> None:
    _stops.append(number)
    before(number, frame)


def is_stopped() -> bool:
    """Tell whether a user stopped this process."""
    return bool(_stops)


def told(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Read from a configuration which fits are to be left out, and why; in a first pass there are none."""
    file = config.pop(KEY, None)
    failures: list[dict[str, Any]] = [] if file is None else read_json(file)
    return failures


def pass_again_at_end(
    before: Sequence[Facts], new: Sequence[Facts], page: str, end: Callable[[Path], None]
) -> None:
    """Start a second pass when Snakemake has ended, left the working directory and released its lock.

    Parameters
    ----------
    before, new
        The fits that earlier passes left out, and those that this one lost. If this one lost none, no pass
        follows.
    page
        The report, in the working directory.
    end
        Called after the second pass, with Snakemake's folder in the working directory.
    """
    folder = Path.cwd()

    def follow() -> None:
        file = folder / FILE
        write_json(file, [*before, *new])
        if new and not before:
            print(
                "Some jobs failed. Now the report is written, without what has no results.", file=sys.stderr
            )
        reported = bool(new) and _pass_again()
        _reported.append(reported)
        if not before:  # otherwise the first pass says how it ended
            end(folder / ".snakemake")
            if not is_stopped():
                _say(outcome(read_json(file), _from_here(folder / page) if reported else None))

    _pending.append(follow)
    atexit.register(finish)


def _from_here(file: Path) -> str:
    """Return the path of a file relative to where the command was typed."""
    return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)


def finish() -> bool:
    """Run the second pass that is to follow, if one is, and tell whether a report was written by it."""
    while _pending:
        _pending.pop()()
    return any(_reported)


def _pass_again() -> bool:
    """Run Snakemake once more, with the arguments of this process, and tell whether it wrote the report."""
    descriptor = os.environ.get(DESCRIPTOR)
    process = subprocess.Popen(
        [sys.executable, "-m", PASS, *sys.argv[1:]],
        stdin=subprocess.PIPE,  # its end tells the pass that this process is gone
        pass_fds=[] if descriptor is None else [int(descriptor)],
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: _stops.append(number))
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=EVERY) == 0
        if _stops:
            process.terminate()


def is_command() -> bool:
    """Tell whether this process is Snakemake's command, whose arguments a second pass repeats."""
    program = Path(sys.argv[0])
    return program.stem == "snakemake" or (program.name, program.parent.name) == ("__main__.py", "snakemake")


def kept(targets: Iterable[str], failures: Iterable[Mapping[str, Any]]) -> list[str]:
    """Leave out the targets that are files of fits and data sets that failed."""
    places = {
        failure["dataset"]
        if failure["scope"] == "dataset"
        else f"{failure['dataset']}/{failure['model']}/k{failure['components']}"
        for failure in failures
    }
    return [target for target in targets if not any(f"/{place}/" in f"/{target}" for place in places)]


def _say(text: str) -> None:
    """Show a text at the end of the run, by the command that shows events or in the terminal."""
    descriptor = os.environ.get(DESCRIPTOR)
    if descriptor is None:
        print(text, file=sys.stderr, flush=True)
        return
    with suppress(OSError):  # the command is gone
        os.write(int(descriptor), f"{json.dumps({'event': 'outcome', 'text': text})}\n".encode())
