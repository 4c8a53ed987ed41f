"""The page and the figure of the benchmarks, from ``docs/benchmarks.json`` alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

LARGE = 10_000
"""From this many observations on, most targets hold."""


@dataclass(frozen=True)
class Target:
    """What is to be reached.

    Attributes
    ----------
    what
        In words.
    rows
        Which rows it speaks of.
    least
        Least ratio.
    """

    what: str
    rows: Callable[[Row], bool]
    least: float

    def verdict(self, rows: Iterable[Row]) -> str:
        """Say in how many rows it is reached, and the worst."""
        ratios = [row["ratio"] for row in rows if self.rows(row)]
        if not ratios:
            return "not measured"
        reached = sum(ratio >= self.least for ratio in ratios)
        word = "reached" if reached == len(ratios) else "not reached"
        return f"{word}: {reached} of {len(ratios)} rows, worst {number(min(ratios))}x"


def _of(
    work: str, family: str, peers: Sequence[str] | None = None, least_n: int = 0
) -> Callable[[Row], bool]:
    return lambda row: (
        row["work"] == work
        and row["family"] == family
        and (peers is None or row["peer"] in peers)
        and row["N"] >= least_n
    )


TARGETS = {
    "gradient": (
        Target("at least 20x textbook Stan, N >= 10,000", _of("gradient", "normal", ["textbook"], LARGE), 20),
        Target("at least 3x JAX, N >= 10,000", _of("gradient", "normal", ["jax"], LARGE), 3),
        Target("at least 8x nutpie, N >= 10,000", _of("gradient", "normal", ["nutpie"], LARGE), 8),
        Target("at most twice the limit's time", _of("gradient", "normal", ["limit"]), 0.5),
    ),
    "multi_normal": (
        Target("at least 10x textbook Stan", _of("gradient", "multi_normal", ["textbook"]), 10),
        Target("at least 2x JAX", _of("gradient", "multi_normal", ["jax"]), 2),
    ),
    "ess": (
        Target("ahead of each peer at every N", _of("ess", "normal"), 1),
        Target("at least 3x the best peer, N >= 10,000", _of("ess", "normal", None, LARGE), 3),
    ),
    "memory": (Target("at most a tenth of textbook Stan", _of("memory", "normal"), 10),),
}

PEERS = {
    "textbook": "textbook Stan",
    "stanc-O1": "stanc O1",
    "jax": "JAX",
    "numpyro": "NumPyro",
    "pymc": "PyMC",
    "nutpie": "nutpie",
    "jags": "JAGS",
    "article": "article's sampler",
    "limit": "limit",
}
COLOURS = dict(
    zip(
        PEERS,
        ("#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#009e73", "#66a61e", "#cc79a7", "#a05a2c", "#666666"),
        strict=True,
    )
)


def number(value: float) -> str:
    """Write a number with about three significant digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def render(facts: Mapping[str, Any]) -> str:
    """Write the page."""
    rows = facts["rows"]
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    lines = [
        "# Benchmarks",
        "",
        f"Measured by `make bench` on {facts['date']} at commit {facts['commit'][:10]} on one core of "
        f"{facts['processor']}, with {versions}. Every row that was measured is shown. Ratios are above 1 "
        "where ours is faster (or smaller); in brackets are the least and the largest of the "
        "repetitions. The numbers are in [benchmarks.json](benchmarks.json).",
        "",
        "![Ratios by number of observations](benchmarks.svg)",
    ]
    sections = (
        ("gradient", "One gradient", GRADIENT, _gradient_table(rows, "normal", "K")),
        ("parts", "Where the time goes at 215 observations", PARTS, _parts_table(rows)),
        (
            "multi_normal",
            "One gradient, multivariate normal",
            MULTI,
            _gradient_table(rows, "multi_normal", "D"),
        ),
        ("ess", "Effective draws per second", ESS, _ess_table(rows)),
        ("memory", "Peak memory", MEMORY, _memory_table(rows)),
        ("run", "From nothing to a report", RUN, _run_table(rows)),
    )
    for key, title, text, table in sections:
        if not table:
            continue
        lines += ["", f"## {title}", "", text.format(cap=facts["cap"]), "", *table]
        if key in TARGETS:
            lines += ["", "| to reach | |", "|---|---|"]
            lines += [f"| {target.what} | {target.verdict(rows)} |" for target in TARGETS[key]]
    if own := facts.get("instructions"):
        made = f"Measured on {own['date']} at commit {own['commit'][:10]} on one core of {own['processor']}."
        lines += ["", "## One gradient by instruction set", "", f"{made} {INSTRUCTIONS}", ""]
        lines += [*_instructions_table(own["rows"]), "", *_set_targets(own["rows"])]
    if own := facts.get("ess_with"):
        made = f"Measured on {own['date']} at commit {own['commit'][:10]} on one core of {own['processor']}."
        lines += ["", f"## Effective draws per second with {own['instructions']}", ""]
        lines += [f"{made} As above, but all are made to use this set.", "", *_ess_table(own["rows"])]
        lines += ["", "| to reach | |", "|---|---|"]
        lines += [f"| {target.what} | {target.verdict(own['rows'])} |" for target in TARGETS["ess"]]
    return "\n".join(lines) + "\n"


