"""The truth: a loop over time in plain torch, with torch's own gradients. Any device, and slow."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from picojoule.core.arguments import validate
from picojoule.neurons.surrogate import Surrogate
from picojoule.simulate.scan.job import Job, Loop, Outcome


@dataclass(frozen=True)
class ReferenceLoop(Loop):
    """A time loop in plain torch.

    Args:
        smooth: let the surrogate's smooth step take the place of the spike. The loop is then differentiable as it
            stands, so that its gradient can be checked against finite differences.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> from picojoule.simulate.scan.scan import scan
        >>> scan(LIF(), torch.full((3, 1, 1), 30.0), loop=ReferenceLoop()).output.flatten()
        tensor([1., 1., 1.])
    """

    smooth: bool = False

    def __post_init__(self) -> None:
        validate(self)

    def run(self, job: Job) -> Outcome:
        """Step by step, as `picojoule.neurons.base` describes the loop."""
        neuron = job.neuron
        coefficients = type(neuron.coefficients(1.0))
        state: Any = job.state
        spikes = job.spikes
        kept: list[tuple[Tensor, ...]] = []
        for t, arriving in enumerate(zip(*(port.unbind(0) for port in job.inputs), strict=True)):
            if job.weight is not None and spikes is not None:
                arriving = (arriving[0] + spikes @ job.weight, *arriving[1:])  # noqa: PLW2901
            c = coefficients(*_at_step(job, t))
            excess, integrated = neuron.integrate(neuron.ports(*arriving), state, c)
            given = neuron.surrogate.smooth(excess) if self.smooth else spike(excess, neuron.surrogate)
            fired, carried = neuron.fire(given, integrated, c), given
            if job.mask is not None:
                awake = job.mask[t].reshape(-1, *[1] * (given.dim() - 1))
                carried = given if spikes is None else torch.where(awake, given, spikes)
                given = torch.where(awake, given, torch.zeros_like(given))
                fired = type(state)(*(torch.where(awake, new, old) for new, old in zip(fired, state, strict=True)))
            state, spikes = fired, carried
            values = {**state._asdict(), "spike": given}
            kept.append(tuple(values[name].expand_as(arriving[0]) for name in job.keep))
        return Outcome(
            tuple(torch.stack(values) for values in zip(*kept, strict=True))
            if kept
            else tuple(job.inputs[0].clone() for _ in job.keep),
            state,
            spikes if job.weight is not None else None,
        )


def _at_step(job: Job, t: int) -> list[Tensor]:
    """The coefficients of one step."""
    named = zip(job.coefficient_names, job.coefficients, strict=True)
    return [value[t] if name in job.neuron.per_step else value for name, value in named]


def spike(excess: Tensor, surrogate: Surrogate) -> Tensor:
    """1 where `excess >= 0`, else 0; backward, the surrogate's derivative.

    Args:
        excess: how far above threshold, any shape.
        surrogate: what stands for the derivative.

    Example:
        >>> from picojoule.neurons.surrogate import FastSigmoid
        >>> spike(torch.tensor([-0.1, 0.0]), FastSigmoid())
        tensor([0., 1.])
    """
    stepped: Tensor = _Spike.apply(excess, surrogate)  # type: ignore[no-untyped-call]
    return stepped


class _Spike(torch.autograd.Function):
    """Of plain operations throughout, so that torch derives it as often and in every way that it knows."""

    generate_vmap_rule = True

    @staticmethod
    def forward(excess: Tensor, surrogate: Surrogate) -> Tensor:  # noqa: ARG004  # one signature for both passes
        return (excess >= 0).to(excess.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Surrogate], output: Tensor) -> None:  # noqa: ANN401, ARG004
        excess, ctx.surrogate = inputs
        ctx.save_for_backward(excess)
        ctx.save_for_forward(excess)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (excess,) = ctx.saved_tensors
        return grad * ctx.surrogate.derivative(excess), None

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, _: None) -> Tensor:  # noqa: ANN401
        (excess,) = ctx.saved_tensors
        moved: Tensor = tangent * ctx.surrogate.derivative(excess)
        return moved
