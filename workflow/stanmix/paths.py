"""Where the project's own files are: in a checkout around the package, in an installation inside of it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_CARRIED = PACKAGE / "_workflow"
"""What the wheel carries of the files that stand around the package in a checkout; see pyproject.toml."""
INSTALLED = _CARRIED.is_dir()
"""Whether this is an installation."""
ROOT = _CARRIED if INSTALLED else PACKAGE.parents[1]
SNAKEFILE = ROOT / "Snakefile"
PROFILES = ROOT / "profiles"
STAN = ROOT / "stan"
SCHEMAS = ROOT / "workflow" / "schemas"
SCRIPTS = ROOT / "workflow" / "scripts"
REPORT = ROOT / "workflow" / "report"
