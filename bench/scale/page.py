"""Write ``docs/scale.md`` and its figure from the rows of ``docs/scale.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.speed.page import table

Row = Mapping[str, Any]
MANY = ("local", "slurm")


def write(facts: Mapping[str, Any], folder: Path) -> None:
    """Write the page, and the figure where there is anything to draw."""
    rows = facts["rows"]
    (folder / "scale.md").write_text(render(facts), "utf-8")
    measured = [row for row in rows if row["work"] == "size"]
    if measured:
        draw(measured, folder / "scale.svg")


def render(facts: Mapping[str, Any]) -> str:
    """Write the page."""
    of = {
        work: [row for row in facts["rows"] if row["work"] in ((work,) if work != "many" else MANY)]
        for work in SECTIONS
    }
    lines = [
        "# Scale",
        "",
        f"Measured by `make bench-scale` on {facts['date']} on {facts['cores']} cores of "
        f"{facts['processor']}. The numbers are in [scale.json](scale.json).",
    ]
    if of["size"]:
        lines += ["", "![Time and memory against the number of observations](scale.svg)"]
    for work, (title, text, make) in SECTIONS.items():
        if of[work]:
            lines += ["", f"## {title}", "", text, "", *make(of[work])]
        if work == "textbook" and of[work] and of["size"]:
            lines += ["", _against_textbook(of[work][0], of["size"])]
        if work == "rounded" and of["size"]:
            lines += [
                "",
                "## Estimates and what was needed",
                "",
                ESTIMATES,
                "",
                *_estimates(of["size"] + of[work]),
            ]
    return "\n".join(lines) + "\n"


def _sizes(rows: Sequence[Row]) -> list[str]:
    head = [
        "N", "distinct", "all, s", "a chain, s", "gradients a draw", "most memory of a job, MB",
        "of a chain, MB", "results, MB", "verdict",
    ]  # fmt: skip
    body = [
        [
            f"{row['N']:,}",
            f"{row['distinct']:,}",
            f"{row['seconds']:,.0f}",
            f"{row['sampling_seconds']:,.1f}",
            f"{row['leapfrogs']:g}",
            f"{row['peak_memory_mb']:,.0f} ({row['peak_job']})",
            f"{row['chain_memory_mb']:,.0f}",
            f"{row['disk_mb']:,.0f}",
            row["verdict"],
        ]
        for row in rows
    ]
    return table(head, body)


def _estimates(rows: Sequence[Row]) -> list[str]:
    head = [
        "N",
        "a chain, s",
        "estimated",
        "results, MB",
        "estimated",
        "job nearest to its memory",
        "MB",
        "estimated",
    ]
    body = []
    for row in rows:
        estimated = row["estimated"]
        jobs = {rule: used for rule, used in row["memory"].items() if rule in estimated["memory_mb"]}
        tight = max(jobs, key=lambda rule: jobs[rule] / estimated["memory_mb"][rule])
        body.append(
            [
                f"{row['N']:,}",
                f"{row['sampling_seconds']:,.1f}",
                f"{estimated['chain_seconds']:,.1f}",
                f"{row['disk_mb']:,.0f}",
                f"{estimated['disk_mb']:,.0f}",
                tight,
                f"{jobs[tight]:,.0f}",
                f"{estimated['memory_mb'][tight]:,.0f}",
            ]
        )
    return table(head, body)


def _many(rows: Sequence[Row]) -> list[str]:
    head = [
        "where",
        "fits",
        "N of each",
        "jobs",
        "all, s",
        "sampling, s",
        "all jobs, s",
        "jobs a minute",
        "overhead",
    ]
    body = [
        [
            {"local": "this machine", "slurm": "Slurm"}[row["work"]],
            f"{row['fits']}",
            f"{row['N']:,}",
            f"{row['jobs']:,}",
            f"{row['seconds']:,.0f}",
            f"{row['sampling_seconds']:,.0f}",
            f"{row['job_seconds']:,.0f}",
            f"{row['jobs_a_minute']:,.0f}",
            f"{row['overhead']:.0%}",
        ]
        for row in rows
    ]
    return table(head, body)


def _textbook(rows: Sequence[Row]) -> list[str]:
    head = ["N", "a chain, s", "gradients a draw"]
    return table(
        head, [[f"{r['N']:,}", f"{r['sampling_seconds']:,.0f}", f"{r['leapfrogs']:g}"] for r in rows]
    )


def _against_textbook(theirs: Row, sizes: Sequence[Row]) -> str:
    """Say how many times faster a chain is than the textbook's, extrapolated in proportion to N."""
    ours = max(sizes, key=lambda row: row["N"])
    extrapolated = theirs["sampling_seconds"] * ours["N"] / theirs["N"]
    return (
        f"Extrapolated in proportion to N, a chain of the textbook program would take {extrapolated:,.0f} "
        f"s at N = {ours['N']:,}; ours took {ours['sampling_seconds']:,.1f} s, "
        f"**{extrapolated / ours['sampling_seconds']:.0f} times less**, start-up and reading of the data "
        "included in both."
    )


