"""Training with steps far too large: parameters of every neuron stay in their ranges, and nothing is NaN in silence."""

from typing import Any

import pytest
import torch

from picojoule.core.errors import NumericalError, ParameterError
from picojoule.core.params import units_of
from picojoule.layers.spiking import Spiking
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.contract.benches import MODELS, drive

STEPS = 3  # of the optimiser


def trained(kind: type[Any], name: str, *, dt: float, sign: float) -> tuple[Spiking, str]:
    """A layer one of whose parameters was pushed hard, and the error in which that ended."""
    layer = Spiking(kind(), shape=(4,), trainable=name, dt=dt, loop=ReferenceLoop())
    optimiser = torch.optim.SGD(layer.parameters(), lr=1e3)
    steps = drive(kind(), torch.float32)[:6]
    ports = tuple(torch.stack(port) for port in zip(*steps, strict=True))
    for _ in range(STEPS):
        optimiser.zero_grad()
        try:
            output = layer(ports if len(ports) > 1 else ports[0])
        except (NumericalError, ParameterError) as error:
            return layer, str(error)
        assert torch.isfinite(output).all()
        (sign * output.sum() + sign * getattr(layer.neuron, name).sum()).backward()
        optimiser.step()
    return layer, ""


@pytest.mark.filterwarnings("ignore::picojoule.core.errors.StepWarning")  # of steps that are long on purpose
@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["down", "up"])
@pytest.mark.parametrize("dt", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS.keys())
def test_no_gradient_makes_a_parameter_or_an_output_nan_in_silence(kind: Any, dt: float, sign: float) -> None:
    for name in units_of(kind):
        try:
            layer, error = trained(kind, name, dt=dt, sign=sign)
        except ParameterError:  # rounded to whole steps, or it starts on its bound
            continue
        if not error:  # else it was said
            unit = (units_of(kind) | layer.neuron.ranges(dt))[name]
            assert unit.holds(getattr(layer.neuron, name).detach())
