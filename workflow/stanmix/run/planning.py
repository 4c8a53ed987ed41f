"""What a run will take, before it starts: memory, disk and time of every fit.

The estimates are rough on purpose: they decide what a scheduler is asked for and whether a run is refused.
They are made from the number of observations, components, columns and draws, and the time of one gradient,
which is measured by the rule `time_gradient` where a plan was asked for. ``docs/scale.md`` shows what was
needed beside them.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stanmix.bounds import CLIMBS_OF_A_CHAIN, PROBABILITIES_AT_MOST
from stanmix.config import Config
from stanmix.config.loading import Fit
from stanmix.config.rules import columns_of
from stanmix.io import read_json

MEGABYTE = 1e6

SECONDS_PER_TERM = 2e-9
"""Seconds of a gradient for each distinct observation, component and column, if none was measured."""
SECONDS_PER_GRADIENT = 3e-6
LEAPFROGS = 15
"""Gradients of one iteration, which are unknown before; more if components overlap."""
LONGEST = 3.0
"""A job gets this many times the estimate of its time ..."""
SHORTEST = 10
"""... and no fewer minutes than this."""
MOST_PROBLEMS = 6
"""Largest number of sentences about limits that are shown."""
SHORT = 60.0
"""Largest seconds of a chain with which a cluster runs all jobs of a fit as one."""

MEMORY = {
    # rule: megabytes with little data, bytes a row, bytes a distinct observation
    "simulate": (600, 150, 0),
    "ingest": (600, 250, 0),
    "initialise": (600, 100, 50),
    "time_gradient": (600, 0, 50),
    "pilot": (600, 0, 50),
    "sample": (600, 0, 50),
    "export_csv": (600, 0, 0),
    "prior": (700, 20, 0),
    "search": (700, 100, 50),
    "escalate": (700, 80, 50),
    "label": (700, 60, 0),
    "diagnose": (700, 80, 50),
    "quantify": (700, 200, 100),
    "partition": (700, 220, 0),
    "predict_new": (700, 320, 0),
    "draw_fit": (800, 320, 0),
    "draw_rows": (700, 200, 0),
    "draw_counts": (700, 300, 0),
    "draw_dataset": (700, 60, 0),
    "compare": (600, 60, 0),
    "report": (700, 120, 0),
}
"""Memory of the rules' jobs: measured, with room for Snakemake's own processes."""
OF_ALL_DRAWS = ("escalate", "label", "diagnose")
"""Rules that hold the responsibilities of every draw, up to a number of them, ..."""
BYTES_PER_PROBABILITY = 6
"""... and so many bytes for each, copies included."""
BYTES_PER_ROW, BYTES_PER_ROW_AND_COMPONENT = 130, 16
"""Bytes on disk for each row: the data, once as Stan's JSON, assignments as Parquet and CSV, leave-one-out
densities."""
BYTES_PER_FIT = 2_000_000
"""Bytes on disk for figures and small files."""
SECONDS_PER_ROW = 1e-5
"""Seconds for each row of jobs that go through the data once or a few times."""
PREDICTS = "predict_new"
"""The rule that goes through new data."""
CHAINS = ("pilot", "sample")
GRADIENTS_OF_A_CLIMB = 200
"""Gradients from a start to the nearest mode."""
SECONDS_PER_CLIMB = 0.1
"""Seconds of a climb without regard to the data: clusters, EM, and starting the program."""
CLIMBED, CLIMBED_AGAIN = 5_000, 12
"""Number of observations in the part of large data, and of modes from which climbs with all data start."""


@dataclass(frozen=True)
class Size:
    """Size of a data set: observations, distinct ones (as many where not known), columns, sum of weights."""

    n: int
    distinct: int
    columns: int = 1
    weight: float | None = None

    @property
    def counted(self) -> float:
        """Total weight of the observations."""
        return self.n if self.weight is None else max(self.n, self.weight)


UNKNOWN = Size(1_000_000, 1_000_000)
"""Assumed size for requests to a scheduler, until a file that is not here has been read."""


@dataclass(frozen=True)
class Estimate:
    """What one fit takes.

    Attributes
    ----------
    fit
        The fit.
    size
        Size of its data.
    gradient
        Seconds of one gradient.
    measured
        Whether that was measured.
    chain
        Seconds of one chain.
    search, rounds
        Seconds of the search for modes, and of further rounds of sampling, at most.
    memory
        Megabytes of the job of each rule.
    disk
        Megabytes of the results.
    """

    fit: Fit
    size: Size
    gradient: float
    measured: bool
    chain: float
    search: float
    rounds: float
    memory: Mapping[str, float]
    disk: float

    @property
    def largest(self) -> tuple[str, float]:
        """The rule whose job needs most memory, and its megabytes."""
        return max(self.memory.items(), key=lambda item: item[1])


class Planner:
    """Estimates of a configuration.

    Parameters
    ----------
    config
        The configuration.
    results
        Folder of the results, where sizes of data and times of gradients are found once they are known.
    """

    def __init__(self, config: Config, results: str | Path) -> None:
        self._config, self._results = config, Path(results)

    @cached_property
    def sizes(self) -> Mapping[str, Size | None]:
        """The size of each data set; None where its file is not here to be counted."""
        return {name: self._size(name, spec) for name, spec in self._config.datasets.items()}

    def _size(self, name: str, spec: Mapping[str, Any]) -> Size | None:
        if "simulate" in spec:
            n = spec["simulate"].get("n") or sum(spec["simulate"].get("counts", ()))
        else:
            n = rows_of(spec["file"])
        facts = self._results / name / "data.json"
        known = read_json(facts) if facts.is_file() else {}
        # Facts with another number of observations belong to earlier data.
        if known and n in (None, known["n"]):
            return Size(known["n"], known["distinct"], columns_of(spec) or 1, known.get("weight"))
        weight = UNKNOWN.n if spec.get("weights") else None
        return None if n is None else Size(n, n, columns_of(spec) or 1, weight)

    @cached_property
    def new_rows(self) -> Mapping[str, int]:
        """The rows of the largest file of new data, for each data set with predictions."""
        found: dict[str, int] = {}
        for analysis in self._config.analyses:
            if analysis.predict is not None:
                rows = rows_of(analysis.predict)
                more = UNKNOWN.n if rows is None else rows
                found[analysis.dataset] = max(more, found.get(analysis.dataset, 0))
        return found

    def _of_rule(self, rule: str, dataset: str, size: Size) -> Size:
        """Return the size of the data that a rule's jobs go through, for a data set of a given size."""
        if rule != PREDICTS:
            return size
        rows = self.new_rows.get(dataset, 0)
        return Size(rows, rows, size.columns)

    def estimate(self, fit: Fit) -> Estimate | None:
        """Estimate one fit; None where the size of its data is not known."""
        size = self.sizes[fit.dataset]
        return None if size is None else self._of_size(fit, size)

    def _of_size(self, fit: Fit, size: Size) -> Estimate:
        config = self._config.effective
        sampling, K = config["sampling"], fit.components
        gradient = self._measured(fit, size)
        measured = gradient is not None
        if gradient is None:
            gradient = SECONDS_PER_GRADIENT + SECONDS_PER_TERM * size.distinct * K * size.columns
        draws = sampling["draws"] * sampling["chains"]
        row = BYTES_PER_ROW + BYTES_PER_ROW_AND_COMPONENT * K
        rows = row * (size.n + self.new_rows.get(fit.dataset, 0))
        rows += config["quantities"]["imputations"] * size.n
        # A draw has about three values a component, and the sampler's; in Parquet, in netCDF, and as text.
        draw = 8 * (3 * K + 10) * (2 + 2.5 * sampling["keep_csv"])
        chain = gradient * LEAPFROGS * (sampling["warmup"] + sampling["draws"])
        return Estimate(
            fit,
            size,
            gradient,
            measured,
            chain,
            self._search(size, gradient),
            self._rounds(chain),
            {rule: self._memory(rule, self._of_rule(rule, fit.dataset, size), K, draws) for rule in MEMORY},
            (rows + draw * draws + BYTES_PER_FIT) / MEGABYTE,
        )

    def _search(self, size: Size, gradient: float) -> float:
        """Return the seconds that the search for modes takes at most."""
        part = min(1.0, CLIMBED / size.distinct)
        climb = GRADIENTS_OF_A_CLIMB * gradient * part + SECONDS_PER_ROW * size.distinct * part
        # With large data the best modes of a part are climbed to again, and weighed.
        whole = 0.0 if part == 1 else CLIMBED_AGAIN * 2 * GRADIENTS_OF_A_CLIMB * gradient
        climbs = self._config.effective["search"]["max_climbs"]
        return float(climbs * (SECONDS_PER_CLIMB + climb) + whole)

    def _rounds(self, chain: float) -> float:
        """Return the seconds that further rounds of sampling take at most, given those of one chain."""
        config = self._config.effective
        sampling, budget = config["sampling"], config["escalate"]
        first = sampling["chains"] * (sampling["warmup"] + sampling["draws"])
        most = max(budget["max_draws"] / first, 1.0) * chain
        return float(min(60 * budget["max_minutes"], most)) if budget["max_rounds"] else 0.0

    def _measured(self, fit: Fit, size: Size) -> float | None:
        """Return the seconds of a gradient of this fit and these data; None where that was not measured."""
        file = self._results / fit.folder / "gradient.json"
        timing = read_json(file) if file.is_file() else {}
        return float(timing["seconds"]) if timing.get("distinct") == size.distinct else None

    def _memory(self, rule: str, size: Size, components: int, draws: int) -> float:
        least, row, distinct = MEMORY[rule]
        held = 0.0
        if rule in OF_ALL_DRAWS:
            held = min(PROBABILITIES_AT_MOST, size.counted * draws * components)
        more = BYTES_PER_PROBABILITY * held
        return least + (row * size.n + distinct * size.distinct * size.columns + more) / MEGABYTE

    def memory(self, rule: str, dataset: str | None, components: int) -> int:
        """Return the megabytes to ask for, for a job of a rule, rounded up to hundreds.

        Parameters
        ----------
        rule
            Its name.
        dataset
            The job's data set; None for jobs about all data sets, of which the largest decides.
        components
            The job's number of components.
        """
        sampling = self._config.effective["sampling"]
        draws = sampling["draws"] * sampling["chains"]
        sizes = [
            self._of_rule(rule, name, size or UNKNOWN)
            for name, size in self.sizes.items()
            if dataset in (None, name)
        ]
        needed = max(self._memory(rule, size, components, draws) for size in sizes)
        return 100 * math.ceil((needed - 1) / 100)

    def minutes(self, rule: str, fit: Fit) -> int:
        """Return the minutes to ask for, for a job of a rule."""
        size = self.sizes[fit.dataset] or UNKNOWN
        estimate = self._of_size(fit, size)
        seconds, bounded = SECONDS_PER_ROW * size.n, 0.0
        if rule in CHAINS:
            seconds = estimate.chain
        elif rule == "search":
            bounded = estimate.search
        elif rule == "escalate":
            climbs = CLIMBS_OF_A_CHAIN * self._config.effective["sampling"]["chains"]
            seconds += climbs * GRADIENTS_OF_A_CLIMB * estimate.gradient
            bounded = estimate.rounds
        elif rule == PREDICTS:
            seconds = SECONDS_PER_ROW * fit.components * self.new_rows.get(fit.dataset, 0)
        return max(SHORTEST, math.ceil((LONGEST * seconds + bounded) / 60))

    def is_short(self, fit: Fit) -> bool:
        """Tell whether the chains of a fit are short enough to run its jobs as one."""
        return self._of_size(fit, self.sizes[fit.dataset] or UNKNOWN).chain <= SHORT

    def estimates(self) -> Iterator[Estimate]:
        """Give the estimates of all fits whose data can be counted."""
        for fit in self._config.fits():
            estimate = self.estimate(fit)
            if estimate is not None:
                yield estimate

    @cached_property
    def problems(self) -> list[str]:
        """List what exceeds the configuration's `limits`, a sentence each, and only the first of many."""
        found = list(_above(list(self.estimates()), self._config.effective["limits"]))
        rest = len(found) - MOST_PROBLEMS
        return [*found[:MOST_PROBLEMS], f"And {rest} more like these."] if rest > 0 else found


