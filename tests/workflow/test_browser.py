"""The report of a real run, opened in a real browser without a network."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright
from projects import Project

from stanmix.report.sections import SECTIONS

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = [390, 1280]
SCHEMES = ["light", "dark"]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PLACES = ["", "#data.toy", "#fit.lakes.free.2", "#methods", "#reproduction"]
"""Every page of the report, and a fit that is not the first one shown."""
ARRIVED = "addEventListener('hashchange', () => requestAnimationFrame(done), {once: true});"
"""Calls `done` when the page, which listens to the same event first, has shown another place."""
GO = f"""fragment => new Promise(done => {{
  const before = location.href;
  {ARRIVED}
  location.hash = fragment;
  if (location.href === before) done();
}})"""
BACK = f"() => new Promise(done => {{ {ARRIVED} history.back(); }})"
PATIENCE = 600_000
"""Milliseconds that the browser gets for what it is asked, on any machine."""
SHOWN = "[...document.querySelectorAll('.page, .fit')].filter(n => n.checkVisibility()).map(n => n.id)"


@dataclass
class Opened:
    """A page, and what the browser said and asked for while it opened it."""

    page: Page
    place: str
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def go(self, fragment: str) -> None:
        """Go to a place in the report."""
        self.page.evaluate(GO, fragment)

    def back(self) -> None:
        """Go to the place before."""
        self.page.evaluate(BACK)


@pytest.fixture(scope="module")
def report_html(tiny_run: Project) -> Path:
    """The report of the finished tiny project."""
    return tiny_run.folder / "results" / "report.html"


@pytest.fixture(scope="module")
def opened(report_html: Path) -> Iterator[Opened]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, headless=True, args=FLAGS, timeout=PATIENCE
        )
        context = browser.new_context(offline=True)
        context.set_default_timeout(PATIENCE)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        opened = Opened(context.new_page(), report_html.as_uri())
        opened.page.on("console", lambda message: opened.messages.append(f"{message.type}: {message.text}"))
        opened.page.on("pageerror", lambda error: opened.messages.append(f"error: {error}"))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(opened.place)
        opened.page.wait_for_load_state("load")
        yield opened
        browser.close()


@pytest.fixture(autouse=True)
def first_screen(opened: Opened) -> None:
    """Every test begins on the first screen of a laptop, in the light."""
    opened.page.set_viewport_size({"width": 1280, "height": 900})
    opened.page.emulate_media(color_scheme="light", media="screen")
    opened.go("overview")


def test_nothing_is_said_and_nothing_is_asked_of_the_network(opened: Opened) -> None:
    for place in PLACES:
        opened.go(place)
    assert opened.messages == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [opened.place]


def test_every_figure_is_drawn(opened: Opened) -> None:
    opened.page.emulate_media(media="print")  # which shows all pages
    boxes = opened.page.evaluate(
        "[...document.querySelectorAll('svg.figure')].map(f => f.getBoundingClientRect().height)"
    )
    assert len(boxes) == 3 * 6 + 2 * 2
    assert min(boxes) > 40
    missing = opened.page.evaluate(
        """() => [...document.querySelectorAll('svg.figure use')]
            .map(use => use.getAttribute('href').slice(1)).filter(id => !document.getElementById(id))"""
    )
    assert missing == []


def test_headings_are_there(opened: Opened) -> None:
    headings = opened.page.locator("h2").evaluate_all("all => all.map(h => h.firstChild.textContent.trim())")
    assert headings == ["Verdict", "toy", "lakes", "Methods", "Reproduction"]
    assert opened.page.locator("h1").count() == 1


def test_the_first_screen_has_the_verdict_of_every_analysis(opened: Opened) -> None:
    report = json.loads((Path(opened.place.removeprefix("file://")).with_suffix(".json")).read_text("utf-8"))
    for card, name in zip(opened.page.locator(".analysis").all(), ("toy", "lakes"), strict=True):
        box = card.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900
        headline = next(own for own in report["headlines"] if own["dataset"] == name)
        assert headline["next"] in card.inner_text()


def wait_for(opened: Opened, shown: str) -> None:
    """Wait until what is shown is as an expression of the list of names says: pages change by an event."""
    opened.page.wait_for_function(f"(shown => {shown})({SHOWN})")


def test_one_page_and_one_fit_are_shown_at_a_time(opened: Opened) -> None:
    assert opened.page.evaluate(SHOWN) == ["overview"]
    opened.page.get_by_role("link", name="toy", exact=False).first.click()
    wait_for(opened, "shown.length === 2")
    shown, fit = opened.page.evaluate(SHOWN)
    assert shown == "data.toy"
    other = {"fit.toy.shared.2": "free", "fit.toy.free.2": "shared"}[fit]
    opened.page.locator(f".chooser a[href='#fit.toy.{other}.2']").click()
    wait_for(opened, f"shown.join() === 'data.toy,fit.toy.{other}.2'")
    current = opened.page.locator(".chooser [aria-current]").get_attribute("href")
    assert current == f"#fit.toy.{other}.2"
    opened.go("methods")
    wait_for(opened, "shown.join() === 'methods'")
    opened.back()
    wait_for(opened, f"shown.join() === 'data.toy,fit.toy.{other}.2'")


def test_without_scripts_everything_is_there(opened: Opened) -> None:
    browser = opened.page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, offline=True)
    plain = context.new_page()
    plain.goto(opened.place)
    assert plain.locator(".page:visible").count() == 5
    assert plain.locator(".fit:visible").count() == 3
    assert plain.locator("button").count() == 0
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_overflows(opened: Opened, width: int, scheme: str) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for place in PLACES:
        opened.go(place)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, place


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(opened: Opened, scheme: str) -> None:
    """The report keeps WCAG 2.2 at level AA, as far as a program can tell."""
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for place in PLACES:
        opened.go(place)
        found = Axe().run(opened.page, options={**WCAG, "resultTypes": ["violations"]})
        assert [(it["id"], it["nodes"][0]["html"][:200]) for it in found.response["violations"]] == [], place


def test_colours_can_be_chosen_and_are_remembered(opened: Opened) -> None:
    page = opened.page
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    button = page.locator(".theme")
    button.click()
    assert page.evaluate(paper) == light
    button.click()
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == dark
    assert "dark" in (page.locator(".theme").get_attribute("aria-label") or "")
    page.locator(".theme").click()
    assert page.evaluate(paper) == light


def test_everything_is_reached_by_the_keyboard(opened: Opened) -> None:
    page = opened.page
    opened.go("data.toy")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, summary, [tabindex="0"]')]
            .filter(n => n.checkVisibility()).length"""
    )
    page.locator(".skip").focus()  # the first element of all
    seen = 1
    hidden = []
    while page.evaluate("document.activeElement !== document.body") and seen < wanted + 5:
        page.keyboard.press("Tab")
        seen += 1
        if not page.evaluate("document.activeElement.checkVisibility()"):
            hidden.append(page.evaluate("document.activeElement.outerHTML"))
    assert hidden == []
    assert seen - 1 == wanted


