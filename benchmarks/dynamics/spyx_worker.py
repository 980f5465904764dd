"""Spyx: its `Sequential` under `jax.lax.scan`, the training step compiled as a whole, with Optax's Adam.

Its adaptive neuron has no recurrent form; `Recurrent` feeds its spikes back, as its own recurrent neurons do.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax
import spyx.axn
import spyx.nn as snn
from flax import nnx
from serve import Record, Task, Work, serve

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


def training(task: Task, layers: list[Any], neuron: str, *, count: bool) -> Work:
    """One compiled step: forward, cross entropy, backward and Adam.

    Args:
        task: where input and labels come from.
        layers: what is done in each time step, one after another.
        neuron: what the table says about the model.
        count: whether the output's spikes are added up, instead of the mean of its potential.
    """
    x, labels = jnp.asarray(task.arrays["x"], jnp.float32), jnp.asarray(task.arrays["labels"])
    graph, parameters = nnx.split(snn.Sequential(*layers))
    fixed = {"beta", "gamma"}  # time constants are not trained elsewhere either
    optimizer = optax.adam(1e-7)

    def loss(parameters: Any, x: jax.Array) -> jax.Array:  # noqa: ANN401
        outputs, _ = snn.run(nnx.merge(graph, parameters), x)
        logits = outputs.sum(0) if count else outputs.mean(0)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    def frozen(path: tuple[Any, ...], value: jax.Array) -> jax.Array:
        return jnp.zeros_like(value) if any(getattr(key, "key", None) in fixed for key in path) else value

    def differentiate(parameters: Any, x: jax.Array) -> tuple[jax.Array, Any]:  # noqa: ANN401
        value, gradient = jax.value_and_grad(loss)(parameters, x)
        return value, jax.tree_util.tree_map_with_path(frozen, gradient)

    @jax.jit
    def update(parameters: Any, state: Any, x: jax.Array) -> tuple[Any, Any, jax.Array]:  # noqa: ANN401
        value, gradient = differentiate(parameters, x)
        changes, state = optimizer.update(gradient, state)
        return optax.apply_updates(parameters, changes), state, value

    now = [parameters, optimizer.init(parameters)]

    def step() -> float:
        now[0], now[1], value = update(now[0], now[1], x)
        return float(jax.block_until_ready((now[0], value))[1])

    def watch() -> Record:
        value, gradient = jax.jit(differentiate)(now[0], x)
        modules = list(nnx.merge(graph, now[0]).layers)
        spiking = [k for k, module in enumerate(modules, 1) if hasattr(module, "spike") or hasattr(module, "cell")]
        rates = [float(snn.run(snn.Sequential(*modules[:k]), x)[0].mean()) for k in spiking]
        return {"rates": rates, "gradient_norm": float(optax.global_norm(gradient)), "loss": float(value)}

    return Work(neuron, {"training step": step}, watch)


def recurrent(task: Task) -> Work:
    """Two recurrent layers with adaptive thresholds and a leaky readout."""
    first, second = Recurrent(task, weight(task, "r0")), Recurrent(task, weight(task, "r1"))
    readout = snn.LI((int(task["classes"]),), beta=decay(task), rngs=nnx.Rngs(0))
    layers = [linear(task, "w0"), first, linear(task, "w1"), second, linear(task, "w2"), readout]
    return training(task, layers, "recurrent ALIF", count=False)


def fully_connected(task: Task) -> Work:
    """Two layers of LIF neurons."""
    first, second = lif(task, (int(task["hidden"]),)), lif(task, (int(task["classes"]),))
    return training(task, [linear(task, "w0"), first, linear(task, "w1"), second], "LIF", count=True)


class Pooled(nnx.Module):
    """A convolution and its pooling, channels last as JAX has them."""

    def __init__(self, task: Task, name: str) -> None:
        kernel = weight(task, name).transpose(2, 3, 1, 0)
        self.inner = nnx.Conv(*kernel.shape[2:], (5, 5), padding="VALID", use_bias=False, rngs=nnx.Rngs(0))
        self.inner.kernel = nnx.Param(kernel)

    def __call__(self, x: jax.Array) -> jax.Array:
        """One time step."""
        return nnx.max_pool(self.inner(x), (2, 2), (2, 2))


def convolutional(task: Task) -> Work:
    """12C5-P2-64C5-P2-10."""
    task.arrays["x"] = task.arrays["x"].transpose(0, 1, 3, 4, 2)
    layers = [Pooled(task, "k0"), lif(task, (12, 12, 12)), Pooled(task, "k1"), lif(task, (4, 4, 64))]
    layers += [snn.Flatten(), linear(task, "w2"), lif(task, (10,))]
    return training(task, layers, "LIF", count=True)


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
