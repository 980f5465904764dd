"""The mosaic: every weight in its place, with the right colour, and as many neurons as it says."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from picojoule.core.errors import ShapeError
from picojoule.plot.receptive_fields import evenly_spaced, grid_columns, mosaic, receptive_fields
from picojoule.plot.save import save_figure


def drawn(figure: Figure) -> npt.NDArray[np.float64]:
    """The mosaic, NaN where it is empty."""
    array: Any = figure.axes[0].images[0].get_array()
    return np.asarray(array.filled(np.nan))


@given(n=st.integers(1, 30), height=st.integers(1, 7), width=st.integers(1, 7), gap=st.integers(0, 3))
def test_pixel_r_c_of_neuron_k_is_at_its_place_and_all_else_is_empty(n: int, height: int, width: int, gap: int) -> None:
    weights = np.arange(1.0, height * width * n + 1).reshape(height * width, n)
    picture = mosaic(weights, (height, width), gap=gap)
    columns = grid_columns(n, (height, width))
    for k in range(n):
        for r in range(height):
            for c in range(width):
                y = gap + (k // columns) * (height + gap) + r
                x = gap + (k % columns) * (width + gap) + c
                assert picture[y, x] == weights[r * width + c, k]
    assert np.isfinite(picture).sum() == weights.size
    assert picture.shape[1] == gap + columns * (width + gap)


@given(n=st.integers(1, 2000), height=st.integers(1, 50), width=st.integers(1, 50))
def test_no_other_grid_has_as_many_places_in_a_smaller_square(n: int, height: int, width: int) -> None:
    def side(columns: int) -> int:
        return max(columns * width, math.ceil(n / columns) * height)

    columns = grid_columns(n, (height, width))
    assert 1 <= columns <= n
    best = min(side(other) for other in range(1, n + 1))
    assert side(columns) < best + max(width, height)


@given(n=st.integers(1, 3000), most=st.integers(2, 500))
def test_chosen_neurons_are_evenly_spaced_and_include_both_ends(n: int, most: int) -> None:
    chosen = evenly_spaced(n, most)
    steps = np.diff(chosen)
    assert len(chosen) == min(n, most)
    assert chosen[0] == 0
    assert chosen[-1] == n - 1 or n == 1
    assert len(steps) == 0 or (steps.min() >= 1 and steps.max() - steps.min() <= 1)


def test_figure_shows_the_mosaic_enlarged_by_whole_pixels() -> None:
    weights = torch.rand(6, 5, generator=torch.Generator().manual_seed(0))
    picture = drawn(receptive_fields(weights, image_shape=(2, 3)))
    scale = round(960 / 6)  # 2 columns × 3 pixels, 3 rows × 2 pixels
    corner = picture[2 : 2 + 2 * scale, 2 : 2 + 3 * scale]  # frame of 2
    expected = weights[:, 0].double().reshape(2, 3).numpy().repeat(scale, 0).repeat(scale, 1)
    np.testing.assert_array_equal(corner, expected)
    assert np.isnan(picture[:2]).all()
    assert np.isnan(picture[:, 2 + 3 * scale : 4 + 3 * scale]).all()


def test_every_pixel_of_the_file_belongs_to_one_weight(tmp_path: Path) -> None:
    """In the saved file each weight is a block of one colour, so separators are equally wide everywhere."""
    from matplotlib.image import imread

    weights = np.indices((784, 25)).sum(0) % 2  # a chess board
    figure = receptive_fields(weights, image_shape=(28, 28))
    save_figure(figure, tmp_path / "a.png")
    pixels = imread(tmp_path / "a.png")
    box = figure.axes[0].get_window_extent()
    height, width = drawn(figure).shape
    assert (round(box.width), round(box.height)) == (width, height)
    top, left = round(len(pixels) - box.y1), round(box.x0)
    block = pixels[top + 2 : top + 2 + 7, left + 2 : left + 2 + 7, :3]  # 960 / 140 = 7 screen pixels per weight
    assert np.ptp(block.reshape(-1, 3), axis=0).max() == 0
    assert (pixels[top + 2, left + 2 + 7, :3] != block[0, 0]).any()


@pytest.mark.parametrize(("n", "text"), [(1, "1 neuron"), (400, "400 neurons"), (401, "400 of 401 neurons, evenly")])
def test_note_says_how_many_neurons_are_shown(n: int, text: str) -> None:
    figure = receptive_fields(np.arange(4 * n).reshape(4, n) % 7, image_shape=(2, 2))
    assert any(text in note.get_text() for note in figure.texts)
    picture = drawn(figure)
    scale = round(960 / (2 * math.ceil(math.sqrt(min(n, 400)))))
    assert np.isfinite(picture).sum() == min(n, 400) * 4 * scale**2


def test_colours_start_at_zero_and_are_symmetric_where_signs_are_mixed() -> None:
    def limits(weights: list[list[float]]) -> tuple[float | None, float | None]:
        return receptive_fields(weights, image_shape=(1, 2)).axes[0].images[0].get_clim()

    assert limits([[0.2], [0.7]]) == (0.0, 0.7)
    assert limits([[-0.2], [0.7]]) == (-0.7, 0.7)
    assert limits([[-0.2], [-0.7]]) == (-0.7, 0.0)
    assert limits([[0.0], [0.0]]) == (0.0, 1.0)


def test_zero_is_the_lightest_colour_of_every_scale() -> None:
    for weights in ([[0.0], [0.7]], [[0.0], [-0.7]], [[0.0], [0.7], [-0.7], [0.5]]):
        image = receptive_fields(weights, image_shape=(1, len(weights))).axes[0].images[0]
        colours = np.asarray(image.to_rgba(np.array(weights).T))[0, :, :3].sum(axis=1)
        assert colours.argmax() == 0


def test_labels_are_drawn_up_to_100_neurons() -> None:
    weights = np.ones((4, 100))
    labels = torch.arange(100)
    texts = receptive_fields(weights, image_shape=(2, 2), labels=labels).axes[0].texts
    assert [text.get_text() for text in texts] == [str(k) for k in range(100)]
    more = receptive_fields(np.ones((4, 101)), image_shape=(2, 2), labels=["a"] * 101)
    assert not more.axes[0].texts


def test_each_label_stands_in_its_own_neurons_image() -> None:
    axes = receptive_fields(np.ones((4, 6)), image_shape=(2, 2), labels="abcdef").axes[0]
    height, width = axes.images[0].get_size()
    places = [(int(3 * text.xy[0] / width), int(2 * text.xy[1] / height)) for text in axes.texts]  # type: ignore[attr-defined]
    assert places == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]


def test_empty_places_of_the_grid_are_covered() -> None:
    full = receptive_fields(np.ones((4, 4)), image_shape=(2, 2)).axes[0]
    part = receptive_fields(np.ones((4, 3)), image_shape=(2, 2)).axes[0]
    assert not full.patches
    corner = part.patches[0].get_bbox()  # type: ignore[attr-defined]
    picture = drawn(part.figure)  # type: ignore[arg-type]
    covered = picture[round(corner.y0 + 0.5) :, round(corner.x0 + 0.5) :]
    assert covered.size > 0
    assert np.isnan(covered).all()
    assert corner.width > 0.4 * picture.shape[1]


def test_unit_stands_at_the_colour_bar() -> None:
    assert receptive_fields([[1.0]], image_shape=(1, 1), unit="mV").axes[1].get_ylabel() == "weight (mV)"
    assert receptive_fields([[1.0]], image_shape=(1, 1), quantity="delay").axes[1].get_ylabel() == "delay"


@pytest.mark.parametrize("shape", [(5, 5), (4, 7), (0, 24), (-4, -6)])
def test_wrong_image_shape_is_refused_with_the_shapes(shape: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match=rf"weights \[24, 2\] do not fill images of {shape[0]} × {shape[1]} pixels"):
        receptive_fields(np.ones((24, 2)), image_shape=shape)


def test_no_neuron_and_wrong_labels_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"at least one neuron"):
        receptive_fields(np.ones((4, 0)), image_shape=(2, 2))
    with pytest.raises(ShapeError, match="labels must have one entry for each of 3, got 2"):
        receptive_fields(np.ones((4, 3)), image_shape=(2, 2), labels=["a", "b"])


def test_large_images_make_a_file_of_bounded_size(tmp_path: Path) -> None:
    figure = receptive_fields(np.ones((80 * 80, 400)), image_shape=(80, 80))
    save_figure(figure, tmp_path / "a.png")
    assert max(figure.get_size_inches()) < 12
