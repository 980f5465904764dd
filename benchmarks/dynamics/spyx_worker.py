"""Spyx: neurons under `jax.lax.scan`, the training step compiled as a whole, with Optax's Adam.

Its adaptive neuron has no recurrent form; `Recurrent` feeds its spikes back, as its own recurrent neurons do.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
import spyx.axn
import spyx.nn as snn
from flax import nnx
from serve import Record, Task, Work, serve

Spikes = list[jax.Array]
SPIKE = spyx.axn.custom(lambda x: 1.0 / (1.0 + jnp.square(math.pi * x)))  # the arc tangent with slope 2


def decay(task: Task, name: str = "tau") -> float:
    """What is left after a step."""
    return math.exp(-1.0 / task[name])


def weight(task: Task, name: str) -> jax.Array:
    """A weight of the task."""
    return jnp.asarray(task.arrays[name])


class Recurrent(nnx.Module):
    """The library's adaptive neuron, with its spikes fed back one step later."""

    def __init__(self, task: Task, back: jax.Array) -> None:
        self.size = int(task["hidden"])
        self.cell = snn.ALIF(
            (self.size,),
            beta=decay(task),
            gamma=decay(task, "tau_adapt"),
            threshold=task["threshold"],
            activation=SPIKE,
            rngs=nnx.Rngs(0),
        )
        self.back = nnx.Param(back)

    def __call__(self, x: jax.Array, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, Any]:
        """One time step."""
        spikes, inner = self.cell(x + state[1] @ self.back[...], state[0])
        return spikes, (inner, spikes)

    def initial_state(self, batch: int) -> tuple[jax.Array, jax.Array]:
        """At rest."""
        return self.cell.initial_state(batch), jnp.zeros((batch, self.size))


def lif(task: Task, shape: tuple[int, ...]) -> snn.LIF:
    """The library's LIF neuron with its usual reset by subtraction."""
    return snn.LIF(shape, beta=decay(task), activation=SPIKE, rngs=nnx.Rngs(0))


def linear(task: Task, name: str) -> nnx.Linear:
    """A weight of the task as Flax's layer without bias."""
    layer = nnx.Linear(*task.arrays[name].shape, use_bias=False, rngs=nnx.Rngs(0))
    layer.kernel = nnx.Param(weight(task, name))
    return layer


def training(task: Task, layers: list[tuple[Any, ...]], neuron: str, *, count: bool) -> Work:
    """One compiled step: forward, cross entropy, backward and Adam.

    Args:
        task: where input and labels come from.
        layers: pairs of what is done to the whole sequence at once, or nothing, and a neuron that is scanned over it.
        neuron: what the table says about the model.
        count: whether the output's spikes are added up, instead of the mean of its potential.
    """
    x, labels = jnp.asarray(task.arrays["x"], jnp.float32), jnp.asarray(task.arrays["labels"])
    graph, parameters = nnx.split(nnx.List([nnx.List(pair) for pair in layers]))
    fixed = {"beta", "gamma"}  # time constants are not trained elsewhere either
    optimizer = optax.adam(1e-7)

    def network(parameters: Any, x: jax.Array) -> tuple[jax.Array, Spikes]:  # noqa: ANN401
        watched = []
        for before, cells in nnx.merge(graph, parameters):
            x, _ = snn.run(cells, before(x))
            watched.append(x)
        return x.sum(0) if count else x.mean(0), watched

    def loss(parameters: Any, x: jax.Array) -> tuple[jax.Array, Spikes]:  # noqa: ANN401
        logits, watched = network(parameters, x)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean(), watched

    def frozen(path: tuple[Any, ...], value: jax.Array) -> jax.Array:
        return jnp.zeros_like(value) if any(getattr(key, "key", None) in fixed for key in path) else value

    @jax.jit
    def update(parameters: Any, state: Any, x: jax.Array) -> tuple[Any, Any, jax.Array]:  # noqa: ANN401
        (value, _), gradient = jax.value_and_grad(loss, has_aux=True)(parameters, x)
        changes, state = optimizer.update(jax.tree_util.tree_map_with_path(frozen, gradient), state)
        return optax.apply_updates(parameters, changes), state, value

    now = [parameters, optimizer.init(parameters)]

    def step() -> float:
        now[0], now[1], value = update(now[0], now[1], x)
        return float(jax.block_until_ready((now[0], value))[1])

    def watch() -> Record:
        (value, watched), gradient = jax.value_and_grad(loss, has_aux=True)(now[0], x)
        gradient = jax.tree_util.tree_map_with_path(frozen, gradient)
        rates = [float(spikes.mean()) for spikes in (watched if count else watched[:-1])]
        return {"rates": rates, "gradient_norm": float(optax.global_norm(gradient)), "loss": float(value)}

    return Work(neuron, {"training step": step}, watch)


