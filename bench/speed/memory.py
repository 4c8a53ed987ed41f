"""Peak memory of a short chain."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from bench import builds
from bench.problems import normal
from bench.speed.ratios import compare

REPETITIONS = 3

# A process inherits the peak of the one that starts it, so a small one stands between.
LAUNCHER = """
import os, resource, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                       file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measure(n: int = 1_000_000, repetitions: int = REPETITIONS) -> list[dict[str, Any]]:
    """Run ten iterations of warmup and ten draws of ours and of the textbook program."""
    problem = normal(n, 3)
    peaks: dict[str, list[float]] = {"ours": [], "textbook": []}
    with problem.written() as folder:
        problem.write_point(problem.points()[0], folder)
        for _ in range(repetitions):
            for name, found in peaks.items():
                start = folder / ("point_ours.json" if name == "ours" else "point.json")
                command = [str(builds.sampler(name)), "sample", "num_warmup=10", "num_samples=10"]
                command += ["data", f"file={folder / f'{name}.json'}", f"init={start}", "random", "seed=1"]
                command += ["output", f"file={folder / name}.csv"]
                run = subprocess.run(
                    [sys.executable, "-S", "-c", LAUNCHER, *command],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                found.append(float(run.stdout) / 2**20)
    row = {
        "work": "memory",
        "family": "normal",
        "N": n,
        "K": 3,
        "D": 1,
        "peer": "textbook",
        "unit": "MiB",
        **compare(peaks["ours"], peaks["textbook"]),
    }
    print(f"memory N={n}: {row['ours']:.0f} against {row['theirs']:.0f} MiB", file=sys.stderr, flush=True)
    return [row]