def _sets(rows: Sequence[Row]) -> list[str]:
    """Return a table of whole analyses by instruction set."""
    head = ["analysis", "set", "all, s", "jobs that sample, s", "all jobs, s", "measured on", "date"]
    return table(
        head,
        [
            [
                row["analysis"],
                row["instructions"],
                f"{row['seconds']:.0f}",
                f"{row['sampling_seconds']:.0f}",
                f"{row['job_seconds']:.0f}",
                row["processor"],
                row["date"],
            ]
            for row in rows
        ],
    )


SECTIONS = {
    "size": (
        "One data set of growing size",
        "A simulated normal mixture of three components: 4 chains of 500 warmup iterations and 1,000 "
        "draws, memberships, leave-one-out densities, replicated data, partitions and report, from a "
        "configuration to the page, compiled programs in the cache. Memory is the peak of a job with all "
        "its processes.",
        _sizes,
    ),
    "rounded": (
        "Rounded data",
        "The same of 10,000 observations as they come, and of 10,000,000 that are rounded to two digits "
        "after the point, which are collapsed to their distinct values with counts before sampling.",
        _sizes,
    ),
    "textbook": (
        "The textbook program",
        "One chain of Stan's defaults with as many iterations, `log_sum_exp` over `normal_lpdf` in a loop.",
        _textbook,
    ),
    "sets": (
        "Whole analyses by instruction set",
        "From a configuration to the page on two cores, compiled programs in the cache, with "
        "`STANMIX_INSTRUCTIONS`: the shipped analysis, and the million observations from above, which are "
        "measured with the best set of the machine there. Times of jobs are the sums of Snakemake's "
        "benchmarks.",
        _sets,
    ),
    "many": (
        "Many small fits",
        "4 chains for each of many simulated data sets, from starts to resolved labels (target `fits`), on "
        "two cores: by Snakemake on this machine, and through a Slurm on the same cores, by "
        "`profiles/slurm` with 50 fits in a cluster job of one core, all in its queue at once. Jobs' times "
        "are Snakemake's benchmarks. Overhead is the time of both cores in which no job's script ran "
        "(starting Snakemake's own processes included), as a share of the sampling jobs' time.",
        _many,
    ),
}


ESTIMATES = (
    "What `snakemake plan` says before anything is measured, 15 gradients an iteration assumed, and what "
    "the runs above needed. Estimates of memory are what schedulers are asked for."
)


def draw(rows: Sequence[Row], target: Path) -> None:
    """Draw time and memory against N."""
    import matplotlib

    matplotlib.use("svg")
    # The same rows give the same file.
    matplotlib.rcParams |= {"svg.hashsalt": "scale", "font.size": 9}
    from matplotlib import pyplot as plt

    rows = sorted(rows, key=lambda row: row["N"])
    n = [row["N"] for row in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.0), layout="constrained")
    for key, label in (("seconds", "whole run"), ("sampling_seconds", "one chain")):
        left.plot(n, [row[key] for row in rows], marker="o", label=label)
    left.set(xscale="log", yscale="log", xlabel="N", ylabel="seconds", title="Time")
    for key, label in (
        ("peak_memory_mb", "largest job"),
        ("chain_memory_mb", "a chain"),
        ("disk_mb", "results on disk"),
    ):
        right.plot(n, [row[key] for row in rows], marker="o", label=label)
    right.set(xscale="log", yscale="log", xlabel="N", ylabel="MB", title="Memory and disk")
    for axis in (left, right):
        axis.legend(frameon=False)
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)
