"""The recurrent kernels, called as the loop calls them: who reaches whom, when, and which samples are done."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from picojoule.compile.loop_form import ONE, LoopForm, LoopPlan
from picojoule.compile.numba_recurrent import recurrent_source
from picojoule.compile.step import step_of
from tests.held import ALIF, IF
from tests.parity.scan.interpreted import module_of

Array = Any
GROUP = 2  # samples


def kernels(neuron: Any, *, wanted: tuple[str, ...] = (), masked: bool = False) -> ModuleType:
    step = step_of(neuron)
    kinds = (ONE,) * len(step.coefficients)
    form = LoopForm("float64", True, masked, kinds, ("spike",), wanted, bool(wanted))
    return module_of(recurrent_source(LoopPlan(step, form), type(neuron).__name__))


class Chain:
    """Integrate-and-fire neurons, each of which fires the next one a step later; three samples in groups of two."""

    def __init__(self, steps: int, n: int = 4, rows: int = 3) -> None:
        self.steps, self.n = steps, n
        self.weight = np.diag(np.ones(n - 1), 1)  # from row to column
        self.x, self.v, self.z = np.zeros((steps, rows, n)), np.zeros((rows, n)), np.zeros((rows, n))
        self.out, self.mask = np.full((steps, rows, n), 7.0), np.ones((steps, rows), dtype=bool)
        self.numbers = [np.array([value]) for value in (1.0, 1.0, 0.0)]  # dt, threshold, reset

    def forward(self, module: ModuleType, begin: int = 0, end: int = 2, *, masked: bool = False) -> None:
        space = np.zeros((2, self.n)), np.zeros((2, self.n + 1), dtype=np.int32)
        mask = [self.mask] if masked else []
        given = (self.x, *self.numbers, *mask, self.v, self.out)
        module.forward(begin, end, GROUP, self.steps, self.weight.ravel(), self.z, *space, *given)


def test_a_spike_reaches_the_next_neuron_one_step_later() -> None:
    chain = Chain(steps=5)
    chain.x[0, :, 0] = 1.0
    chain.forward(kernels(IF()))
    for sample in range(3):
        assert np.argwhere(chain.out[:, sample]).tolist() == [[0, 0], [1, 1], [2, 2], [3, 3]]
    assert not chain.z.any()


def test_spikes_before_the_first_step_arrive_in_it_and_the_last_ones_are_handed_on() -> None:
    chain = Chain(steps=2)
    chain.z[1, 0] = chain.z[2, 1] = 1.0
    chain.forward(kernels(IF()))
    assert np.argwhere(chain.out[:, 1]).tolist() == [[0, 1], [1, 2]]
    assert np.argwhere(chain.z).tolist() == [[1, 2], [2, 3]]


def test_a_kernel_does_the_groups_that_it_is_given_and_no_other() -> None:
    chain = Chain(steps=2)
    chain.x[0] = 1.0
    chain.forward(kernels(IF()), 1, 2)
    assert (chain.out[:, :2] == 7.0).all()
    assert (chain.out[0, 2] == 1.0).all()
    assert not chain.v[:2].any()


def test_a_sample_that_sleeps_hears_and_says_nothing_and_goes_on_with_the_spikes_that_were_under_way() -> None:
    chain = Chain(steps=4)
    chain.x[0, :, 0] = 1.0
    chain.mask[1, 1] = False
    chain.forward(kernels(IF(), masked=True), masked=True)
    assert np.argwhere(chain.out[:, 0]).tolist() == [[0, 0], [1, 1], [2, 2], [3, 3]]
    assert np.argwhere(chain.out[:, 1]).tolist() == [[0, 0], [2, 1], [3, 2]]
    assert np.argwhere(chain.z).tolist() == [[0, 3], [1, 2], [2, 3]]


def test_gradients_go_back_along_the_rows() -> None:
    """A gradient at neuron 3 in the last step comes from neuron 2 one step before, times what its surrogate passes."""
    module = kernels(IF(), wanted=("x_current",))
    (stored,) = module.FACTS["saved"]
    chain, passed = Chain(steps=3), 0.5  # of a surrogate of slope 1, exactly at threshold
    chain.x[0, :, 1] = 1.0
    excess = np.zeros((3, 3, 4))
    space = np.zeros((2, 4)), np.zeros((2, 5), dtype=np.int32)
    module.forward(
        0, 2, GROUP, 3, chain.weight.ravel(), chain.z, *space, chain.x, *chain.numbers, chain.v, chain.out, excess
    )
    assert stored.startswith("i_")
    assert excess[0, 0, 1] == excess[1, 0, 2] == excess[2, 0, 3] == 0.0
    g, dx, dv, dz = np.zeros((3, 3, 4)), np.full((3, 3, 4), 7.0), np.zeros((3, 4)), np.zeros((3, 4))
    g[2, 0, 3] = 1.0
    transposed = np.ascontiguousarray(chain.weight.T).ravel()
    module.backward(0, 2, GROUP, 3, transposed, dz, *chain.numbers, np.array([1.0]), excess, g, dx, dv)
    assert dx[2, 0, 3] == pytest.approx(passed)
    assert dx[1, 0, 2] == pytest.approx(passed**2)
    assert dx[0, 0, 1] == pytest.approx(passed**3)
    assert dz[0, 0] == pytest.approx(passed**3)  # and at the spike before the first step that would have caused them
    assert not dx[:, 1:].any()


def test_spikes_are_stored_as_bytes_where_the_matrix_learns() -> None:
    module = kernels(ALIF(), wanted=("x_current", "weight"))
    assert "spike" in module.FACTS["saved"]
    assert "spike" in module.FACTS["bytes"]
    assert "spike" not in kernels(ALIF(), wanted=("x_current",)).FACTS["saved"]
