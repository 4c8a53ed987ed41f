"""The report of a real run, opened in a real browser without a network."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from projects import Project

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = [390, 1280]


@dataclass
class Opened:
    """A page, and what the browser said and asked for while it opened it."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def report_html(tiny_run: Project) -> Path:
    """The report of the finished tiny project."""
    return tiny_run.folder / "results" / "report.html"


@pytest.fixture(scope="module")
def opened(report_html: Path) -> Iterator[Opened]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        opened = Opened(browser.new_page())
        opened.page.on("console", lambda message: opened.messages.append(f"{message.type}: {message.text}"))
        opened.page.on("pageerror", lambda error: opened.messages.append(f"error: {error}"))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(report_html.as_uri())
        opened.page.wait_for_load_state("load")
        yield opened
        browser.close()


def test_nothing_is_said_and_nothing_is_asked_of_the_network(opened: Opened, report_html: Path) -> None:
    assert opened.messages == []
    outside = [url for url in opened.requests if not url.startswith("data:")]
    assert outside == [report_html.as_uri()]


def test_every_figure_is_drawn(opened: Opened) -> None:
    images = "[...document.querySelectorAll('img')]"
    assert opened.page.evaluate(f"{images}.length") > 0
    broken = opened.page.evaluate(f"{images}.filter(i => !i.naturalWidth).map(i => i.alt)")
    assert broken == []


def test_headings_are_there(opened: Opened) -> None:
    headings = opened.page.locator("h2").all_inner_texts()
    assert headings == ["Verdict", "toy", "lakes", "Methods", "Reproduction"]
    assert opened.page.locator("h1").count() == 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows(opened: Opened, width: int, scheme: str) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


CONTRAST = """
() => {
  const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const rgba = text => text.match(/[\\d.]+/g).map(Number);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll('body *')) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())) continue;
    const [a, b] = [rgba(getComputedStyle(node).color), behind(node)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  return [...new Set(found)];
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_background(opened: Opened, scheme: str) -> None:
    """The contrast of all text is at least that of WCAG level AA."""
    opened.page.emulate_media(color_scheme=scheme)
    assert opened.page.evaluate(CONTRAST) == []
