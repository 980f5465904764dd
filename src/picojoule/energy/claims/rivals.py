"""Work of a conventional recurrent network of the same size on one sample.

With m inputs, n units and g gates (LSTM 4, GRU 3, ReLU network 1), every step of a layer takes

    g (m n + n n)             multiply-accumulates, as many weight reads; the second term where the layer is recurrent
    and for each unit         LSTM: 5 functions, 3 products, 1 sum, 4 biases; or 17 multiply-accumulates, as the
                              published formula has it
                              GRU: 3 functions, 2 products, 2 sums, 4 biases
                              ReLU: a bias and a comparison

The input of these tasks is spikes for the rival too. A rival that looks at its inputs, at one comparison each, skips
those that are zero and adds the weights of the others, without a multiplication. What it could skip in its hidden
layers is not known, so it skips nothing there. Every gate's weights lie in a memory of their own.

Source of the formula: as in `spiking`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from picojoule.core.counts import Operations
from picojoule.energy.claims.networks import Layer, PublishedNetwork
from picojoule.energy.claims.spiking import READOUT
from picojoule.energy.work import SHARED_ASSUMPTIONS, Products, Traffic, Work, Workload

Kind = Literal["LSTM", "GRU", "ReLU RNN"]
Elementwise = Literal["formula", "counted"]


@dataclass(frozen=True)
class _Cell:
    gates: int
    unit: Operations  # of one unit in one step
    biases: int
    cells: int = 0  # words of state beside the output


CELLS: dict[Kind, _Cell] = {
    "LSTM": _Cell(4, Operations(additions=5, multiplications=3, functions=5), 4, cells=1),
    "GRU": _Cell(3, Operations(additions=6, multiplications=2, functions=3), 4),
    "ReLU RNN": _Cell(1, Operations(additions=2), 1),
}
LSTM_FORMULA = Operations(additions=17, multiplications=17)


def rival_work(
    network: PublishedNetwork, kind: Kind, *, skipped: float | None = None, elementwise: Elementwise = "counted"
) -> Workload:
    """Work of one sample.

    Args:
        network: sizes and steps.
        kind: of units; the readout is a dense layer.
        skipped: share of the inputs that are not zero, if the rival skips the others; `None`: it multiplies with all.
        elementwise: what a unit's own operations are counted as; the formula is that of an LSTM.

    Returns:
        The work, rounded to whole operations.

    Example:
        >>> from picojoule.energy.claims.networks import network
        >>> work = rival_work(network("ECG"), "LSTM", elementwise="formula")
        >>> sum(one.products.macs for one in work.works) == 1301 * (4 * (4 * 36 + 36 * 36) + 36 * 6)
        True
    """
    cell = CELLS[kind]
    if elementwise == "formula" and kind == "LSTM":
        cell = _Cell(cell.gates, LSTM_FORMULA, cell.biases, cell.cells)
    works: list[Work] = []
    before, share = network.inputs, skipped
    for number, layer in enumerate(network.layers, 1):
        works += _layer(layer, cell, f"hidden {number}", network.steps, before=before, share=share)
        before, share = layer.units, None
    if network.outputs:
        dense = _Cell(1, Operations(additions=1), 1)
        layer = Layer(network.outputs, False, network.input_rate)
        works += _layer(layer, dense, "readout", network.steps, before=before, share=None)
    return Workload(1, tuple(works), assumptions=(*SHARED_ASSUMPTIONS, READOUT))


def _layer(layer: Layer, cell: _Cell, name: str, steps: int, *, before: int, share: float | None) -> Iterator[Work]:
    yield _products(f"to {name}", steps, (before, layer.units), gates=cell.gates, share=share)
    if layer.recurrent:
        yield _products(f"within {name}", steps, (layer.units, layer.units), gates=cell.gates, share=None)
    updates = steps * layer.units
    arrays = [Traffic(cell.biases * layer.units, reads=cell.biases * updates), Traffic(layer.units, writes=updates)]
    arrays += [Traffic(layer.units, reads=updates, writes=updates)] * cell.cells
    yield Work("neurons", name, cell.unit * updates, tuple(arrays), per_spike=False)


def _products(name: str, steps: int, size: tuple[int, int], *, gates: int, share: float | None) -> Work:
    inputs, units = size
    dense = steps * inputs * units
    used = dense if share is None else round(dense * share)
    comparisons = 0 if share is None else steps * inputs
    macs = gates * used if share is None else 0
    products = Products(gates * dense, macs, gates * used - macs, targets=gates * units)
    operations = Operations(additions=gates * used + comparisons, multiplications=macs)
    traffic = (Traffic(inputs, reads=steps * inputs), *[Traffic(inputs * units, reads=used)] * gates)
    return Work("synapses", name, operations, traffic, per_spike=False, products=products)
