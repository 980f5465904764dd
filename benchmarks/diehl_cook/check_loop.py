"""Repeat a dumped run of `loop.cpp` with the equations of `network.hpp` written down plainly, and compare every bit.

    ./loop IMAGES.raw COUNT NEURONS SAMPLES 0 0 1 dump=FOLDER
    python check_loop.py FOLDER NEURONS SAMPLES

Nothing here is fast: every neuron and every weight is updated in every step, as the header of `network.hpp` says.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

INPUTS, STEPS = 784, 250
f32 = np.float32
Array = NDArray[np.float32]


def decay(tau: float) -> np.float32:
    """exp(-1 ms / tau), rounded to single precision."""
    return f32(np.exp(-1.0 / tau))


class Plain:
    """The whole state of the network, one array each."""

    def __init__(self, weights: Array) -> None:
        self.w = weights
        self.n = weights.shape[1]
        self.theta = np.zeros(self.n, f32)

    def train(self, spikes: NDArray[np.bool_]) -> None:
        """Present one sample, `spikes` is [T, 784]."""
        n = self.n
        self.v, self.refractory = np.full(n, -65, f32), np.zeros(n, int)
        self.v_inhibitory, self.refractory_inhibitory = np.full(n, -60, f32), np.zeros(n, int)
        self.x_pre, self.x_post = np.zeros(INPUTS, f32), np.zeros(n, f32)
        ever = np.zeros(n, bool)
        before = np.zeros(INPUTS, bool)
        ae, ai = np.zeros(n, bool), np.zeros(n, bool)
        for x in spikes:
            current = self.excitatory_input(before, ai)
            ai = self.step_inhibitory(ae)
            ae = self.step_excitatory(current)
            self.learn(x, ae)
            ever |= ae
            before = x
        columns = np.flatnonzero(ever)
        total = np.zeros(columns.size)
        for row in self.w[:, columns]:
            total += row
        self.w[:, columns] *= (float(f32(78.4)) / total).astype(f32)
        self.theta *= f32(np.exp(-STEPS / 1e7))

    def excitatory_input(self, x: NDArray[np.bool_], ai: NDArray[np.bool_]) -> Array:
        """The sum of the spiking inputs' rows, ascending, less the inhibition of all others."""
        current = np.zeros(self.n, f32)
        for i in np.flatnonzero(x):
            current += self.w[i]
        return np.asarray(current - f32(120) * (ai.sum() - ai).astype(f32), f32)

    def step_excitatory(self, current: Array) -> NDArray[np.bool_]:
        """Advance Ae and return the one emitted spike, if any."""
        self.v = f32(-65) + (self.v - f32(-65)) * decay(100)
        self.v += np.where(self.refractory == 0, current, f32(0))
        self.refractory = np.maximum(self.refractory - 1, 0)
        excess = self.v - (f32(-52) + self.theta)
        crossed = excess >= 0
        self.v[crossed] = -60
        self.refractory[crossed] = 5
        self.theta[crossed] += f32(0.05)
        emitted = np.zeros(self.n, bool)
        if crossed.any():
            emitted[np.argmax(excess)] = True
        return emitted

    def step_inhibitory(self, ae: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Advance Ai and return its spikes."""
        self.v_inhibitory = f32(-60) + (self.v_inhibitory - f32(-60)) * decay(10)
        self.v_inhibitory += np.where((self.refractory_inhibitory == 0) & ae, f32(22.5), f32(0))
        self.refractory_inhibitory = np.maximum(self.refractory_inhibitory - 1, 0)
        spikes = self.v_inhibitory >= -40
        self.v_inhibitory[spikes] = -45
        self.refractory_inhibitory[spikes] = 2
        return np.asarray(spikes)

    def learn(self, x: NDArray[np.bool_], ae: NDArray[np.bool_]) -> None:
        """Update the traces, then the weights, dense."""
        self.x_pre *= decay(20)
        self.x_post *= decay(20)
        self.x_pre[x], self.x_post[ae] = 1, 1
        self.w[x] = np.maximum(self.w[x] - f32(1e-4) * self.x_post, f32(0))
        self.w[:, ae] = np.minimum(self.w[:, ae] + f32(1e-2) * self.x_pre[:, None], f32(1))


def main(folder: Path, neurons: int, samples: int) -> int:
    """Print what differs; 0 if nothing does."""
    network = Plain(np.fromfile(folder / "weights_before.f32", f32).reshape(INPUTS, neurons))
    events = np.fromfile(folder / "events.i32", np.int32).reshape(-1, 3)
    spikes = np.zeros((samples, STEPS, INPUTS), bool)
    spikes[tuple(events.T)] = True
    before = network.w.copy()
    for sample in spikes:
        network.train(sample)
    different = int((network.w.ravel() != np.fromfile(folder / "weights_after.f32", f32)).sum())
    different_theta = int((network.theta != np.fromfile(folder / "theta_after.f32", f32)).sum())
    changed = int((network.w != before).sum())
    print(f"{samples} samples, {changed} weights changed; {different} weights and {different_theta} thresholds differ")
    return int(different + different_theta > 0 or changed == 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
