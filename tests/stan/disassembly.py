"""What the compiler made of the kernels: packed and scalar arithmetic in the functions of an executable."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

PASS = re.compile(r"stanmix::(plain|avx2|avx512)::(\w+_pass|add_densities|add_sums)\b")
"""The functions that run over the data, by their names; the namespace is the instruction set."""
X86 = re.compile(
    r"^v?(?P<name>add|sub|mul|div|max|min|u?comi|cmp\w*|fn?m(?:add|sub)\d+)(?P<kind>pd|sd)\b(?:.*%(?P<register>[xyz])mm)?"
)
ARM = re.compile(
    r"^(?P<name>fadd|fsub|fmul|fn?div|fmla|fmls|fn?madd|fn?msub|fcm\w+|fccmp\w*|fmax\w*|fmin\w*)\s.*?"
    r"(?:(?P<packed>\bv\d+\.2d)|\bd\d+)"
)
SELECTING = re.compile(r"u?comi|cmp|max|min|fcm|fccmp|fmax|fmin")


def passes(executable: str | Path, objdump: str = "objdump") -> dict[str, Counter[str]]:
    """Count the arithmetic of every pass over the data.

    Returns
    -------
    dict
        For each function numbers of instructions: ``packed``, ``scalar``, ``selecting`` (scalar comparisons,
        maxima and minima, which are among ``scalar`` too), and the packed ones by the letter of their
        registers.
    """
    command = [objdump, "--disassemble", "--demangle", "--no-show-raw-insn", str(executable)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, Counter[str]] = {}
    own: Counter[str] | None = None
    for line in text.splitlines():
        if line.endswith(">:"):
            name = line.partition("<")[2][:-2]
            own = found.setdefault(name, Counter()) if PASS.search(name.partition("(")[0]) else None
        elif own is not None and "\t" in line:
            instruction = line.split("\t", 1)[1]
            if match := X86.match(instruction):
                packed = match["kind"] == "pd"
                register = match["register"]
            elif match := ARM.match(instruction):
                packed = match["packed"] is not None
                register = "v"
            else:
                continue
            own["packed" if packed else "scalar"] += 1
            own["selecting"] += not packed and bool(SELECTING.match(match["name"]))
            own[register] += packed
    return found


def instruction_set(function: str) -> str:
    """The instruction set that a pass is for."""
    match = PASS.search(function)
    assert match is not None
    return match[1]
