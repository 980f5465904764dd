"""How arrays lie in memory: what is joined, what is copied, and how gradients of coefficients are summed."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from picojoule.compile.loop_form import EACH, ONE, STEP, STEP_EACH
from picojoule.neurons.few_spikes import FewSpikes
from picojoule.simulate.scan.job import Job
from picojoule.simulate.scan.layout import Layout, form_of, kinds_of, layout_of
from tests.held import ALIF, LIF

STEPS, BATCH = 4, 3
APART = Layout(STEPS, BATCH, (2, 5), joined=False)
JOINED = Layout(STEPS, BATCH, (2, 5), joined=True)


def job(neuron: Any = None, neurons: tuple[int, ...] = (5,), **changed: Any) -> Job:
    neuron = neuron or LIF()
    x, c = torch.zeros(STEPS, BATCH, *neurons), neuron.coefficients(1.0)
    values = tuple(
        value[:STEPS].float() if name in neuron.per_step else value.float()
        for name, value in zip(c._fields, c, strict=True)
    )
    return replace(Job(neuron, (x,), neuron.initial(x[0]), c._fields, values, ("spike",)), **changed)


def each(neurons: tuple[int, ...] = (5,)) -> tuple[Tensor, ...]:
    return tuple(torch.ones(neurons) if k == 1 else torch.ones(()) for k in range(len(LIF().coefficients(1.0))))


def test_small_layers_become_one_long_row() -> None:
    layout = layout_of(job(neurons=(2, 5)))
    assert (layout.rows, layout.n, layout.joined) == (1, 30, True)


@pytest.mark.parametrize(
    ("neurons", "coefficients", "joined"),
    [
        ((1023,), each((1023,)), True),  # coefficients are repeated for each sample
        ((1024,), each((1024,)), False),  # rows are long enough as they are
        ((4096,), None, True),
    ],
)
def test_coefficients_of_wide_layers_are_not_repeated(neurons: Any, coefficients: Any, joined: bool) -> None:
    asked = job(neurons=neurons, **({"coefficients": coefficients} if coefficients else {}))
    assert layout_of(asked).joined == joined


def test_samples_are_told_apart_where_they_differ() -> None:
    assert not layout_of(job(mask=torch.ones(STEPS, BATCH, dtype=torch.bool))).joined
    assert not layout_of(job(weight=torch.zeros(5, 5), spikes=torch.zeros(BATCH, 5))).joined
    few = FewSpikes()
    assert layout_of(job(few)).joined
    spread = tuple(torch.ones(STEPS, 5) for _ in range(3))
    assert not layout_of(job(few, coefficients=spread)).joined


def test_kinds_of_coefficients() -> None:
    assert kinds_of(job(coefficients=each())) == (ONE, EACH, ONE, ONE, ONE)
    few = job(FewSpikes(), coefficients=(torch.ones(STEPS), torch.ones(STEPS, 5), torch.ones(STEPS)))
    assert kinds_of(few) == (STEP, STEP_EACH, STEP)


def test_sequences_are_views_where_they_can_be() -> None:
    x = torch.rand(STEPS, BATCH, 2, 5)
    assert APART.sequence(x).data_ptr() == x.data_ptr()
    assert APART.sequence(x).shape == (STEPS, BATCH, 10)
    assert JOINED.sequence(x).shape == (STEPS, 1, 30)
    crooked = x.transpose(0, 1).contiguous().transpose(0, 1)
    assert torch.equal(APART.sequence(crooked), APART.sequence(x))


def test_what_does_not_change_is_one_step() -> None:
    frame = torch.rand(BATCH, 2, 5)
    assert APART.sequence(frame.expand(STEPS, BATCH, 2, 5)).shape == (1, BATCH, 10)
    one = Layout(1, BATCH, (2, 5), joined=False)
    assert one.sequence(frame.expand(1, BATCH, 2, 5)).shape == (1, BATCH, 10)
    wide = torch.rand(STEPS, 1, 2, 5).expand(STEPS, BATCH, 2, 5)  # samples alike, steps not
    assert torch.equal(APART.sequence(wide)[:, 0], wide[:, 0].flatten(1))


def test_a_frame_is_always_a_copy() -> None:
    """The loop writes into it."""
    state = torch.rand(BATCH, 2, 5)
    assert APART.frame(state).data_ptr() != state.data_ptr()
    spread = torch.rand(2, 5).expand(BATCH, 2, 5)
    assert torch.equal(APART.frame(spread)[1], spread[0].flatten())
    APART.frame(spread)[0] = 7.0
    assert not (spread == 7.0).any()


@pytest.mark.parametrize("layout", [APART, JOINED], ids=["apart", "joined"])
def test_gradients_are_summed_to_the_shape_of_the_coefficient(layout: Layout) -> None:
    gradient = torch.rand(BATCH, 2, 5, dtype=torch.float64)
    laid = gradient.view(layout.rows, layout.n)
    torch.testing.assert_close(layout.coefficient_gradient(laid, ONE), gradient.sum())
    torch.testing.assert_close(layout.coefficient_gradient(laid, EACH), gradient.sum(0))
    timed = torch.rand(STEPS, BATCH, 2, 5, dtype=torch.float64)
    laid = timed.view(STEPS, layout.rows, layout.n)
    torch.testing.assert_close(layout.coefficient_gradient(laid, STEP), timed.sum((1, 2, 3)))
    torch.testing.assert_close(layout.coefficient_gradient(laid, STEP_EACH), timed.sum(1))


def test_coefficients_are_laid_out_as_their_kind_demands() -> None:
    value = torch.rand(2, 5)
    assert APART.coefficient(torch.tensor(3.0), ONE).tolist() == [3.0]
    assert torch.equal(APART.coefficient(value, EACH), value.flatten())
    assert torch.equal(JOINED.coefficient(value, EACH), value.flatten().repeat(BATCH))
    timed = torch.rand(STEPS, 2, 5)
    assert torch.equal(APART.coefficient(timed, STEP_EACH), timed.flatten(1))
    assert torch.equal(APART.coefficient(timed[:, 0, 0], STEP), timed[:, 0, 0])


def test_coefficients_of_no_step_at_all() -> None:
    nothing = Layout(0, BATCH, (2, 5), joined=False)
    assert nothing.coefficient(torch.zeros(0, 2, 5), STEP_EACH).shape == (0, 10)


def test_a_form_wants_the_gradients_that_somebody_wants() -> None:
    asked = job(weight=torch.zeros(5, 5, requires_grad=True), spikes=torch.zeros(BATCH, 5))
    asked.inputs[0].requires_grad_()
    form = form_of(asked, backward=True)
    assert form.wanted == ("x_current", "weight")
    assert form.recurrent
    assert not form.masked
    assert form_of(asked, backward=False).wanted == ()


def test_fields_that_begin_with_ones_and_zeros_may_hold_spikes() -> None:
    state = ALIF().initial(torch.zeros(BATCH, 5))
    assert form_of(job(ALIF(), state=state), backward=True).binary == ("v", "fired")  # b begins at b0
    half = state._replace(fired=torch.full((BATCH, 5), 0.5), v=torch.ones(BATCH, 5))
    assert form_of(job(ALIF(), state=half), backward=True).binary == ("v",)
    assert form_of(job(ALIF(), state=state), backward=False).binary == ()
