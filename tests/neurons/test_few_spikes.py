"""`FewSpikes` against the functions that its coefficients encode. Behaviour shared by all neurons: tests/contract."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.neurons.few_spikes import FewSpikes
from picojoule.simulate.scan.job import Scan
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan

# Coefficients found by Stöckl & Maass, from their published code (fs_weights.py), for functions other than the ReLU
SWISH = FewSpikes(
    reset=(0.7844085, 1.7550646, 1.4212719, 1.9244663, 1.4400164, 1.9249276, 1.6100428, 1.29061, 0.83985287, 3.0827985,
           0.43503317, 0.5155389, 0.3269445, 7.618048, -14.419675, 0.0),
    weight=(0.40088242, 1.8856316, 1.4915457, 1.947229, 1.4717816, 1.9147849, 1.6389303, 1.2934641, 0.8703124,
            0.68460804, 0.44262582, 0.32832766, 0.13907616, -0.26217145, 0.23736191, -0.14830568),
    threshold=(0.05946945, 1.6541206, 1.3066754, 1.3267198, 1.1000695, 1.2308974, 1.1188028, 0.9472501, 0.5447531,
               1.0236325, 0.11921431, -0.12855051, -0.44731247, -2.1383545, 1.0, -4.109145),
)  # fmt: skip
SIGMOID = FewSpikes(
    reset=(1.6558512, 1.0989026, 10.7739, 1.3579437, 1.0146959, 0.8972655, 2.1207616, 1.6949341, 3.6397197, -2.1483946,
           5.1177883, 0.0),
    weight=(0.37689912, 0.21977554, 0.40271342, 0.17005783, 0.09584032, 0.06293014, 0.04360681, -0.0443096, 0.01999909,
            0.07107325, 0.01502249, 0.01021793),
    threshold=(-0.00824843, -0.9319625, 1.0080122, -1.2074932, -1.7885877, -2.7065408, -3.2715735, 0.07132628,
               -3.719372, -0.543918, -3.7693157, -5.5447803),
)  # fmt: skip


def told(neuron: FewSpikes, x: Tensor) -> Scan:
    """A run of as many steps as the neuron has, with inputs `[n]`."""
    steps = len(neuron.threshold)
    given = torch.cat([x.reshape(1, 1, -1), torch.zeros(steps - 1, 1, x.numel(), dtype=x.dtype)])
    return scan(neuron, given, keep=["v", "value"], loop=ReferenceLoop())


def value(result: Scan) -> Tensor:
    return result.state.neuron.value.flatten()  # type: ignore[attr-defined,no-any-return]


@settings(max_examples=30)
@given(steps=st.integers(1, 12), alpha=st.sampled_from([1.0, 25.0, 3.7]))
def test_the_default_is_a_rectified_linear_unit_rounded_down(steps: int, alpha: float) -> None:
    step = alpha / 2**steps
    x = step * (torch.arange(-8, 2**steps + 8, dtype=torch.float64) + 0.37)
    expected = step * torch.arange(-8, 2**steps + 8, dtype=torch.float64).clamp(0, 2**steps - 1)
    result = told(FewSpikes.relu(steps=steps, alpha=alpha), x)
    torch.testing.assert_close(value(result), expected, rtol=1e-14, atol=1e-14)


@given(digits=st.lists(st.booleans(), min_size=10, max_size=10))
def test_spikes_are_the_digits_of_a_binary_number(digits: list[bool]) -> None:
    number = sum(25.0 / 2 ** (t + 1) for t, digit in enumerate(digits) if digit)
    result = told(FewSpikes(), torch.tensor([number], dtype=torch.float64))
    assert result.output.flatten().bool().tolist() == digits
    assert value(result).item() == number  # exactly, which needs >= where the published code has >
    assert result.state.neuron[0].item() == 0.0


def test_what_no_spike_has_told_and_what_was_told_make_up_the_input() -> None:
    x = 30.0 * torch.rand(50, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    result = told(FewSpikes(), x)
    torch.testing.assert_close((result.kept["v"] + result.kept["value"])[:, 0], x.expand(10, 50), rtol=1e-14, atol=0.0)


def swish(x: Tensor) -> Tensor:
    return x * torch.sigmoid(x)


@pytest.mark.parametrize(
    ("neuron", "function", "ends", "figures"),
    [
        (SWISH, swish, (-8.0, 12.0), (3.45e-3, 0.295, 4.17)),
        (SWISH, swish, (-2.0, 2.0), (2.39e-3, 0.154, 2.33)),
        (SIGMOID, torch.sigmoid, (-8.0, 8.0), (1.64e-4, 0.058, 2.92)),
    ],
)
def test_published_coefficients_give_their_functions(
    neuron: FewSpikes, function: Any, ends: tuple[float, float], figures: tuple[float, float, float]
) -> None:
    """The figures come from a loop of the published code's lines written elsewhere, on an even grid."""
    x = torch.linspace(*ends, 20001, dtype=torch.float64)
    result = told(neuron, x)
    off = value(result) - function(x)
    found = (off**2).mean().item(), off.abs().max().item(), result.output.sum().item() / len(x)
    assert found == pytest.approx(figures, rel=0.01)  # mean square error, largest error, spikes per input


