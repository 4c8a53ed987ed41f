"""Tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

WIDEST = 10_000
"""Characters of a line if the output is no terminal."""


def show(console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; a column whose name begins with > stands to the right.

    If the output is no terminal, the table is as wide as it needs to be, so that nothing is cut.
    """
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for name in columns:
        justify: JustifyMethod = "right" if name.startswith(">") else "left"
        table.add_column(name.removeprefix(">"), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    if not console.is_terminal:
        console = Console(file=console.file, width=Console(width=WIDEST).measure(table).maximum)
    console.print(table)


def say(console: Console, *lines: str) -> None:
    """Print lines of text as they are."""
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
