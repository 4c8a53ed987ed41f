"""`stanmix run` and `stanmix report`: Snakemake, with its progress."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stanmix.commandline.options import ConfigFile, Cores, Directory, Profile
from stanmix.commandline.projects import RESULTS, check_files, named_configurations, read_config

PAGE = f"{RESULTS}/report.html"


def run(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TARGETS] [-- SNAKEMAKE_OPTIONS]",
            help="What to make: all (the default), data, compile, fits, diagnostics, quantities, predict, "
            "comparisons, report, or files. Arguments after -- go to Snakemake: -- --dry-run",
            show_default=False,
        ),
    ] = None,
    directory: Directory = Path(),
    config: ConfigFile = None,
    cores: Cores = None,
    profile: Profile = None,
) -> None:
    """Run the analysis with Snakemake, and show the progress.

    A run that was stopped or killed goes on with the same command. If there is no CmdStan, one is assembled
    first.
    """
    targets = targets or []
    if code := start(targets, directory, config, cores, profile):
        raise typer.Exit(code)
    page = directory / PAGE
    if page.is_file() and not targets:
        print(_outcome(directory))
        print(f"The report: {page}")


def _outcome(directory: Path) -> str:
    """Say how many fits passed, have components that are not identified, and failed."""
    from stanmix.io import read_json
    from stanmix.judgement.verdict import STANDING, tally

    facts = read_json(directory / RESULTS / "report.json")
    return tally([STANDING[fit["verdict"]] for fit in facts["fits"]])


def report(
    directory: Directory = Path(),
    config: ConfigFile = None,
    cores: Cores = None,
    profile: Profile = None,
    look: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Bring the report up to date, and tell where it is."""
    if code := start(["report"], directory, config, cores, profile):
        raise typer.Exit(code)
    page = directory / PAGE
    print(page)
    if look:
        typer.launch(page.resolve().as_uri())


def start(
    targets: list[str], directory: Path, config: Path | None, cores: str | None, profile: str | None = None
) -> int:
    """Run Snakemake in the folder of an analysis.

    Parameters
    ----------
    targets
        Targets, and options for Snakemake.
    directory, config, cores, profile
        As on the command line.

    Returns
    -------
    int
        Snakemake's exit code.
    """
    from stanmix.commandline import launch
    from stanmix.config import read

    for file in named_configurations(targets):
        read(directory / file)  # before Snakemake reads it, which runs code under some keys
    if not any(word.startswith(("--config", "-C")) for word in targets):
        check_files(read_config(directory, config), directory)
    words = launch.arguments(targets, directory, config, cores, profile)
    if launch.is_dry(targets):
        return launch.plainly(words)
    from stanmix.toolchain import ensure

    ensure(progress=lambda line: print(line, file=sys.stderr, flush=True))
    return launch.with_progress(words, directory)
