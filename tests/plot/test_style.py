"""The style: colours that everyone can tell apart, and no trace left in matplotlib's global state."""

import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.colors import to_rgb

from picojoule.plot.style import INK, LINES, PALETTE, dress, entitle, ink_on, new_figure, styled

# Machado, Oliveira & Fernandes (2009), table 1, severity 1.0; linear RGB
PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
Matrix = list[list[float]]


def linear_rgb(colour: str) -> npt.NDArray[np.float64]:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(linear: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", [np.eye(3).tolist(), PROTANOPIA, DEUTERANOPIA], ids=["all", "protan", "deutan"])
@pytest.mark.parametrize("palette", [PALETTE, LINES], ids=["areas", "lines"])
def test_colours_can_be_told_apart_without_red_or_green_cones(palette: tuple[str, ...], seen: Matrix) -> None:
    colours = [lab(np.array(seen) @ linear_rgb(colour)) for colour in palette]
    closest = min(float(np.linalg.norm(a - b)) for a, b in combinations(colours, 2))
    assert closest > 8  # a difference of 2.3 is just noticeable


@pytest.mark.parametrize("colour", [*PALETTE, "#000000", "#ffffff", "#808080"])
def test_text_on_a_colour_has_the_better_contrast(colour: str) -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])

    def contrast(ink: str) -> float:
        low, high = sorted((weights @ linear_rgb(ink), weights @ linear_rgb(colour)))
        return float((high + 0.05) / (low + 0.05))

    chosen = contrast(ink_on(*to_rgb(colour)))
    assert chosen >= max(contrast("#ffffff"), contrast(INK)) - 0.01
    assert chosen >= 3.0  # the least that the guidelines ask of graphics


def test_style_holds_inside_only_and_hides_the_users_settings() -> None:
    with mpl.rc_context({"font.size": 33.0, "axes.grid": True, "text.usetex": True}):
        with styled():
            assert mpl.rcParams["font.size"] == 9
            assert not mpl.rcParams["axes.grid"]
            assert not mpl.rcParams["text.usetex"]
        assert mpl.rcParams["font.size"] == 33.0


def test_style_is_undone_after_an_error() -> None:
    before = mpl.rcParams["font.size"]
    with pytest.raises(KeyError), styled():
        raise KeyError
    assert mpl.rcParams["font.size"] == before


def test_neither_import_nor_plotting_touches_the_global_back_end() -> None:
    program = """
import sys
from picojoule.plot import *
assert "matplotlib" not in sys.modules, "import is not light"
import tempfile, pathlib
figure = confusion([[1, 0], [0, 1]])
save_figure(figure, pathlib.Path(tempfile.mkdtemp()) / "a.png")
import matplotlib
assert "matplotlib.pyplot" not in sys.modules
assert matplotlib.get_backend(auto_select=False) is None
"""
    if tuple(map(int, mpl.__version__.split(".")[:2])) < (3, 10):
        program = program.replace("assert matplotlib.get_backend(auto_select=False) is None", "")
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_dress_sets_the_grid_asked_for() -> None:
    figure = new_figure(3.0, 2.0)
    axes = figure.add_subplot()
    dress(axes, grid="y")
    figure.draw_without_rendering()
    assert axes.yaxis.get_gridlines()[0].get_visible()
    assert not axes.xaxis.get_gridlines()[0].get_visible()


def test_title_stands_at_the_left() -> None:
    figure = new_figure(3.0, 2.0)
    entitle(figure, "a $ sign")
    assert figure.get_suptitle() == "a $ sign"
