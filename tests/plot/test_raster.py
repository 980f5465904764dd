"""The raster: each spike at its time and neuron."""

import numpy as np
import pytest
import torch

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.raster import raster


def test_spikes_stand_at_their_time_in_ms_and_their_neuron() -> None:
    t, i = torch.tensor([0, 2, 2, 9]), torch.tensor([1, 0, 2, 1])
    figure = raster({"Ae": (t, i, 3), "Ai": (np.array([4]), np.array([0]), 1)}, dt=0.5)
    assert figure.axes[0].lines[0].get_xydata().tolist() == [[0, 1], [1, 0], [1, 2], [4.5, 1]]  # type: ignore[union-attr]
    assert figure.axes[1].lines[0].get_xydata().tolist() == [[2, 0]]  # type: ignore[union-attr]


def test_panels_share_one_axis_that_ends_after_the_last_spike_or_at_the_duration() -> None:
    events = {"a": ([0, 8], [0, 0], 1), "b": ([3], [4], 5)}
    free, fixed = raster(events, dt=0.5), raster(events, dt=0.5, duration=20.0)
    assert [axes.get_xlim() for axes in free.axes] == [(0.0, 4.5)] * 2
    assert [axes.get_xlim() for axes in fixed.axes] == [(0.0, 20.0)] * 2


def test_every_neuron_lies_inside_its_panel() -> None:
    for n in (1, 2, 100, 6400):
        low, high = raster({"a": ([0, 1], [0, n - 1], n)}).axes[0].get_ylim()
        assert low < 0
        assert high > n - 1


def test_spikes_are_counted_and_rates_are_per_neuron() -> None:
    figure = raster({"a": ([0, 10, 20], [0, 1, 0], 2), "b": ([], [], 4)}, duration=50.0)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["a", "b"]
    assert [axes.get_title(loc="right") for axes in figure.axes] == ["3 spikes · 30 Hz", "0 spikes · 0 Hz"]
    assert raster({"a": ([1], [0], 1)}).axes[0].get_title(loc="right") == "1 spike"  # no duration, no rate


def test_dollar_signs_are_text() -> None:
    figure = raster({"$E$": ([1], [0], 1)}, title="cost in $")
    figure.draw_without_rendering()
    assert not figure.axes[0].title.get_parse_math()


def test_silence_of_all_can_be_drawn() -> None:
    figure = raster({"a": ([], [], 3)}, dt=0.25)
    figure.draw_without_rendering()
    assert figure.axes[0].get_xlim() == (0.0, 0.25)


def test_different_lengths_are_refused_with_the_shapes() -> None:
    with pytest.raises(ShapeError, match=r"'Ae' has t of shape \[2\] and i of shape \[1\]"):
        raster({"Ae": ([0, 1], [0], 1)})


@pytest.mark.parametrize(("i", "n"), [([3], 3), ([-1], 3), ([0.5], 3), ([], 0)])
def test_neurons_outside_the_population_are_refused(i: list[float], n: int) -> None:
    with pytest.raises(ShapeError, match=rf"neurons of 'Ae' must be whole numbers in \[0, n\) with n={n}"):
        raster({"Ae": ([0] * len(i), i, n)})


def test_spikes_outside_the_run_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"spikes of 'a' must lie in \[0, 50\] ms, got 10 to 60 ms"):
        raster({"a": ([20, 120], [0, 0], 1)}, dt=0.5, duration=50.0)
    with pytest.raises(ParameterError, match=r"spikes of 'a' must lie in \[0, ∞\] ms, got -1 to 2 ms"):
        raster({"a": ([-1, 2], [0, 0], 1)})


def test_times_that_are_no_times_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"dt must be > 0 ms and finite, got 0 ms"):
        raster({"a": ([], [], 1)}, dt=0.0)
    with pytest.raises(ParameterError, match=r"duration must be a finite number or None, got nan"):
        raster({"a": ([], [], 1)}, duration=float("nan"))
    with pytest.raises(ShapeError, match=r"populations is empty"):
        raster({})
