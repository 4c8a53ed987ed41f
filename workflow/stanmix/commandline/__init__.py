"""The command line: ``stanmix``, or ``python -m stanmix``.

Snakemake alone can do everything that the commands do; they only save looking up how. A command imports what
it needs when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from stanmix import __version__
from stanmix.commandline.check import check
from stanmix.commandline.init import init
from stanmix.commandline.plan import plan
from stanmix.commandline.predict import predict
from stanmix.commandline.program import program
from stanmix.commandline.run import report, run
from stanmix.commandline.toolchain import toolchain
from stanmix.errors import StanmixError

NAME = "stanmix"

app = typer.Typer(
    name=NAME,
    help="Fit Bayesian mixture models with Stan: from a table of data to a report.",
    epilog="Three commands to a report: stanmix init data.csv, stanmix check, stanmix run.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (init, check, plan, run, predict, report, program, toolchain):
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that belong to no command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process if None.

    Returns
    -------
    int
        Exit code: 0; 1 after a sentence that says what is wrong; 2 for wrong arguments; for a run,
        Snakemake's.
    """
    try:
        app(sys.argv[1:] if arguments is None else list(arguments), prog_name=NAME)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except StanmixError as error:
        print(error, file=sys.stderr)
    except MemoryError:
        print(
            "There is too little memory for these data. Take fewer observations, or a larger machine.",
            file=sys.stderr,
        )
    except OSError as error:
        print(
            f"{error.filename or 'A file'} cannot be read or written: {error.strerror or error}.",
            file=sys.stderr,
        )
    return 1
