"""What each neuron has learned to see: its incoming weights as an image, all neurons side by side."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.plot.arrays import Array, Numbers, as_array, as_names, shape_text
from picojoule.plot.style import DPI, FAINT, INK, RULE, dress, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_SHOWN = 400
MOST_LABELLED = 100
_SIDE = 960  # pixels of the drawn mosaic's longer side, about


@public
@styled()
def receptive_fields(
    weights: Numbers,
    *,
    image_shape: tuple[int, int],
    labels: Iterable[object] | str | None = None,
    quantity: str = "weight",
    unit: str = "",
    title: str = "Receptive fields",
) -> "Figure":
    """Draw every neuron's weights as an image, in one mosaic with one colour scale.

    Of more than 400 neurons, 400 evenly spaced ones are shown, the first and the last among them; the title says so.
    Weights of one sign are drawn from white (0) to dark; weights of both signs from red (negative) over white (0) to
    blue (positive).

    Args:
        weights: `[n_input, n_neurons]`; inputs are the image's pixels, row by row.
        image_shape: height and width of the image, in pixels; their product is `n_input`.
        labels: one per neuron, for instance the class it answers to; drawn when at most 100 neurons are
            shown. An empty text draws nothing.
        quantity: what the weights are, for the colour bar.
        unit: of the weights, for the colour bar; empty for a pure number.
        title: the first line above the mosaic.

    Returns:
        The figure: the mosaic and its colour bar.

    Raises:
        ShapeError: if `weights`, `image_shape` and `labels` do not fit together; the message gives the shapes.

    Example:
        >>> figure = receptive_fields(np.eye(6), image_shape=(2, 3), labels=range(6))
        >>> [len(axes.images) for axes in figure.axes]
        [1, 0]

    Source:
        Diehl & Cook (2015), *Unsupervised learning of digit recognition using spike-timing-dependent plasticity*,
        figure 2A, draws a trained layer in this way.
    """
    array = _checked(weights, image_shape)
    n = array.shape[1]
    names = [] if labels is None else as_names("labels", labels, n)
    shown = evenly_spaced(n, MOST_SHOWN)
    count = f"{n:,} neurons" if n > 1 else "1 neuron"
    note = count if len(shown) == n else f"{len(shown):,} of {count}, evenly spaced"

    figure, axes = _draw(array[:, shown], image_shape, label=f"{quantity} ({unit})" if unit else quantity)
    left, inches = axes.get_position().x0, float(figure.get_size_inches()[1])
    figure.text(left, 1 - 0.12 / inches, title, va="top", size=12, weight="bold")
    figure.text(left, 1 - 0.36 / inches, note, va="top", size=9, color=FAINT)
    if names and len(shown) <= MOST_LABELLED:
        _write_labels(axes, [names[k] for k in shown], grid_columns(len(shown), image_shape))
    return figure


def evenly_spaced(n: int, most: int) -> npt.NDArray[np.int64]:
    """Choose at most `most` of `n` indices, evenly spaced, the first and the last among them.

    Args:
        n: how many there are, at least 1.
        most: how many to choose, at least 2.

    Returns:
        Ascending indices, all of them if `n <= most`.

    Example:
        >>> evenly_spaced(9, 5).tolist(), evenly_spaced(3, 5).tolist()
        ([0, 2, 4, 6, 8], [0, 1, 2])
    """
    return np.round(np.linspace(0, n - 1, min(n, most))).astype(np.int64)


def mosaic(weights: Numbers, image_shape: tuple[int, int], *, gap: int = 1) -> Array:
    """Lay images side by side, row by row, on the grid whose outline is nearest to a square.

    Args:
        weights: `[n_input, n_neurons]`; inputs are the image's pixels, row by row.
        image_shape: height and width of the image, in pixels; their product is `n_input`.
        gap: width of the separators and of the outer frame, in pixels.

    Returns:
        `[height, width]` of the mosaic; separators, outer frame and empty places are NaN. Pixel `(r, c)` of neuron `k`
        is at `(gap + (k // columns) * (h + gap) + r, gap + (k % columns) * (w + gap) + c)`.

    Raises:
        ShapeError: if `image_shape` does not hold `n_input` pixels, or there is no neuron.

    Example:
        >>> mosaic([[1, 2], [3, 4]], (2, 1)).tolist()[1]
        [nan, 1.0, nan, 2.0, nan]
    """
    array = _checked(weights, image_shape)
    (height, width), n = image_shape, array.shape[1]
    columns = grid_columns(n, image_shape)
    rows = math.ceil(n / columns)
    picture = np.full((gap + rows * (height + gap), gap + columns * (width + gap)), np.nan)
    for k in range(n):
        top, left = gap + (k // columns) * (height + gap), gap + (k % columns) * (width + gap)
        picture[top : top + height, left : left + width] = array[:, k].reshape(height, width)
    return picture


def grid_columns(n: int, image_shape: tuple[int, int]) -> int:
    """Count the columns of the grid that makes a mosaic of `n` images nearly square.

    Example:
        >>> grid_columns(10, (28, 28)), grid_columns(10, (2, 20))
        (4, 1)
    """
    height, width = image_shape
    return min(n, math.ceil(math.sqrt(n * height / width)))


def _checked(weights: Numbers, image_shape: tuple[int, int]) -> Array:
    array = as_array("weights", weights, ("n_input", "n_neurons"))
    height, width = image_shape
    n_input, n = array.shape
    if height < 1 or width < 1 or height * width != n_input or n < 1:
        raise ShapeError(
            f"weights {shape_text(array)} do not fill images of {height} × {width} pixels: weights must be "
            f"[{height * width}, n_neurons] with at least one neuron; give the image_shape that the input had"
        )
    return array


def _draw(array: Array, image_shape: tuple[int, int], label: str) -> "tuple[Figure, Axes]":
    """Place everything by hand: one pixel of the enlarged mosaic is one of the file, so separators stay even."""
    height, width = image_shape
    n = array.shape[1]
    columns = grid_columns(n, image_shape)
    longest = max(math.ceil(n / columns) * height, columns * width)
    scale = max(1, round(_SIDE / longest))
    pixels = array.reshape(height, width, n).repeat(scale, axis=0).repeat(scale, axis=1)
    gap = 2 * math.ceil(longest / (2 * _SIDE))
    picture = mosaic(pixels.reshape(-1, n), (height * scale, width * scale), gap=gap)

    dots = min(1.0, 1.6 * _SIDE / max(picture.shape))  # of the file, per pixel of the picture
    inches = (picture.shape[1] * dots / DPI, picture.shape[0] * dots / DPI)
    left, below, above, beside = 0.15, 0.15, 0.65, 1.1  # inches around the mosaic
    size = (max(left + inches[0] + beside, 3.6), below + inches[1] + above)
    figure = new_figure(*size, arranged=False)
    axes = figure.add_axes((left / size[0], below / size[1], inches[0] / size[0], inches[1] / size[1]))
    _show(axes, picture, float(array.min()), float(array.max()), smooth=dots < 1)
    if n % columns:
        _blank(axes, (n % columns) * (width * scale + gap) + gap, picture.shape[0] - height * scale - gap)
    at = (left + inches[0] + 0.12) / size[0]
    bar_axes = figure.add_axes((at, below / size[1], 0.12 / size[0], inches[1] / size[1]))
    bar = figure.colorbar(axes.images[0], cax=bar_axes, label=label)
    bar.outline.set_visible(False)
    dress(bar_axes, grid=None)
    return figure, axes


def _show(axes: "Axes", picture: Array, low: float, high: float, *, smooth: bool) -> None:
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    low, high = min(0.0, low), max(0.0, high)
    if low < 0 < high:
        norm, name = Normalize(-max(-low, high), max(-low, high)), "RdBu"
    else:
        norm, name = Normalize(low, high if high > low else low + 1.0), "Blues" if low == 0 else "Reds_r"
    colours = colormaps[name].with_extremes(bad=RULE)
    interpolation = "antialiased" if smooth else "nearest"
    axes.imshow(picture, cmap=colours, norm=norm, aspect="auto", interpolation=interpolation)
    axes.set_axis_off()


def _blank(axes: "Axes", left: int, top: int) -> None:
    """Empty places of the grid are paper, not frame."""
    from matplotlib.patches import Rectangle

    height, width = axes.images[0].get_size()
    axes.add_patch(Rectangle((left - 0.5, top - 0.5), width - left, height - top, color="white", linewidth=0))


def _write_labels(axes: "Axes", labels: list[str], columns: int) -> None:
    from matplotlib.patheffects import withStroke

    rows = math.ceil(len(labels) / columns)
    height, width = axes.images[0].get_size()
    for k, label in enumerate(labels):
        axes.annotate(
            label,
            (width * (k % columns) / columns, height * (k // columns) / rows),
            (2.5, -2.5),
            textcoords="offset points",
            size=8,
            color=INK,
            va="top",
            ha="left",
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
