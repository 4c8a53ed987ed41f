"""Measure everything and write the page, or what options name.

``python -m bench.speed`` writes ``docs/benchmarks.json``, ``.md`` and ``.svg``; ``--quick`` measures a
little of ours against the textbook program, needs no peers and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

from bench import builds
from bench.speed import gradients, instructions, journey, memory, page, parts, sampling
from bench.workers import ROOT, processor, use_one_core

from stanmix import toolchain

PAGE = ROOT / "docs" / "benchmarks.json"
PARTS = ("run", "gradient", "parts", "memory", "ess", "instructions")
NEAREST = ("textbook", "numpyro", "nutpie")
"""Peers of which one came nearest to ours in effective draws per second."""
SHOWN = ("jax", "numpyro", "pymc", "nutpie", "numba")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.speed", description="Measure ours against its peers."
    )
    parser.add_argument("--quick", action="store_true", help="a subset without peers that writes nothing")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure these parts, keep the others' rows")
    parser.add_argument(
        "--ess-with",
        choices=instructions.SETS,
        help="measure only the effective draws per second, with this instruction set, beside the best peers",
    )
    parser.add_argument("--page", action="store_true", help="only draw the page again from its JSON")
    parser.add_argument("--cap", type=float, default=sampling.CAP, help="seconds that a sampler may take")
    options = parser.parse_args()
    logging.getLogger("cmdstanpy").setLevel(logging.WARNING)
    if options.quick:
        quick()
    elif options.page:
        write(json.loads(PAGE.read_text("utf-8")))
    elif options.ess_with:
        write(json.loads(PAGE.read_text("utf-8")) | {"ess_with": ess_with(options.ess_with, options.cap)})
    elif options.only == ["instructions"]:
        write(json.loads(PAGE.read_text("utf-8")) | {"instructions": of_instructions()})
    else:
        write(measure(options.only or PARTS, options.cap))


def of_instructions() -> dict[str, Any]:
    """Measure with every instruction set, with the machine and the date: not all machines have all sets."""
    instructions.compile_all()
    use_one_core()
    return {**_made(), "rows": instructions.measure()}


def ess_with(name: str, cap: float) -> dict[str, Any]:
    """Measure effective draws per second with an instruction set, beside the peers nearest to ours."""
    for peer in ("ours", "textbook"):
        builds.sampler(peer)
    use_one_core()
    os.environ.update(instructions.environment(name))
    return {**_made(), "instructions": name, "rows": sampling.measure(peers=NEAREST, cap=cap)}


def _made() -> dict[str, Any]:
    """Return when, of what and where something is measured."""
    return {
        "commit": _output("git", "rev-parse", "HEAD"),
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor(),
    }


def quick() -> None:
    """Compare functions and print ratios at a few points."""
    for peer in ("ours", "textbook"):
        builds.gradient_worker("normal", peer)
    use_one_core()
    for row in gradients.measure(gradients.QUICK, rounds=3, least=0.05):
        low, high = row["spread"]
        print(f"N={row['N']} K={row['K']}: {row['ratio']:.3g} times {row['peer']} ({low:.3g} to {high:.3g})")


def measure(wanted: list[str] | tuple[str, ...], cap: float) -> dict[str, Any]:
    """Measure some parts; rows of the others are kept from the last time."""
    rows = []
    if set(wanted) != set(PARTS):
        rows = [row for row in json.loads(PAGE.read_text("utf-8"))["rows"] if row["work"] not in wanted]
    facts: dict[str, Any] = {**_made(), "versions": _versions(), "cap": cap}
    started = time.monotonic()
    if "run" in wanted:
        # On all cores, so before the others.
        rows += journey.measure()
    for family, peer in builds.PROGRAMS:
        builds.gradient_worker(family, peer)
    for peer in ("ours", "textbook"):
        builds.sampler(peer)
    use_one_core()
    if "gradient" in wanted:
        rows += gradients.measure(gradients.CELLS)
    if "parts" in wanted:
        rows += parts.measure()
    if "memory" in wanted:
        rows += memory.measure()
    if "ess" in wanted:
        rows += sampling.measure(cap=cap)
    if "instructions" in wanted:
        facts["instructions"] = of_instructions()
    before = json.loads(PAGE.read_text("utf-8"))
    facts = {key: before[key] for key in ("instructions", "ess_with") if key in before} | facts
    print(f"{(time.monotonic() - started) / 60:.0f} minutes", file=sys.stderr)
    return facts | {"rows": sorted(rows, key=lambda row: PARTS.index(row["work"]))}


def write(facts: dict[str, Any]) -> None:
    """Write the numbers, the page and its figure."""
    PAGE.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    PAGE.with_suffix(".md").write_text(page.render(facts), "utf-8")
    page.draw(facts["rows"], PAGE.with_suffix(".svg"))


def _versions() -> dict[str, str]:
    """Return the versions of everything that is measured."""
    peers = ROOT / "build" / "bench" / "peers" / "bin" / "python"
    program = "import json, sys; from importlib.metadata import version as v; "
    program += "print(json.dumps({name: v(name) for name in sys.argv[1:]}))"
    found: dict[str, str] = json.loads(_output(str(peers), "-c", program, *SHOWN))
    jags = subprocess.run(["jags"], input="exit\n", capture_output=True, text=True, check=False)
    number = re.search(r"JAGS (\S+)", jags.stdout)
    compiler = re.search(r"\d+(\.\d+)+", toolchain.compiler())
    return {
        "CmdStan": toolchain.ensure().version,
        "g++": compiler.group() if compiler else "unknown",
        **found,
        "JAGS": number.group(1) if number else "unknown",
        "Python": platform.python_version(),
    }


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