GRADIENT = (
    "Log density and gradient of a normal mixture with free weights, free means and, as in the "
    "article's example, one standard deviation. All tools stay on one core with one thread each and "
    "measure in turn, five rounds, each ratio within its round. Before that, the log densities must "
    "differ by the same amount between three points and the gradients must agree, or the benchmark "
    "stops. Compilation is not counted. Stan programs are called as CmdStan calls them, JAX inside a "
    "compiled loop, nutpie through its compiled function, PyMC as its NUTS calls it. The limit is a "
    "bare exp over N times K doubles by Eigen with `-O3 -march=native`, in blocks that stay in the "
    "first cache, so its ratio is below 1."
)
PARTS = (
    "At few observations the limit's exp takes less time than what Stan does before and after the "
    "likelihood. In microseconds: the gradient; the same program without the likelihood, which is the "
    "transforms of the parameters, the priors and the autodiff stack; what the likelihood adds; the limit."
)
MULTI = "Three components with full covariances by Cholesky factors, N = 10,000; otherwise as above."
ESS = (
    "Least bulk ESS of all parameters, components ordered by their means, for each second of two chains"
    " one after the other. Three components, one standard deviation. Each run makes as many draws as "
    "its sampler needs for the ESS in the column 'target'. Warmup is each tool's default (CmdStan and "
    "PyMC 1,000, nutpie 400; for NumPyro and JAGS, which have none, 1,000). Counted are warmup and "
    "draws, for ours also finding starts (by k-means and EM) and start-up of the processes, for textbook "
    "Stan and JAGS their process; for Python tools the sampling call without compilation. Others start at "
    "the centre of the prior, which is near the truth. The search for modes, which only ours has, is not "
    "counted. The article's sampler is PyMC with Metropolis for the "
    "parameters and Gibbs on the assignments: its `ElemwiseCategorical` is gone from today's PyMC, so "
    "its successor `CategoricalGibbsMetropolis` stands in. A rate with * is that of a run that was "
    "planned to end at the cap of {cap:.0f} s before the target; where a warmup would fill more than "
    "half of the cap it is shortened. With ** not even the first few iterations ended in that time, and"
    " the rate is an upper bound."
)
MEMORY = "Peak resident memory of ten iterations of warmup and ten draws, K = 3."
RUN = (
    "What a newcomer waits for, in a fresh clone with an empty cache, on all cores. Downloads come from"
    " a package mirror nearby and are included."
)


INSTRUCTIONS = (
    "`STANMIX_INSTRUCTIONS` makes our kernels use a set, XLA's `--xla_cpu_max_isa` JAX (SSE4.2 for the plain "
    "set, which is SSE2), Numba's `NUMBA_CPU_FEATURES` nutpie (SSE4.2 likewise), and compiler flags the bare "
    "exp of the limit. Stan's own programs are compiled for any processor, as CmdStan compiles them. AVX2 "
    "and AVX-512 give the same bits. All measure in turn as above. Normal and multivariate normal mixtures "
    "are those of the first tables. The other families of single numbers have three components, all "
    "parameters free, and their textbook program is the workflow's own with `likelihood: stan`, a loop over "
    "the observations by Stan's functions. The rotated structures are the workflow's program, too, in which "
    "Stan differentiates the rotations. The nanoseconds are those of one observation and component."
)
BY_SET = ("textbook", "jax", "nutpie", "limit")


