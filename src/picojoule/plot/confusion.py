"""What was taken for what: the confusion matrix."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.plot.arrays import Array, Numbers, as_array, as_names, shape_text
from picojoule.plot.style import FAINT, GRID, dress, entitle, ink_on, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@public
@styled()
def confusion(
    counts: Numbers, *, class_names: Iterable[object] | None = None, title: str = "Confusion matrix"
) -> "Figure":
    """Draw how often each class was taken for each class: colours as shares of the true class, counts as numbers.

    Colours follow the square root of the share, so that errors of one percent can be seen. Zeros stay empty.

    Args:
        counts: `[classes, classes]`, whole numbers: rows are true classes, columns answers; or what
            `picojoule.decode.confusion` gives, `[classes, classes + 1]`, with the undecided in a last column.
        class_names: one per class; by default its number.
        title: above the matrix and the overall accuracy.

    Returns:
        The figure: the matrix and its colour bar.

    Raises:
        ShapeError: if `counts` is not square, is empty, holds anything but counts, or the names do not fit.

    Example:
        >>> figure = confusion([[9, 1], [0, 5]], class_names=["cat", "dog"])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['9', '1', '5']
    """
    array = as_array("counts", counts, ("classes", "classes"))
    n = len(array)
    if array.shape not in ((n, n), (n, n + 1)) or n == 0:
        raise ShapeError(
            f"counts must be [classes, classes] (or one more column, of the undecided) with at least one class, got "
            f"{shape_text(array)}"
        )
    if (array < 0).any() or (array % 1 != 0).any():
        raise ShapeError("counts must be whole numbers >= 0; give counts, the shares are computed here")
    names = as_names("class_names", range(n) if class_names is None else class_names, n)

    side = min(12.0, max(3.2, 0.47 * n))  # inches
    figure = new_figure(side + 1.6, side + 1.1)
    axes = figure.add_subplot()
    _draw(axes, array, names, [*names, "none"][: array.shape[1]], cell=72 * side / n)
    total = array.sum()
    note = f"{100 * np.trace(array) / total:.2f} % of {total:,.0f} correct" if total else "no samples"
    axes.set_title(note, color=FAINT, weight="normal", size=9)
    entitle(figure, title)
    return figure


def _draw(axes: "Axes", counts: Array, names: list[str], answers: list[str], *, cell: float) -> None:
    from matplotlib.colors import PowerNorm

    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)  # a class without samples has no colours
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0.0, 1.0))
    digits = len(f"{counts.max():,.0f}")
    size = max(3.0, min(8.5, 1.3 * cell / digits, 0.6 * cell))  # points, as `cell` is
    for row, column in np.argwhere(counts > 0):
        red, green, blue, _ = image.to_rgba(shares[row, column])
        text = f"{counts[row, column]:,.0f}"
        axes.text(column, row, text, ha="center", va="center", size=size, color=ink_on(red, green, blue))
    dress(axes, grid=None)
    turned = 0.6 * size * max(len(name) for name in answers) > 0.85 * cell
    axes.set_xticks(range(len(answers)), answers, rotation=45 if turned else 0, ha="right" if turned else "center")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0, labelsize=size)
    axes.set_xlabel("answer")
    axes.set_ylabel("true class")
    axes.spines[:].set_visible(False)
    across, down = np.arange(len(answers) + 1) - 0.5, np.arange(len(names) + 1) - 0.5
    axes.hlines(down, across[0], across[-1], color=GRID, linewidth=0.8)
    axes.vlines(across, down[0], down[-1], color=GRID, linewidth=0.8)
    bar = axes.figure.colorbar(image, ax=axes, fraction=0.046, pad=0.02, label="share of the true class (%)")
    bar.outline.set_visible(False)
    bar.set_ticks([0.0, 0.01, 0.05, 0.2, 0.5, 1.0], labels=["0", "1", "5", "20", "50", "100"])
    dress(bar.ax, grid=None)
