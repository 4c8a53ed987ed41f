"""Faults of jobs: a folder that every Python of a run looks into, and then breaks jobs that a test names."""

import json
import os
from pathlib import Path

FAULTS = "FAULTS_OF_A_TEST"
SENTENCE = "Nothing can be done with K = 2. Give it another number."

INJECTION = f"""
import contextlib, json, os, signal, sys, time

def _inject(faults):
    import stanmix.run.job
    from stanmix.errors import StanmixError
    whole = stanmix.run.job.job

    @contextlib.contextmanager
    def broken(snakemake):
        with whole(snakemake) as tell:
            for rule, place, how in faults:
                if snakemake.rule == rule and place in snakemake.log[0]:
                    if how == "waiting":
                        time.sleep(3600)
                    if how == "killed":
                        os.kill(os.getpid(), signal.SIGKILL)
                    raise StanmixError({SENTENCE!r}) if how == "refused" else KeyError("mu")
            yield tell

    stanmix.run.job.job = broken

if os.environ.get({FAULTS!r}) and "-m" not in sys.orig_argv[:3]:
    _inject(json.loads(os.environ[{FAULTS!r}]))
"""


def environment(folder: Path, *faults: tuple[str, str, str]) -> dict[str, str]:
    """The variables with which jobs break.

    Parameters
    ----------
    folder
        A folder for this.
    faults
        The rule, a part of the path of the job's log, and how it breaks: ``refused`` (by a sentence),
        ``unexpected`` or ``killed``, or never ends: ``waiting``.
    """
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(INJECTION, "utf-8")
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths)), FAULTS: json.dumps(faults)}
