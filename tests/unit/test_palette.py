"""Colours of components: contrast with the paper, and differences with and without colour blindness.

Contrast is that of WCAG 2.2, success criterion 1.4.11: (L1 + 0.05) / (L2 + 0.05) of relative luminances, 3 or
more for graphics. Colour blindness is simulated by the matrices of Machado, Oliveira and Fernandes (2009), *A
physiologically-based model for simulation of color vision deficiency*, IEEE Transactions on Visualization and
Computer Graphics 15, for severity 1.0, in linear RGB. Differences are CIEDE2000, computed as in Sharma, Wu
and Dalal (2005), *The CIEDE2000 color-difference formula: implementation notes, supplementary test data, and
mathematical observations*, Color Research and Application 30, in CIE Lab for the white of sRGB (IEC
61966-2-1).
"""

import re
from itertools import combinations

import numpy as np
import pytest

from stanmix.families import FAMILIES
from stanmix.paths import REPORT
from stanmix.report.figures.data import data_figure
from stanmix.report.figures.style import report_style
from stanmix.report.palette import COMPONENTS, PAPER, component_colour

LEAST_CONTRAST = 3.0
LEAST_DIFFERENCE = 13.0
"""Between any two of the seven; about 1 is the smallest that is seen when colours lie side by side."""
LEAST_DIFFERENCE_OF_THREE = 24.0
SIGHT = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: str) -> np.ndarray:
    """Linear RGB of a colour such as #754DC7."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    dark, light = sorted(float(XYZ[1] @ linear(colour)) for colour in (a, b))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, sight: np.ndarray) -> np.ndarray:
    t = XYZ @ np.clip(sight @ linear(colour), 0, 1) / XYZ.sum(axis=1)
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(p: np.ndarray, q: np.ndarray) -> float:
    """CIEDE2000 of two colours in Lab, both of some chroma; names as in the paper."""
    c_mean = (np.hypot(*p[1:]) + np.hypot(*q[1:])) / 2
    g = 0.5 * (1 - np.sqrt(c_mean**7 / (c_mean**7 + 25.0**7)))
    (l1, a1, b1), (l2, a2, b2) = p, q
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = np.arctan2(b1, (1 + g) * a1), np.arctan2(b2, (1 + g) * a2)
    turn = (h2 - h1 + np.pi) % (2 * np.pi) - np.pi
    light, chroma, hue = (l1 + l2) / 2, (c1 + c2) / 2, h1 + turn / 2
    t = (
        1
        - 0.17 * np.cos(hue - np.radians(30))
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.radians(6))
        - 0.20 * np.cos(4 * hue - np.radians(63))
    )
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = np.radians(60) * np.exp(-(((np.degrees(hue) % 360 - 275) / 25) ** 2))
    r_t = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(rotation)
    parts = (l2 - l1) / s_l, (c2 - c1) / s_c, 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / s_h
    return float(np.sqrt(np.dot(parts, parts) + r_t * parts[1] * parts[2]))


@pytest.mark.parametrize(
    ("p", "q", "published"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ],
)
def test_the_formula_gives_the_differences_of_its_paper(p, q, published):
    assert difference(np.array(p, float), np.array(q, float)) == pytest.approx(published, abs=5e-5)


def papers() -> list[str]:
    """The paper of figures, light and dark, as the style sheet has it."""
    css = (REPORT / "report.css").read_text("utf-8")
    return re.findall(r"--figure-paper: light-dark\((#\w+), (#\w+)\)", css)[0]


def test_every_component_stands_out_from_the_paper_in_the_light_and_in_the_dark():
    assert papers()[0] == PAPER
    found = {
        (colour, paper): contrast(colour, paper) for colour in COMPONENTS for paper in (PAPER, papers()[1])
    }
    assert {pair: value for pair, value in found.items() if value < LEAST_CONTRAST} == {}


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    ("first", "least"), [(3, LEAST_DIFFERENCE_OF_THREE), (len(COMPONENTS), LEAST_DIFFERENCE)]
)
def test_components_can_be_told_apart(sight, first, least):
    seen = {colour: lab(colour, SIGHT[sight]) for colour in COMPONENTS[:first]}
    found = {(a, b): difference(seen[a], seen[b]) for a, b in combinations(seen, 2)}
    assert {pair: value for pair, value in found.items() if value < least} == {}


@pytest.mark.parametrize("family", ["normal", "poisson"])
def test_curves_over_bars_lie_on_paper_of_their_own(family):
    parameters = {"mu": [5.0, 20.0], "sigma": 2.0} if family == "normal" else {"lambda": [5.0, 20.0]}
    rng = np.random.default_rng(1)
    values = {name: np.broadcast_to(np.asarray(value), 2) for name, value in parameters.items()}
    y = FAMILIES[family].simulate(rng, rng.choice(2, 200), values)
    truth = {"family": family, "components": 2, "theta": [0.5, 0.5], "parameters": values}
    with report_style():
        lines = data_figure(y, "y", truth).axes[0].get_lines()
    curves = [line for line in lines if line.get_label().startswith("true component")]
    assert [line.get_color() for line in curves] == [component_colour(k) for k in range(2)]
    for line in curves:
        (halo,) = line.get_path_effects()
        assert halo._gc["foreground"] == PAPER
        assert halo._gc["linewidth"] > line.get_linewidth()
