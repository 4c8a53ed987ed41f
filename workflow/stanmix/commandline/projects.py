"""The folder of an analysis: its configuration, as the workflow reads it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stanmix.errors import ConfigError, StanmixError

if TYPE_CHECKING:
    from stanmix.config import Config

CONFIG = "config.yaml"
RESULTS = "results"


def config_files(directory: Path, config: Path | None) -> list[Path]:
    """List the files of a configuration; later ones win.

    Raises
    ------
    StanmixError
        If the folder, or a configuration, is not there.
    """
    if not directory.is_dir():
        raise StanmixError(f"There is no folder {directory}. Correct --directory.")
    if config is not None and not config.is_file():
        raise StanmixError(f"There is no file {config}. Correct --config.")
    own = directory / CONFIG
    files = [file for file in (own, config) if file is not None and file.is_file()]
    if not files:
        raise StanmixError(
            f"There is no {CONFIG} in {directory.resolve()}. Write one for your data: stanmix init data.csv"
        )
    return files


def read_config(directory: Path, config: Path | None) -> Config:
    """Read the configuration of an analysis, merged as Snakemake does, and check it.

    Raises
    ------
    StanmixError
        If it is missing, unreadable or invalid; the message has a sentence for each error.
    """
    from snakemake.utils import update_config

    from stanmix.config import load, read

    raw: dict[str, Any] = {}
    for file in config_files(directory, config):
        update_config(raw, read(file))
    return load(raw)


def named_configurations(words: Sequence[str]) -> list[str]:
    """List the configurations that arguments for Snakemake name, by --configfile and its short forms."""
    files: list[str] = []
    follow = False
    for word in words:
        option, _, file = word.partition("=")
        if option.startswith("--configf"):
            follow = not file
            files += [file] if file else []
        elif word.startswith("-"):
            follow = False
        elif follow:
            files.append(word)
    return files


def check_files(config: Config, directory: Path) -> None:
    """Refuse a configuration whose data files are missing, as Snakemake would."""
    from stanmix.config import unreadable_files

    with contextlib.chdir(directory):
        problems = unreadable_files(config)
    if problems:
        raise ConfigError("\n".join(problems))
