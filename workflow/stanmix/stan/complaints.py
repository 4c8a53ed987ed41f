"""Why CmdStan or a compiler gave up: its message in a sentence, with the likely cause."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from stanmix.errors import StanmixError

HARMLESS = re.compile(r"^Informational Message:.*?(?:misspecified\.|\Z)", re.DOTALL | re.MULTILINE)
"""The message about a rejected proposal, which is no failure."""
EXCEPTION = re.compile(
    r"^[ \t]*(?:Caught )?exception:\s*(?P<what>.*?)[ \t]*"
    r"(?:\(in '(?P<file>[^']*)', line (?P<line>\d+)[^)]*\))?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
SETTINGS = re.compile(r"^num_threads = .*$", re.MULTILINE)
"""The last line of the settings, which CmdStan prints first, and which contain names of files."""
RETURNED = re.compile(r"retcodes=\[(-?\d+)")
COMPILER_ERROR = re.compile(
    r"^(?:.*?(?P<kind>Syntax|Semantic) error in '(?P<stan>[^']*)', line (?P<line>\d+).*"
    r"|(?:.*[/\\])?(?P<cpp>[^/\\\s:]+:\d+(?::\d+)?: (?:fatal )?error: .*))$",
    re.MULTILINE,
)

POINTS = (
    (
        r"stage=data initialization",
        "The data that were written for Stan do not fit the program: a file of stan/ was edited, or a result "
        "of another version is still there. Undo the edit, or remove the fit's folder, and run again.",
    ),
    (
        r"(?i)\binv(?:erse)?[ _](?:Euclidean )?metric",
        "The first metric of the chain is unusable. Write sampling: metric: diag, or remove the fit's folder "
        "`chains` if a file there was edited, and run again.",
    ),
    (
        r"_free:|stage=parameter initialization",
        "It is the chain's start, which lies where the parameter cannot be. Choose another sampling.seed, "
        "which gives other starts, or move the prior of that parameter.",
    ),
    (
        r"_rng: ",
        "It is a draw whose parameters are too large or too small for Stan's random numbers, which priors "
        "with little information allow. Choose narrower priors of the parameters.",
    ),
    (
        r"Posterior is improper",
        "The density does not fall however far a parameter goes. Choose a narrower prior of the parameters "
        "about which the data say little.",
    ),
    (
        r"No acceptably small step size",
        "The density has no bound, or a jump, where the chain starts: a component that shrinks onto equal "
        "values. Choose a prior that keeps its scale away from 0.",
    ),
    (
        r"Gradient evaluated at the initial value is not finite",
        "The density is finite where the chain starts, its slope is not: a value or a prior so far out that "
        "numbers overflow. Correct that value, choose another unit, or move the prior.",
    ),
)
"""Patterns in CmdStan's messages, and the likely cause behind each of them."""
AT_START = re.compile(r"at the initial value|Rejecting initial value")
ZERO = re.compile(r"evaluates to log\(0\)")


def console(folder: str | Path) -> str:
    """Return the output on the terminal of the newest CmdStan process that writes to a folder."""
    files = sorted(Path(folder).glob("*stdout*.txt"), key=lambda path: path.stat().st_mtime)
    return files[-1].read_text("utf-8", errors="replace") if files else ""


def reason(printed: str, error: str = "") -> str:
    """Return the reason that CmdStan gives for a failure, in one sentence or two.

    Parameters
    ----------
    printed
        All that it printed.
    error
        The message of cmdstanpy's error, which has the exit status.
    """
    told = _told(printed)
    returned = RETURNED.search(error)
    if returned and int(returned[1]) < 0:
        number = -int(returned[1])
        name = signal.Signals(number).name if number in set(signal.Signals) else "a signal"
        more = ", which is what a system does where memory runs out" if number == signal.SIGKILL else ""
        return f"CmdStan was ended by signal {number} ({name}){more}."
    # A message may go on in the next line, with the file that includes the one of the fault.
    exceptions = list(EXCEPTION.finditer(re.sub(r", included from\s*\n\s*", ", included from ", told)))
    if exceptions:
        last = exceptions[-1]
        what = last["what"]
        where = f" ({Path(last['file']).name}, line {last['line']})" if last["file"] else ""
        return f"Stan says: {what.rstrip('.')}{where}."
    for pattern in (ZERO, *(re.compile(text) for text, _ in POINTS)):
        if found := next((line.strip() for line in told.splitlines() if pattern.search(line)), None):
            return f"Stan says: {found.rstrip('.')}."
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return f"CmdStan's last words: {lines[-1].rstrip('.')}." if lines else "CmdStan said nothing."


def pointed(printed: str) -> str:
    """Return the likely cause of CmdStan's message and the remedy; an empty text where they are not known."""
    told = _told(printed)
    for pattern, sentence in POINTS:
        if re.search(pattern, told):
            return sentence
    if AT_START.search(told) and not ZERO.search(told):
        return (
            "It happened where the chain starts. Choose another sampling.seed, which gives other starts; if "
            "it comes again, look at the prior of the parameter that is named."
        )
    return ""


def is_zero_at_start(printed: str) -> bool:
    """Tell whether a chain did not start because the density is 0 there."""
    return bool(ZERO.search(printed))


def failure(what: str, printed: str, error: Exception, more: str = "") -> StanmixError:
    """Return the error that tells users of a failed process of CmdStan.

    Parameters
    ----------
    what
        The beginning of the sentence: what did not finish.
    printed
        All that CmdStan printed.
    error
        The error of cmdstanpy.
    more
        A further sentence; by default the likely cause of the message.
    """
    parts = [f"{what} did not finish. {reason(printed, str(error))}", more or pointed(printed)]
    return StanmixError(" ".join([*filter(None, parts), "The job's log has CmdStan's messages."]))


def compiler_reason(printed: str) -> str:
    """Return the first error of stanc or of the C++ compiler; its last line where none is known."""
    found = COMPILER_ERROR.search(printed)
    if found and found["stan"]:
        where = f"{Path(found['stan']).name}, line {found['line']}"
        return f"stanc says: {found['kind'].lower()} error in {where}: {_after_frame(printed, found.end())}"
    if found:
        return f"The C++ compiler says: {found['cpp'].strip()}"
    if re.search(r"Killed|signal 9|cc1plus: out of memory|virtual memory exhausted", printed):
        return "The compiler was ended, which is what a system does where memory runs out."
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return f"Its last words: {lines[-1]}" if lines else "It said nothing."


def _told(printed: str) -> str:
    """Return the lines printed after CmdStan's settings, without those that report no failure."""
    *_, told = SETTINGS.split(printed)
    return HARMLESS.sub("", told)


def _after_frame(printed: str, begin: int) -> str:
    """Return the sentence of stanc's message, which follows the lines of the program that it quotes."""
    _, *frame = printed[begin:].split("   -------------------------------------------------", 2)
    words = frame[-1] if frame else printed[begin:]
    return " ".join(words.strip().split("\n\n")[0].split())
