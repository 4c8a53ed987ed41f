"""Write the pages that come from the code: ``python -m docs``, as ``make docs`` does before it builds."""

from pathlib import Path

from docs import commands, configuration

REFERENCE = Path(__file__).parent / "reference"


def pages() -> dict[Path, str]:
    """Return the text of each page that is written, by its file."""
    written = {REFERENCE / "configuration.md": configuration.render()}
    if commands.is_there():
        written[REFERENCE / "commands.md"] = commands.render()
    return written


if __name__ == "__main__":
    for file, text in pages().items():
        file.write_text(text, "utf-8")