VECTORS = ("avx2", "avx512")
"""Instruction sets with registers of four doubles or more."""


def _with_sets(
    family: str | None, peer: str, sets: Sequence[str], least_n: int = 0, most_n: float = math.inf
) -> Callable[[Row], bool]:
    """Return which rows by instruction set and peer a target speaks of; without a family, of the others."""
    return lambda row: (
        (row["family"] == family if family else row["family"] not in ("normal", "multi_normal"))
        and row["peer"] == peer
        and row["instructions"] in sets
        and least_n <= row["N"] < most_n
    )


SET_TARGETS = (
    Target("normal, N >= 10,000: 25x textbook Stan", _with_sets("normal", "textbook", VECTORS, LARGE), 25),
    Target("normal, N >= 10,000: 3x JAX", _with_sets("normal", "jax", VECTORS, LARGE), 3),
    Target("normal, N >= 10,000: 8x nutpie", _with_sets("normal", "nutpie", VECTORS, LARGE), 8),
    Target(
        "normal, N >= 10,000: at most twice the limit", _with_sets("normal", "limit", VECTORS, LARGE), 0.5
    ),
    *(
        Target(f"normal, N = 215: ahead of {name}", _with_sets("normal", peer, VECTORS, 0, LARGE), 1)
        for peer, name in (("textbook", "textbook Stan"), ("jax", "JAX"), ("nutpie", "nutpie"))
    ),
    Target("multivariate normal: 20x textbook Stan", _with_sets("multi_normal", "textbook", VECTORS), 20),
    Target("multivariate normal: 3x JAX", _with_sets("multi_normal", "jax", VECTORS), 3),
    Target("other families: 10x textbook Stan", _with_sets(None, "textbook", VECTORS), 10),
    Target("normal, N >= 10,000: 8x textbook Stan", _with_sets("normal", "textbook", ["plain"], LARGE), 8),
    Target("normal, N >= 10,000: not behind JAX", _with_sets("normal", "jax", ["plain"], LARGE), 1),
)


def _ratio(row: Row | None) -> str:
    if row is None:
        return ""
    low, high = row["spread"]
    return f"{number(row['ratio'])} ({number(low)} to {number(high)})"


def _peers(rows: Iterable[Row]) -> list[str]:
    present = {row["peer"] for row in rows}
    return [peer for peer in PEERS if peer in present]


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """Write a table in Markdown."""
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *body)]


def _gradient_table(rows: Sequence[Row], family: str, by: str) -> list[str]:
    chosen = [row for row in rows if row["work"] == "gradient" and row["family"] == family]
    if not chosen:
        return []
    peers = _peers(chosen)
    body = []
    for size, n in dict.fromkeys((row[by], row["N"]) for row in chosen):
        cell = {row["peer"]: row for row in chosen if (row[by], row["N"]) == (size, n)}
        ours = number(next(iter(cell.values()))["ours"])
        body.append([str(size), f"{n:,}", ours, *(_ratio(cell.get(peer)) for peer in peers)])
    return table([by, "N", "ours, µs", *(PEERS[peer] for peer in peers)], body)


def _parts_table(rows: Sequence[Row]) -> list[str]:
    body = [
        [str(row["K"]), *map(number, (row["all"], row["rest"], row["all"] - row["rest"], row["limit"]))]
        for row in rows
        if row["work"] == "parts"
    ]
    head = ["K", "gradient, µs", "without the likelihood, µs", "likelihood, µs", "limit, µs"]
    return table(head, body) if body else []


def _ess_table(rows: Sequence[Row]) -> list[str]:
    chosen = [row for row in rows if row["work"] == "ess"]
    body = [
        [
            f"{row['N']:,}",
            f"{row['target']:,}",
            PEERS[row["peer"]],
            number(row["ours"]),
            number(row["theirs"]) + ("**" if row.get("bound") else "*" if row["capped"] else ""),
            _ratio(row),
            str(row["repetitions"]),
        ]
        for row in chosen
    ]
    head = ["N", "target", "peer", "ours, ESS/s", "peer, ESS/s", "ratio", "repetitions"]
    return table(head, body) if body else []