def _above(estimates: Iterable[Estimate], limits: Mapping[str, float]) -> Iterator[str]:
    disk = 0.0
    for estimate in estimates:
        place, size = estimate.fit.folder, f"{estimate.size.n:,} observations"
        disk += estimate.disk
        rule, memory = estimate.largest
        if memory > limits["memory_mb"]:
            yield (
                f"limits.memory_mb is {limits['memory_mb']:,}, but {rule} of {place} would need about "
                f"{memory:,.0f} MB for {size}. Take fewer observations or draws, or raise the limit. "
                f"Write, for example: memory_mb: {_rounded(memory)}"
            )
        hours = estimate.chain / 3600
        if hours > limits["hours"]:
            yield (
                f"limits.hours is {limits['hours']:g}, but a chain of {place} would take about "
                f"{hours:,.1f} hours for {size}, with {LEAPFROGS} gradients an iteration. Take fewer "
                "observations or draws, give the chain more threads (sampling.threads_per_chain), or raise "
                f"the limit. Write, for example: hours: {_rounded(hours)}"
            )
    if disk > limits["disk_mb"]:
        yield (
            f"limits.disk_mb is {limits['disk_mb']:,}, but the results would take about {disk:,.0f} MB. Fit "
            f"fewer models, or raise the limit. Write, for example: disk_mb: {_rounded(disk)}"
        )


