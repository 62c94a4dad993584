"""Colours for everybody: told apart by colour-blind people, and strong enough to read (WCAG 2.2, level AA)."""

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest

from dashboards.figures.theme import Colour

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", IEEE
# Transactions on Visualization and Computer Graphics 15 (2009), table of severity 1.0; on linear red, green and blue.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Linear sRGB to XYZ, and the white of D65 (IEC 61966-2-1).
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
MEANINGS = (Colour.LOSS, Colour.GAIN, Colour.SHORTAGE, Colour.FREED, Colour.NEUTRAL)
APART = 15.0
"""Distance in CIE L*a*b* (1976): about 2.3 is just noticeable side by side; this is more than six times as far."""
TEXT, LARGE = 4.5, 3.0


def linear(colour: str) -> np.ndarray:
    """Red, green and blue in light, from 0 to 1."""
    coded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear sRGB."""
    relative = TO_XYZ @ np.clip(light, 0, 1) / TO_XYZ.sum(axis=1)
    root = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2: from 1, the same, to 21, black on white."""
    light, dark = sorted((float(TO_XYZ[1] @ linear(colour)) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def style_sheet(name: str) -> str:
    return files("dashboards").joinpath(f"faces/assets/{name}").read_text("utf-8")


def six_digits(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])


def declared(name: str) -> str:
    """A colour that the style sheet names, such as `--quiet`."""
    found = re.search(rf"--{name}: (#[0-9a-f]+)", style_sheet("page.css"))
    assert found is not None
    return six_digits(found[1])


def grounds() -> set[str]:
    """Every colour that words may stand on: but for the dark ones, which have words of their own."""
    sheets = style_sheet("page.css") + style_sheet("live.css")
    found = {six_digits(colour) for colour in re.findall(r"background: (#[0-9a-f]{3,6})", sheets)}
    return {ground for ground in found | {declared("paper"), declared("space")} if contrast(ground, "#ffffff") < 3}


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_every_meaning_has_a_colour_of_its_own_for_everybody(deficiency: str) -> None:
    seen = {colour: lab(DEFICIENCIES[deficiency] @ linear(colour)) for colour in MEANINGS}
    apart = {
        (one.name, other.name): float(np.linalg.norm(seen[one] - seen[other]))
        for one, other in itertools.combinations(MEANINGS, 2)
    }
    assert {pair: distance for pair, distance in apart.items() if distance < APART} == {}


def test_the_distance_is_known_of_known_colours() -> None:
    assert lab(linear("#ffffff")) == pytest.approx([100, 0, 0], abs=0.02)
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_words_in_figures_and_on_pages_can_be_read() -> None:
    on_paper = [Colour.INK, Colour.NEUTRAL, Colour.BASELINE, *map(declared, ("ink", "quiet", "link"))]
    assert {ink: contrast(ink, Colour.PAPER) for ink in on_paper if contrast(ink, Colour.PAPER) < TEXT} == {}


def test_words_can_be_read_on_every_ground() -> None:
    assert len(grounds()) > 8
    assert [ground for ground in grounds() if contrast(declared("ink"), ground) < TEXT] == []


@pytest.mark.parametrize("colour", [Colour.LOSS, Colour.GAIN, Colour.NEUTRAL])
def test_bars_stand_out_from_the_paper(colour: Colour) -> None:
    assert contrast(colour, Colour.PAPER) >= LARGE


@pytest.mark.parametrize("name", ["loss", "gain", "shortage", "freed", "ink", "paper"])
def test_figures_and_style_sheet_mean_the_same_by_a_colour(name: str) -> None:
    assert declared(name) == Colour[name.upper()].value.lower()