def _memory_table(rows: Sequence[Row]) -> list[str]:
    body = [
        [f"{row['N']:,}", PEERS[row["peer"]], number(row["ours"]), number(row["theirs"]), _ratio(row)]
        for row in rows
        if row["work"] == "memory"
    ]
    return table(["N", "peer", "ours, MiB", "peer, MiB", "ratio"], body) if body else []


def _run_table(rows: Sequence[Row]) -> list[str]:
    body = [[row["what"], f"`{row['command']}`", str(row["seconds"])] for row in rows if row["work"] == "run"]
    return table(["what", "command", "seconds"], body) if body else []


def _instructions_table(rows: Iterable[Row]) -> list[str]:
    body = []
    for row in rows:
        name = row["family"]
        if not row["peers"]:
            name += ", rotated"
        cells = [name, str(row["D"]), f"{row['N']:,}", str(row["K"]), row["instructions"]]
        cells += [number(row["ours"]), number(row["nanoseconds"])]
        body.append([*cells, *(_ratio(row["peers"].get(peer)) for peer in BY_SET)])
    head = ["family", "D", "N", "K", "set", "ours, µs", "ns", *(PEERS[peer] for peer in BY_SET)]
    return table(head, body)


def _set_targets(rows: Sequence[Row]) -> list[str]:
    """Say what is reached with each instruction set."""
    by_peer = [row | {"peer": peer, **found} for row in rows for peer, found in row["peers"].items()]
    sets = list(dict.fromkeys(row["instructions"] for row in rows))
    body = []
    for target in SET_TARGETS:
        chosen = {name: [row for row in by_peer if row["instructions"] == name] for name in sets}
        spoken_of = [name for name in sets if any(map(target.rows, chosen[name]))]
        if spoken_of:
            cells = [target.verdict(chosen[name]) if name in spoken_of else "" for name in sets]
            body.append([target.what, *cells])
    return table(["to reach", *sets], body)


def draw(rows: Sequence[Row], target: Path) -> None:
    """Draw ratios against N, a panel for each kind of work, with the range of the repetitions."""
    import matplotlib

    matplotlib.use("svg")
    # The same rows give the same file.
    matplotlib.rcParams |= {"svg.hashsalt": "benchmarks", "font.size": 9}
    from matplotlib import pyplot as plt

    gradients = [row for row in rows if row["work"] == "gradient"]
    panels: list[tuple[str, str, list[Row]]] = [
        (f"one gradient, K = {k}", "N", [r for r in gradients if r["family"] == "normal" and r["K"] == k])
        for k in (2, 3, 10)
    ]
    multivariate = [row for row in gradients if row["family"] == "multi_normal"]
    panels.append(("one gradient, multivariate", "D", multivariate))
    panels += [
        (f"draws to an ESS of {t:,}", "N", [r for r in rows if r["work"] == "ess" and r["target"] == t])
        for t in (400, 10_000)
    ]
    panels = [panel for panel in panels if panel[2]]
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        lines, columns, figsize=(3.4 * columns, 3.0 * lines), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, (title, by, chosen) in zip(axes.flat, panels, strict=False):
        for i, peer in enumerate(_peers(chosen)):
            mine = sorted((row for row in chosen if row["peer"] == peer), key=lambda row: row[by])
            # A little apart, so that ranges can be told from one another.
            x = [row[by] * 1.04**i for row in mine]
            y = [row["ratio"] for row in mine]
            errors = [
                [row["ratio"] - row["spread"][0] for row in mine],
                [row["spread"][1] - row["ratio"] for row in mine],
            ]
            axis.errorbar(
                x, y, errors, color=COLOURS[peer], marker="o", markersize=4, capsize=2, linewidth=1.2
            )
        axis.axhline(1, color="black", linewidth=0.8)
        axis.set(xscale="log", yscale="log", title=title, xlabel=by)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for line in axes:
        line[0].set_ylabel("times faster than the peer")
    present = _peers(row for row in rows if row["work"] in ("gradient", "ess"))
    handles = [plt.Line2D([], [], color=COLOURS[peer], marker="o", label=PEERS[peer]) for peer in present]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)