def test_class_probabilities_are_read_by_pointer_and_keys(opened: Opened) -> None:
    opened.go("fit.toy.free.2.assignments")
    fit = opened.page.locator("[id='fit.toy.free.2']")
    strip, readout = fit.locator(".strip"), fit.locator(".readout")
    rows = json.loads(fit.locator(".explorer script").text_content() or "")
    strip.hover(position={"x": 2, "y": 20})
    assert f"Row {rows['row'][0]}, y = {rows['value'][0]}" in readout.inner_text()
    strip.focus()
    strip.press("End")
    last = strip.get_attribute("aria-valuetext") or ""
    assert last.startswith(f"Row {rows['row'][-1]}, y = {rows['value'][-1]}: component 1 ")
    strip.press("ArrowLeft")
    assert f"Row {rows['row'][-2]}," in readout.inner_text()
    shares = [float(share) for share in re.findall(r"([\d.]+)%", readout.inner_text())]
    assert sum(shares) == pytest.approx(100, abs=0.2)


def test_components_are_hidden_and_shown(opened: Opened) -> None:
    opened.go("fit.toy.free.2")
    fit = opened.page.locator("[id='fit.toy.free.2']")
    curve = fit.locator("svg.figure [style*='--c2)']").first
    row = fit.locator("tr[data-component='2']").first
    button = fit.get_by_role("button", name="Component 2")
    assert row.is_visible()
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert not row.is_visible()
    assert curve.evaluate("node => getComputedStyle(node).visibility") == "hidden"
    button.click()
    assert row.is_visible()


def test_a_table_is_copied_as_csv(opened: Opened) -> None:
    opened.go("data.lakes")
    opened.page.get_by_role("button", name="Copy CSV: Comparison by elpd").click()
    copied = opened.page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0].startswith("model,K,elpd,SE,difference,SE of difference,")
    report = json.loads((Path(opened.place.removeprefix("file://")).with_suffix(".json")).read_text("utf-8"))
    rows = next(own["rows"] for own in report["comparisons"] if own["dataset"] == "lakes")
    assert len(copied) == 1 + len(rows)
    assert float(copied[1].split(",")[2]) == pytest.approx(rows[0]["elpd"], abs=0.051)


def test_the_report_is_printed_with_every_section(tiny_run: Project) -> None:
    result = tiny_run.snakemake("--cores", "1", "pdf")
    assert result.returncode == 0, result.stdout
    printed = (tiny_run.results / "report.pdf").read_bytes()
    (tiny_run.results / "report.pdf").unlink()  # of no other test's run
    for leftover in ("logs/pdf.log", "benchmarks/pdf.tsv"):
        (tiny_run.folder / leftover).unlink()
    titles = [title.decode("latin-1") for title in re.findall(rb"/Title \(((?:[^()\\]|\\.)*)\)", printed)]
    shown = {"run": 1, "dataset": 2, "fit": 3}
    for section in SECTIONS:
        if section.name not in ("sweep", "predictions"):  # which this run does not have
            assert titles.count(section.title) >= shown[section.level], section.title
    assert {"Verdict", "All fits"} <= set(titles)
