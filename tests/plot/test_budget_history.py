"""Energy and accuracy over the epochs."""

import numpy as np
import pytest

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.budget_history import budget_history


def test_lines_budget_and_chosen_epoch() -> None:
    above, below = budget_history([9e3, 4e3, 5e3], [0.9, 0.7, 0.8], budget=5e3, chosen=2).axes
    assert np.asarray(above.lines[0].get_xydata()).tolist() == [[1, 9], [2, 4], [3, 5]]
    assert np.asarray(below.lines[0].get_ydata()).tolist() == [90.0, 70.0, 80.0]
    assert np.asarray(above.lines[1].get_xydata()).tolist() == [[3, 5]]
    assert list(np.asarray(above.lines[2].get_ydata())) == [5.0, 5.0]
    assert above.get_ylabel() == "energy per image (nJ)"
    legend = above.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["epoch kept", "budget, 5.00 nJ"]


def test_without_a_budget_there_is_no_line() -> None:
    above, below = budget_history([9e3], [0.9], chosen=0).axes
    assert len(above.lines) == len(below.lines) == 2


def test_refused() -> None:
    with pytest.raises(ShapeError, match="one energy and accuracy for each epoch"):
        budget_history([], [])
    with pytest.raises(ShapeError, match="got 1, 2"):
        budget_history([1.0], [0.5, 0.6])
    with pytest.raises(ParameterError, match="divide percent by 100"):
        budget_history([1.0], [50.0])
    with pytest.raises(ParameterError, match="an energy must be finite"):
        budget_history([-1.0], [0.5])
