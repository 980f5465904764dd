"""Recurrent layers that torch carries out in one piece."""

from dataclasses import replace

import torch

from picojoule.core.counts import Operations
from picojoule.energy.count.call import Call, Matter
from picojoule.energy.count.kind import Kind
from picojoule.energy.count.sums import rows_times
from picojoule.energy.work import Traffic

_LSTM = 2  # torch's number of it in mkldnn_rnn_layer
# three sigmoids, two tanh; c = f c + i g; h = o tanh(c)
LSTM_UNIT = Operations(additions=3 + 1, multiplications=3, divisions=3, functions=3 + 2)


def recurrent_layer(call: Call) -> Kind:
    """One direction of one LSTM layer: `[T, B, inputs]`, weights `[4 units, inputs]` and `[4 units, units]`."""
    x, of_input, of_hidden = call.args[:3]
    if call.args[9] != _LSTM:
        return call.unknown()
    out, start, backwards = call.out, call.args[5], bool(call.args[7])
    units = of_hidden.shape[1]
    call = replace(call, site=replace(call.site, lead=out.shape[:2].numel()))  # steps come first, whatever was given
    first = start.reshape(1, *out.shape[1:])
    before = torch.cat([out[1:], first]) if backwards else torch.cat([first, out[:-1]])
    for values, weight, kind in ((x, of_input, call.kind(x)), (before, of_hidden, Kind.ANALOG)):
        rows = (values != 0).float().reshape(-1, weight.shape[1])
        events = rows_times(rows, torch.count_nonzero(weight, dim=0))
        call.products(Matter(values.numel(), events, weight.numel(), weight.shape[0], weight.numel(), kind))
    steps = out.numel()
    biases = 2 if call.args[12] else 0
    if biases:
        call.bias(biases * 4 * steps, biases * 4 * units)
    call.elementwise(4 * steps, Operations(additions=1))  # the two sums put together
    call.elementwise(steps, LSTM_UNIT, memory=[Traffic(units, reads=1, writes=1)])  # the cell
    return Kind.ANALOG
