"""Where the project's own files are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAN = ROOT / "stan"
SCHEMAS = ROOT / "workflow" / "schemas"
SCRIPTS = ROOT / "workflow" / "scripts"
PACKAGE = Path(__file__).resolve().parent
REPORT = ROOT / "workflow" / "report"
