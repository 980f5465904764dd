"""Recurrent layers and attention: by hand, and the same on every path that torch may take."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from picojoule.core.counts import Operations
from picojoule.energy.count.count import Count
from picojoule.energy.work import Workload

STEPS, SAMPLES, INPUTS, UNITS = 5, 2, 6, 4


def counted(model: nn.Module, *x: Any, grad: bool = False, skip_zeros: bool = True, **options: Any) -> Workload:
    with torch.set_grad_enabled(grad), Count(model, **options) as count:
        model(*x)
    assert count.uncounted == ()
    return count.workload(skip_zeros=skip_zeros)


def operations(work: Workload) -> Operations:
    return sum((line.operations for line in work.works), Operations())


def products(work: Workload) -> tuple[int, int]:
    found = [line.products for line in work.works]
    assert not any(p.accumulates for p in found)
    return sum(p.dense for p in found), sum(p.macs for p in found)


def sequence(batch_first: bool = False) -> Tensor:
    x = torch.randn(STEPS, SAMPLES, INPUTS, generator=torch.Generator().manual_seed(0))
    return x.transpose(0, 1) if batch_first else x


GATES = {nn.RNN: 1, nn.GRU: 3, nn.LSTM: 4}
# beside weighted sums and biases: the two sums added; 1 tanh | 2 sigmoids, 1 tanh, h' = n + z (h - n), r times a sum |
# 3 sigmoids, 2 tanh, c' = f c + i g, h' = o tanh(c')
UNIT = {
    nn.RNN: Operations(1, 0, 0, 1),
    nn.GRU: Operations(3 + 2 + 2, 2, 2, 3),
    nn.LSTM: Operations(4 + 3 + 1, 3, 3, 5),
}


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_layers_by_hand(kind: Any, layers: int, sides: int, bias: bool) -> None:
    gates, calls = GATES[kind], STEPS * SAMPLES
    dense = effective = 0
    for layer in range(layers):
        inputs = INPUTS if layer == 0 else sides * UNITS
        dense += sides * calls * gates * UNITS * (inputs + UNITS)
        effective += sides * gates * UNITS * (calls * inputs + (calls - SAMPLES) * UNITS)  # states begin with zeros
    updates = layers * sides * calls * UNITS
    expected = Operations(dense, dense) + Operations(additions=2 * gates) * (updates * bias) + UNIT[kind] * updates
    for batch_first in (False, True):
        for grad in (False, True):
            torch.manual_seed(0)
            model = kind(INPUTS, UNITS, layers, bias=bias, bidirectional=sides == 2, batch_first=batch_first)
            x, axis = sequence(batch_first), 0 if batch_first else 1
            assert products(counted(model, x, grad=grad, batch_axis=axis)) == (dense, effective)
            assert operations(counted(model, x, grad=grad, skip_zeros=False, batch_axis=axis)) == expected


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
@pytest.mark.parametrize("change", ["double", "inference", "train"])
def test_every_path_of_a_recurrent_layer_counts_the_same(kind: Any, change: str) -> None:
    model, x = kind(INPUTS, UNITS, 2, bidirectional=True), sequence()
    expected = [counted(model, x, batch_axis=1, skip_zeros=skip) for skip in (False, True)]
    if change == "double":
        model, x = model.double(), x.double()
    model.train(change == "train")
    with torch.inference_mode(change == "inference"):
        found = [counted(model, x, batch_axis=1, skip_zeros=skip, grad=change == "train") for skip in (False, True)]
    for one, other in zip(expected, found, strict=True):
        assert operations(one) == operations(other)
        assert products(one) == products(other)


def test_packed_sequences_cost_what_they_hold() -> None:
    packed = nn.utils.rnn.pack_padded_sequence(sequence(), torch.tensor([STEPS, 3]))
    for grad in (False, True):
        work = counted(nn.GRU(INPUTS, UNITS), packed, grad=grad)
        assert products(work) == ((STEPS + 3) * 3 * UNITS * (INPUTS + UNITS), 3 * UNITS * (8 * INPUTS + 6 * UNITS))
        assert work.images == SAMPLES


def test_a_state_that_is_given_meets_its_weights() -> None:
    for model in (nn.LSTM(INPUTS, UNITS), nn.LSTM(INPUTS, UNITS).double()):
        x = sequence().to(next(model.parameters()))
        state = (torch.ones(1, SAMPLES, UNITS).to(x), torch.ones(1, SAMPLES, UNITS).to(x))
        full = STEPS * SAMPLES * 4 * UNITS * (INPUTS + UNITS)
        assert products(counted(model, x, state, batch_axis=1)) == (full, full)


@pytest.mark.parametrize(("cell", "gates"), [(nn.RNNCell, 1), (nn.GRUCell, 3), (nn.LSTMCell, 4)])
def test_cells(cell: Any, gates: int) -> None:
    for grad in (False, True):
        found = products(counted(cell(INPUTS, UNITS), sequence()[0], grad=grad))
        assert found == (SAMPLES * gates * UNITS * (INPUTS + UNITS), SAMPLES * gates * UNITS * INPUTS)


LENGTH, WIDTH, HEADS = 5, 8, 2
TOKENS = torch.randn(SAMPLES, LENGTH, WIDTH, generator=torch.Generator().manual_seed(1))
CAUSAL = nn.Transformer.generate_square_subsequent_mask(LENGTH).isinf()


class Attend(nn.Module):
    """Attention of something to itself."""

    def __init__(self, attention: nn.MultiheadAttention, **options: Any) -> None:
        super().__init__()
        self.attention, self.options = attention, options

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.attention(x, x, x, **self.options)[0]
        return out


PROJECTIONS = SAMPLES * LENGTH * WIDTH * 4 * WIDTH  # queries, keys, values, and the output
SCORES = SAMPLES * LENGTH * LENGTH * WIDTH  # all heads together; as many again for the values


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_attention_of_several_heads(grad: bool, weights: bool, masked: bool) -> None:
    options = {"attn_mask": CAUSAL} if masked else {}
    model = Attend(nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).eval(), need_weights=weights, **options).eval()
    left = LENGTH * (LENGTH + 1) // 2 if masked else LENGTH * LENGTH  # pairs whose attention is not zero
    values = SAMPLES * WIDTH * left
    with torch.no_grad():
        before = model(TOKENS)
        model(TOKENS)
    expected = (PROJECTIONS + 2 * SCORES, PROJECTIONS + SCORES + values)
    assert products(counted(model, TOKENS, grad=grad)) == expected
    with torch.no_grad(), Count(model):
        assert torch.equal(model(TOKENS), before)


@pytest.mark.parametrize("masked", ["no", "causal", "mask"])
@pytest.mark.parametrize("lead", [(2,), (2, 3)], ids=["3-D", "4-D"])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_scaled_dot_products(lead: Sequence[int], masked: str, kind: torch.dtype) -> None:
    class Dot(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            mask = ~CAUSAL if masked == "mask" else None
            return functional.scaled_dot_product_attention(x, x, x, attn_mask=mask, is_causal=masked == "causal")

    x = torch.randn(*lead, LENGTH, WIDTH, generator=torch.Generator().manual_seed(2), dtype=kind)
    rows = x[..., 0, 0].numel()
    left = LENGTH**2 if masked == "no" else LENGTH * (LENGTH + 1) // 2
    expected = (rows * 2 * LENGTH**2 * WIDTH, rows * WIDTH * (LENGTH**2 + left))
    for grad in (False, True):
        x.requires_grad_(grad)
        assert products(counted(Dot(), x, grad=grad)) == expected


def test_queries_that_share_keys() -> None:
    class Grouped(nn.Module):
        def forward(self, q: Tensor, k: Tensor) -> Tensor:
            return functional.scaled_dot_product_attention(q, k, k, enable_gqa=True)

    q, k = torch.randn(2, 4, LENGTH, WIDTH), torch.randn(2, 2, LENGTH, WIDTH)
    full = 2 * 4 * LENGTH**2 * WIDTH
    assert products(counted(Grouped(), q, k)) == (2 * full, 2 * full)


@pytest.mark.parametrize("first", [False, True], ids=["norm after", "norm first"])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_a_transformer_layer(first: bool, activation: str) -> None:
    torch.manual_seed(0)
    hidden = 16
    model = nn.TransformerEncoderLayer(
        WIDTH, HEADS, hidden, batch_first=True, norm_first=first, activation=activation
    ).eval()
    active: list[Tensor] = []
    handle = model.linear2.register_forward_pre_hook(lambda _, args: active.append(args[0]))
    model(TOKENS)  # hooks: the slow path
    handle.remove()
    tokens = SAMPLES * LENGTH
    dense = PROJECTIONS + 2 * SCORES + 2 * tokens * WIDTH * hidden
    zeros = int((active[0] == 0).sum()) * WIDTH
    with torch.no_grad():
        before = model(TOKENS)
    paths = [counted(model, TOKENS, grad=grad) for grad in (False, True)]
    assert products(paths[0]) == products(paths[1]) == (dense, dense - zeros)
    assert operations(paths[0]) == operations(paths[1])
    with torch.no_grad(), Count(model):
        assert torch.equal(model(TOKENS), before)


def test_padding_masks_and_whole_encoders() -> None:
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 16, batch_first=True)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    padded = torch.zeros(SAMPLES, LENGTH, dtype=torch.bool)
    padded[1, 3:] = True
    for mask in (None, padded):
        paths = [counted(model, TOKENS, None, mask, grad=grad) for grad in (False, True)]
        assert products(paths[0]) == products(paths[1])


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_nested_tensors_are_named() -> None:
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 16, batch_first=True)
    model = nn.TransformerEncoder(layer, 1, enable_nested_tensor=True).eval()
    padded = torch.zeros(SAMPLES, LENGTH, dtype=torch.bool)
    padded[1, 3:] = True
    with torch.no_grad(), Count(model) as count:
        model(TOKENS, None, padded)
    assert any("nested" in name for name in count.uncounted)
