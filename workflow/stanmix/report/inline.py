"""SVG figures as parts of the page: in the page's colours, light or dark, with their glyphs kept once."""

from __future__ import annotations

import html
import re
from pathlib import Path

from markupsafe import Markup, escape

from stanmix.report.palette import COMPONENTS, PAGE_COLOURS

PROLOGUE = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", re.DOTALL
)
ROOT = re.compile(r"<svg\b[^>]*>")
BOX = re.compile(r'viewBox="([^"]+)"')
IDENTIFIER = re.compile(r'\sid="([^"]+)"')
REFERENCE = re.compile(r'href="#([^"]+)"|url\(#([^)]+)\)')
GLYPH = re.compile(r'<path id="(DejaVu[^"]+)" ([^>]*)/>')
EMPTY_DEFINITIONS = re.compile(r"<defs>\s*</defs>")
STYLE = re.compile(r'style="[^"]*"')
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
SPACE = re.compile(r"\s+")
BETWEEN = re.compile(r"> <")
PIXELS_PER_POINT = 96 / 72
HEAD = 4000
"""Number of characters at the beginning of an SVG file that contain its description."""
DESCRIPTION = re.compile(r"<dc:description>(.*?)</dc:description>", re.DOTALL)

VARIABLES = {colour.lower(): f"var(--{name})" for name, colour in PAGE_COLOURS.items()} | {
    colour.lower(): f"var(--c{k})" for k, colour in enumerate(COMPONENTS, start=1)
}
"""The page's variable for each colour of figures."""


def gap_in(path: Path) -> str | None:
    """Return the sentence that an SVG file shows instead of a figure; None if it shows a figure."""
    with path.open(encoding="utf-8") as file:
        found = DESCRIPTION.search(file.read(HEAD))
    return html.unescape(found[1]) if found else None


class Inliner:
    """Takes figures into a page, and keeps the glyphs that they share."""

    def __init__(self) -> None:
        self._glyphs: dict[str, str] = {}
        self._figures = 0

    def figure(self, path: Path, alt: str) -> Markup:
        """Return a figure as an element of the page.

        Parameters
        ----------
        path
            An SVG file that Matplotlib wrote.
        alt
            What it shows, for those who cannot see it.
        """
        self._figures += 1
        return self.convert(path.read_text("utf-8"), alt, f"f{self._figures}-")

    def convert(self, text: str, alt: str, prefix: str) -> Markup:
        """Turn the text of an SVG file into an element whose identifiers begin with a prefix."""
        text = PROLOGUE.sub("", text)
        root = ROOT.search(text)
        assert root is not None
        box = BOX.search(root[0])
        assert box is not None
        width, height = (float(size) * PIXELS_PER_POINT for size in box[1].split()[2:])
        body = text[root.end() : text.rindex("</svg>")]
        body = GLYPH.sub(self._keep, SPACE.sub(" ", body).replace("xlink:href=", "href="))
        body = EMPTY_DEFINITIONS.sub("", body)
        used = {name for pair in REFERENCE.findall(body) for name in pair if name}
        body = IDENTIFIER.sub(lambda own: f' id="{prefix}{own[1]}"' if own[1] in used else "", body)
        body = REFERENCE.sub(lambda own: self._reference(own, prefix), body)
        body = STYLE.sub(lambda own: COLOUR.sub(_variable, own[0]), body)
        body = BETWEEN.sub("><", body)
        return Markup(
            f'<svg class="figure" role="img" aria-label="{escape(alt)}" viewBox="{box[1]}" '
            f'width="{width:.0f}" height="{height:.0f}">{body}</svg>'
        )

    @property
    def glyphs(self) -> Markup:
        """The glyphs of all figures, which the page contains once."""
        paths = "".join(f'<path id="{name}" {rest}/>' for name, rest in sorted(self._glyphs.items()))
        return Markup(
            f'<svg width="0" height="0" class="glyphs" aria-hidden="true"><defs>{paths}</defs></svg>'
        )

    def _keep(self, glyph: re.Match[str]) -> str:
        self._glyphs[glyph[1]] = glyph[2]
        return ""

    def _reference(self, reference: re.Match[str], prefix: str) -> str:
        name = reference[1] or reference[2]
        target = name if name in self._glyphs else prefix + name
        return f'href="#{target}"' if reference[1] else f"url(#{target})"


def _variable(colour: re.Match[str]) -> str:
    return VARIABLES.get(colour[0].lower(), colour[0])