def test_every_neuron_may_have_its_own_coefficients() -> None:
    halves = [torch.tensor([alpha / 2 ** (t + 1) for t in range(6)]) for alpha in (4.0, 32.0)]
    tables = torch.stack(halves, dim=1)
    x = torch.tensor([3.3, 20.7])
    both = told(FewSpikes(threshold=tables, reset=tables, weight=tables), x)
    alone = [told(FewSpikes.relu(steps=6, alpha=alpha), x[i : i + 1]) for i, alpha in enumerate((4.0, 32.0))]
    assert value(both).tolist() == [value(one).item() for one in alone] == [3.25, 20.5]


@pytest.mark.parametrize("kind", [list, torch.tensor, lambda numbers: np.array(numbers, dtype=np.float32)])
def test_coefficients_may_be_lists_and_arrays(kind: Any) -> None:
    halves = FewSpikes.relu(steps=6, alpha=4.0).weight
    several = FewSpikes(*(kind(halves) for _ in range(3)))
    assert value(told(several, torch.tensor([3.3]))).item() == 3.25


def test_a_sequence_longer_than_the_coefficients_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"FewSpikes\.threshold has values for 3 steps, but step 4 is asked for"):
        scan(FewSpikes.relu(steps=3), torch.zeros(4, 1, 1), loop=ReferenceLoop())


def test_a_run_can_be_cut_in_two_and_goes_on_with_the_right_coefficients() -> None:
    x = torch.zeros(10, 1, 5)
    x[0] = torch.tensor([0.3, 1.0, 7.7, 12.5, 24.9])
    whole = scan(FewSpikes(), x, loop=ReferenceLoop())
    first = scan(FewSpikes(), x[:4], loop=ReferenceLoop())
    second = scan(FewSpikes(), x[4:], state=first.state, loop=ReferenceLoop())
    assert torch.equal(torch.cat([first.output, second.output]), whole.output)


def test_the_gradient_goes_through_spikes_to_input_and_coefficients() -> None:
    """One step: value = d z, so that d value / d x = d surrogate(x - T), and 1 - |x - T| is the triangle."""
    x, t, h, d = (torch.tensor([v], dtype=torch.float64, requires_grad=True) for v in (1.25, 1.0, 0.8, 3.0))
    result = told(FewSpikes(t, h, d), x)
    by_x, by_t, by_h, by_d = torch.autograd.grad(value(result).sum(), (x, t, h, d), allow_unused=True)
    assert (by_x.item(), by_t.item(), by_d.item()) == (2.25, -2.25, 1.0)
    assert by_h is None or by_h.item() == 0.0  # no step follows that the reset could reach


def test_gradients_of_all_coefficients_are_finite() -> None:
    tables = [torch.tensor(table, dtype=torch.float64, requires_grad=True) for table in (SWISH.threshold, SWISH.reset)]
    result = told(FewSpikes(tables[0], tables[1], SWISH.weight), torch.linspace(-3.0, 5.0, 101, dtype=torch.float64))
    for gradient in torch.autograd.grad((value(result) ** 2).mean(), tables):
        assert torch.isfinite(gradient).all()
        assert (gradient != 0).sum() > 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FewSpikes(weight=(1.0, 2.0)), r"FewSpikes has 10 thresholds, 10 resets and 2 weights; give as many"),
        (lambda: FewSpikes((), (), ()), r"FewSpikes has 0 thresholds, 0 resets and 0 weights; .* at least 1"),
        (
            lambda: FewSpikes((1.0, math.nan), (1.0, 0.5), (1.0, 0.5)),
            r"FewSpikes\.threshold must be a finite number in thresholds, got nan",
        ),
        (lambda: FewSpikes(1.0, 1.0, 1.0), r"FewSpikes has 0 thresholds, 0 resets and 0 weights; .* at least 1"),  # type: ignore[arg-type]
        (lambda: FewSpikes([[1.0], [1.0, 2.0]], (1.0, 0.5), (1.0, 0.5)), r"FewSpikes\.threshold must be a number"),  # type: ignore[arg-type]
        (lambda: FewSpikes.relu(steps=0), r"steps must be >= 1 steps, got 0"),
        (lambda: FewSpikes.relu(alpha=-1.0), r"alpha must be > 0 thresholds, got -1"),
    ],
)
def test_parameters_out_of_range_are_refused_with_name_and_the_way_out(make: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()
