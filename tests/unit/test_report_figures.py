"""Figures of rows and of counts, their sizes with many observations, and how they get into the page."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from stanmix.families.multivariate import MultiNormal
from stanmix.paths import REPORT
from stanmix.report.charts import strip
from stanmix.report.figures.assignments import assignment_figure
from stanmix.report.figures.data import data_figure
from stanmix.report.figures.pairs import pair_figure
from stanmix.report.figures.rootogram import rootogram_figure
from stanmix.report.figures.rows import discriminants, rows_figures
from stanmix.report.figures.style import report_style, save
from stanmix.report.inline import Inliner
from stanmix.report.palette import COMPONENTS, PAGE_COLOURS

LARGEST_SVG = 300_000
MANY = 200_000
MEANS = {
    "theta": np.array([0.3, 0.3, 0.4]),
    **{f"mu_{d + 1}": np.array([0.0, 4.0, 8.0]) * (d < 2) + d for d in range(6)},
    **{f"sigma_{d + 1}": np.array([1.0, 0.5, 2.0]) for d in range(6)},
    **{f"pcor_{i + 1}_{j + 1}": np.full(3, 0.3) for i in range(6) for j in range(i)},
}


def rows(n: int) -> tuple[np.ndarray, np.ndarray, MultiNormal]:
    family = MultiNormal("VVV", 6)
    rng = np.random.default_rng(1)
    classes = rng.choice(3, size=n, p=MEANS["theta"])
    return family.simulate(rng, classes, MEANS), classes, family


def written(figure: Figure, folder: Path, name: str) -> str:
    save(figure, [folder / f"{name}.svg"])
    return (folder / f"{name}.svg").read_text("utf-8")


def test_figures_of_many_observations_stay_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    y, classes, family = rows(MANY)
    names = [f"column {d}" for d in range(6)]
    p = rng.dirichlet([0.1] * 6, size=MANY)
    counts = rng.poisson(40, MANY).astype(float)
    with report_style():
        figures = dict(rows_figures(y, names, classes, family, MEANS))
        figures["pairs"] = pair_figure(
            y, names, classes, "component", family.means(MEANS), family.covariances(MEANS)
        )
        figures["assignments"] = assignment_figure(y[:, 0], p, "y")
        figures["data"] = data_figure(y[:, 0], "y", None)
        figures["rootogram"] = rootogram_figure(counts, rng.poisson(40, (10, MANY)), "y", 0.95)
        sizes = {name: len(written(figure, tmp_path, name)) for name, figure in figures.items()}
    assert {name: size for name, size in sizes.items() if size >= LARGEST_SVG} == {}


def test_discriminants_are_the_plane_in_which_components_differ() -> None:
    rng = np.random.default_rng(3)
    theta, within = np.array([0.2, 0.3, 0.5]), np.diag([1.0, 4.0, 0.25, 9.0])
    means = np.zeros((3, 4))
    means[:, 0], means[:, 2] = [0, 5, 10], [0, 3, 0]
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    axes = discriminants(theta, means @ turn, np.tile(turn.T @ within @ turn, (3, 1, 1)))
    plane = turn @ axes  # in the coordinates before the turn only the first and third can matter
    assert plane[[1, 3]] == pytest.approx(np.zeros((2, 2)), abs=1e-8)
    spread = axes.T @ turn.T @ within @ turn @ axes
    assert spread == pytest.approx(np.eye(2), abs=1e-8)  # whitened


@pytest.mark.parametrize("components", [1, 2])
def test_few_components_have_a_plane_too(components: int) -> None:
    theta = np.full(components, 1 / components)
    means = np.arange(components)[:, None] * np.array([[1.0, 2.0, 3.0]])
    covariance = np.tile(np.diag([1.0, 2.0, 3.0]), (components, 1, 1))
    axes = discriminants(theta, means, covariance)
    assert np.isfinite(axes).all()
    assert axes.T @ covariance[0] @ axes == pytest.approx(np.eye(2), abs=1e-8)


def test_the_rootogram_marks_the_observed_frequencies() -> None:
    y = np.array([0.0] * 9 + [1.0] * 4 + [3.0])
    y_rep = np.tile(y, (20, 1))
    with report_style():
        axes = rootogram_figure(y, y_rep, "visits", 0.95).axes[0]
    marked = [
        collection.get_offsets() for collection in axes.collections if len(collection.get_offsets()) > 1
    ]
    points = {(round(float(a)) - 1, round(float(b))) for offsets in marked for a, b in offsets}
    assert {(0, 9), (1, 4), (3, 1)} <= points
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "1", "2", "3"]


def test_wide_counts_are_drawn_in_bins() -> None:
    rng = np.random.default_rng(4)
    y = rng.negative_binomial(2, 0.001, size=500).astype(float)
    with report_style():
        axes = rootogram_figure(y, rng.negative_binomial(2, 0.001, size=(20, 500)), "visits", 0.95).axes[0]
    width = int(re.fullmatch(r"visits \(bins of (\d+)\)", axes.get_xlabel())[1])
    assert np.ptp(y) / width < 125


def test_a_figure_becomes_part_of_the_page_in_its_colours(tmp_path: Path) -> None:
    y = np.random.default_rng(5).normal(size=300)
    with report_style():
        text = written(assignment_figure(y, np.tile([[0.7, 0.3]], (300, 1)), "height"), tmp_path, "own")
    inliner = Inliner()
    first, second = (inliner.figure(tmp_path / "own.svg", "What <it> shows") for _ in range(2))
    figure = ET.fromstring(first)
    assert figure.get("aria-label") == "What <it> shows"
    assert "#1f2933" in text
    assert not re.search(r'style="[^"]*#(1f2933|754dc7|ffffff)', first, re.IGNORECASE)
    assert "var(--c1)" in first
    assert "var(--figure-ink)" in first
    identifiers = [set(re.findall(r'\bid="([^"]+)"', part)) for part in (first, second, inliner.glyphs)]
    assert not identifiers[0] & identifiers[1]
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', first))
    assert {name for pair in used for name in pair if name} <= identifiers[0] | identifiers[2]
    assert len(first) < len(text)


def test_the_page_has_every_colour_of_the_figures() -> None:
    css = (REPORT / "report.css").read_text("utf-8")
    for k, colour in enumerate(COMPONENTS, start=1):
        assert f"--c{k}: {colour.lower()};" in css
    for name, colour in PAGE_COLOURS.items():
        assert f"--{name}: {colour.lower()};" in css
        assert f"--{name}: light-dark({colour.lower()}, " in css


def test_the_strip_divides_every_column_by_the_probabilities() -> None:
    probability = [[0.25, 1.0], [0.75, 0.0]]
    drawn = strip({"row": [1, 2], "probability": probability})
    first, second = re.findall(r'<path d="([^"]+)"', drawn)
    # From the bottom (120): the first component a quarter high, then all; the second what is left.
    assert first.startswith("M0 120V90H500V0H1000")
    assert second.startswith("M0 90V0H500V0H1000")
