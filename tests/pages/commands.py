"""The blocks of the README and the documentation, and a copy of the project to try them in."""

import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import yaml
from markdown_it import MarkdownIt

from helpers import ROOT

WRITTEN_BY_CODE = {"docs/reference/commands.md", "docs/reference/configuration.md"}
PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if page.relative_to(ROOT).as_posix() not in WRITTEN_BY_CODE
]
FORMULAS = "docs/families.md"
"""The page whose indented blocks are formulas; everywhere else they are commands."""
SHELL = ("bash", "console", "sh")
NOT_COPIED = (
    ".git",
    ".venv",
    "build",
    "results",
    "logs",
    "benchmarks",
    ".snakemake",
    "__pycache__",
    ".*_cache",
)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The language and the text of each block of a page; indented blocks are for the shell."""
    found = []
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type == "fence":
            found.append((token.info.strip(), token.content))
        elif token.type == "code_block" and page.relative_to(ROOT).as_posix() != FORMULAS:
            found.append(("bash", token.content))
    return found


def commands(page: Path) -> list[str]:
    """The commands of a page, without prompts and comments."""
    lines = [line for language, text in blocks(page) if language in SHELL for line in text.splitlines()]
    bare = (re.sub(r"(^|\s)#.*", "", line).removeprefix("$ ").strip() for line in lines)
    return [line for line in bare if line]


def settings(page: Path) -> list[dict]:
    """The pieces of configuration on a page."""
    return [yaml.safe_load(text) for language, text in blocks(page) if language == "yaml"]


def copy_project(folder: Path) -> Path:
    """Copy the project without what it made, and make the folders that the pages speak of."""
    copy = shutil.copytree(ROOT, folder / "project", ignore=shutil.ignore_patterns(*NOT_COPIED))
    (copy / ".venv").symlink_to(sys.prefix)
    first = settings(ROOT / "docs/howto/own-data.md")[0]
    predicting = settings(ROOT / "docs/howto/predict.md")[0]
    for place, config in (
        ("heights", first | predicting),
        ("path/to/folder", settings(ROOT / "README.md")[0]),
    ):
        (copy / place).mkdir(parents=True)
        (copy / place / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
        for name in ("heights.csv", "new.csv"):
            pd.DataFrame({"height": [160.5, 171.0, 182.5, 168.0]}).to_csv(copy / place / name, index=False)
    return copy