def recurrent(task: Task) -> Work:
    """Two recurrent layers with adaptive thresholds and a leaky readout."""
    readout = snn.LI((int(task["classes"]),), beta=decay(task), rngs=nnx.Rngs(0))
    cells = Recurrent(task, weight(task, "r0")), Recurrent(task, weight(task, "r1")), readout
    layers = list(zip((linear(task, name) for name in ("w0", "w1", "w2")), cells, strict=True))
    return training(task, layers, "recurrent ALIF", count=False)


def fully_connected(task: Task) -> Work:
    """Two layers of LIF neurons."""
    sizes = int(task["hidden"]), int(task["classes"])
    layers = [(linear(task, name), lif(task, (size,))) for name, size in zip(("w0", "w1"), sizes, strict=True)]
    return training(task, layers, "LIF", count=True)


def convolutional(task: Task) -> Work:
    """12C5-P2-64C5-P2-10, layer by layer, channels last as JAX has them."""

    def convolution(name: str) -> Callable[[jax.Array], jax.Array]:
        kernel = weight(task, name).transpose(2, 3, 1, 0)
        inner = nnx.Conv(kernel.shape[2], kernel.shape[3], (5, 5), padding="VALID", use_bias=False, rngs=nnx.Rngs(0))
        inner.kernel = nnx.Param(kernel)
        return Folded(inner, pool=True)

    task.arrays["x"] = task.arrays["x"].transpose(0, 1, 3, 4, 2)
    layers = [
        (convolution("k0"), lif(task, (12, 12, 12))),
        (convolution("k1"), lif(task, (4, 4, 64))),
        (Folded(linear(task, "w2"), pool=False), lif(task, (10,))),
    ]
    return training(task, layers, "LIF", count=True)


class Folded(nnx.Module):
    """A layer with time and batch folded into one axis."""

    def __init__(self, inner: nnx.Module, *, pool: bool) -> None:
        self.inner, self.pool = inner, pool

    def __call__(self, x: jax.Array) -> jax.Array:
        """All time steps at once."""
        folded = x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
        if self.pool:
            out = nnx.max_pool(self.inner(folded), (2, 2), (2, 2))
        else:
            out = self.inner(folded.reshape(folded.shape[0], -1))
        return out.reshape(*x.shape[:2], *out.shape[1:])


def alone(task: Task) -> Work:
    """LIF neurons without weights."""
    x = jnp.asarray(task.arrays.pop("x"))
    graph, state = nnx.split(lif(task, (x.shape[2],)))

    def layer(x: jax.Array) -> jax.Array:
        return snn.run(nnx.merge(graph, state), x)[0]

    def gradient(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        spikes, back = jax.vjp(layer, x)
        return spikes, back(x)[0]  # the input itself serves as the gradient

    forward, both = jax.jit(layer), jax.jit(gradient)

    def watch() -> Record:
        spikes, arrived = both(x)
        return {"rates": [float(spikes.mean())], "gradient_norm": float(jnp.linalg.norm(arrived))}

    measures = {
        "forward": lambda: jax.block_until_ready(forward(x)),
        "forward and backward": lambda: jax.block_until_ready(both(x)),
    }
    return Work("LIF", measures, watch)


BUILD = {"rec250": recurrent, "rec784": recurrent, "fc": fully_connected, "conv": convolutional, "lif": alone}

if __name__ == "__main__":
    serve(lambda task: BUILD[task.name](task), ("spyx", "jax"))
