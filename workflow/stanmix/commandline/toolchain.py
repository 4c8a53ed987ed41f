"""`stanmix toolchain`: which CmdStan is in use."""

from typing import Annotated

import typer


def toolchain(
    install: Annotated[
        bool, typer.Option("--install", help="Assemble CmdStan in the cache if there is none.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Show which CmdStan is in use and why, or install one."""
    from stanmix.toolchain.__main__ import main

    words = [*(["--install"] if install else []), *(["--json"] if as_json else [])]
    raise typer.Exit(main(words))