def _rounded(value: float) -> int:
    """Round up to one digit more than the first, so that a limit has room."""
    step = 10 ** max(0, math.floor(math.log10(value)) - 1)
    return int(math.ceil(1.2 * value / step) * step)


def rows_of(file: str | Path) -> int | None:
    """Count the rows of a data file, without reading its values; None where that cannot be done here."""
    file = Path(file)
    if not file.is_file():
        return None
    if file.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        try:
            return int(pq.read_metadata(file).num_rows)
        except (OSError, ValueError):
            return None  # reading it says what is wrong
    if file.suffix.lower() == ".xlsx":
        return None
    lines, last = 0, b"\n"
    try:
        with gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb") as source:
            while block := source.read(1 << 20):
                lines += block.count(b"\n")
                last = block[-1:]
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return None  # reading it says what is wrong
    return max(0, lines + (last != b"\n") - 1)


HEAD = ("fit", "N", "distinct", "gradient", "search", "a chain", "more rounds", "largest job", "disk")
"""Columns of the table of estimates."""


def cells(estimate: Estimate) -> tuple[str, ...]:
    """Write an estimate as a row of the table."""
    return (
        estimate.fit.folder,
        f"{estimate.size.n:,}",
        f"{estimate.size.distinct:,}",
        f"{1e6 * estimate.gradient:,.3g} us{'' if estimate.measured else ' (assumed)'}",
        in_words(estimate.search),
        in_words(estimate.chain),
        in_words(estimate.rounds),
        f"{estimate.largest[1]:,.0f} MB ({estimate.largest[0]})",
        f"{estimate.disk:,.0f} MB",
    )


def sums(estimates: Iterable[Estimate]) -> str:
    """Write the lines below the table."""
    disk = sum(estimate.disk for estimate in estimates)
    return (
        f"In all {disk:,.0f} MB of results. Times are for {LEAPFROGS} gradients an iteration; overlapping "
        "components need more. The search for modes (search.max_climbs) and more rounds of sampling "
        "(escalate) end where they may, and take so long at most."
    )


def table(estimates: Sequence[Estimate], problems: Sequence[str]) -> str:
    """Write estimates as a table for the terminal, with their sums and what exceeds the limits."""
    rows = [HEAD, *map(cells, estimates)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return "\n".join([*(_line(row, widths) for row in rows), sums(estimates), *problems])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Join cells: the first to the left, the others to the right of their columns."""
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def in_words(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
