"""What holds for every layer with a state."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.layers.sequential import Sequential
from tests.layers.stacks import (
    BY_EVERY_LOOP,
    EVERY_LAYER,
    FEATURES,
    Make,
    drive,
    gradients,
    in_pieces,
    neurons,
    same,
    tensors,
)
from tests.rounding import assert_same_sums

every_layer = pytest.mark.parametrize("make", EVERY_LAYER.values(), ids=EVERY_LAYER.keys())
by_every_loop = pytest.mark.parametrize("make", BY_EVERY_LOOP.values(), ids=BY_EVERY_LOOP.keys())


@by_every_loop
@settings(max_examples=25)
@given(data=st.data())
def test_a_sequence_in_any_pieces_gives_what_the_whole_gives(make: Make, data: st.DataObject) -> None:
    steps, samples = data.draw(st.integers(0, 24)), data.draw(st.integers(1, 3))
    cuts = data.draw(st.lists(st.integers(0, steps), max_size=5))
    ends = data.draw(st.one_of(st.none(), st.lists(st.integers(0, steps), min_size=samples, max_size=samples)))
    mask = None if ends is None else torch.arange(steps)[:, None] < torch.tensor(ends)
    layer, x = make(), drive(steps, samples, FEATURES, seed=data.draw(st.integers(0, 99)))

    whole, last = layer.advance(x, None, mask)
    pieces, end = in_pieces(layer, x, cuts, mask)

    assert torch.equal(pieces, whole)
    assert same(end, last)
    assert torch.equal(layer(x, mask), whole)


@every_layer
def test_the_input_makes_them_fire(make: Make) -> None:
    share = make()(drive(100, 3, FEATURES)).mean()
    assert 0.05 < share < 0.9  # else the laws here are empty


@by_every_loop
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_gradients_through_pieces_are_those_of_the_whole(make: Make, dtype: torch.dtype) -> None:
    layer, x = make().to(dtype), drive(20, 3, FEATURES, dtype=dtype).requires_grad_()
    weight = drive(20, 3, FEATURES, dtype=dtype, seed=5) / 40.0
    whole = gradients(layer, (layer(x) * weight).sum(), x)
    pieces = gradients(layer, (in_pieces(layer, x, [3, 11])[0] * weight).sum(), x)
    for one, other in zip(pieces, whole, strict=True):
        scale = float(other.abs().max())
        assert scale > 0.0
        assert_same_sums(one, other, terms=20 * 3 * 20, size=max(1.0, scale))  # of every step, sample, and path back


@by_every_loop
def test_frame_by_frame_gives_the_same(make: Make) -> None:
    layer, x = make(), drive(15, 2, FEATURES)
    whole, last = layer.advance(x)
    state, frames = None, []
    for frame in x:
        output, state = layer.step(frame, state)
        frames.append(output)
    assert torch.equal(torch.stack(frames), whole)
    assert same(state, last)


@every_layer
def test_a_padded_sample_ends_where_it_would_alone(make: Make) -> None:
    layer, x = make(), drive(30, 2, FEATURES)
    mask = torch.arange(30)[:, None] < torch.tensor([30, 12])
    padded = x.clone()
    padded[12:, 1] = 1e3  # whatever stands there
    output, state = layer.advance(padded, None, mask)
    alone, end = layer.advance(x[:12, 1:])
    assert torch.equal(output[:12, 1:], alone)
    for one, other in zip(neurons(state), neurons(end), strict=True):
        assert torch.equal(one[1:], other)
    if not isinstance(layer, Sequential):
        assert not output[12:, 1].any()


@every_layer
def test_nothing_of_a_sequence_stays_behind(make: Make) -> None:
    layer, x = make(), drive(30, 2, FEATURES)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    first = layer(x)
    assert torch.equal(layer(x), first)
    assert torch.equal(layer(x.repeat(1, 3, 1))[:, 2:4], first)  # and another batch size is welcome
    assert {name: value.tolist() for name, value in layer.state_dict().items()} == {
        name: value.tolist() for name, value in before.items()
    }


@every_layer
def test_copies_and_pickles_compute_the_same(make: Make) -> None:
    layer, x = make(), drive(30, 2, FEATURES)
    first = layer(x)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other(x), first)
        assert repr(other) == repr(layer)
        assert not {id(p) for p in other.parameters()} & {id(p) for p in layer.parameters()}
    _, state = layer.advance(x)
    assert same(pickle.loads(pickle.dumps(state.detach())), state)


@every_layer
def test_state_dicts_go_around(make: Make) -> None:
    layer, x = make(), drive(30, 2, FEATURES)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(1.25).add_(0.25)
    other = make()
    assert not list(layer.parameters()) or not torch.equal(other(x), layer(x))
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(x), layer(x))


@every_layer
def test_double_precision_all_the_way(make: Make) -> None:
    layer = make().to(torch.float64)
    assert {p.dtype for p in layer.parameters()} <= {torch.float64}
    output, state = layer.advance(drive(10, 2, FEATURES, dtype=torch.float64))
    assert output.dtype == torch.float64
    again, _ = layer.advance(drive(10, 2, FEATURES, dtype=torch.float64), state)
    assert again.dtype == torch.float64


@every_layer
def test_memory_order_of_the_input_does_not_matter(make: Make) -> None:
    layer, x = make(), drive(12, 3, FEATURES)
    turned = x.permute(2, 1, 0).contiguous().permute(2, 1, 0)
    assert not turned.is_contiguous()
    assert torch.equal(layer(turned), layer(x))
    every_second = drive(24, 3, FEATURES)[::2]
    assert torch.equal(layer(every_second), layer(every_second.clone()))


@every_layer
@pytest.mark.parametrize("steps", [0, 1])
def test_empty_and_single_step_sequences(make: Make, steps: int) -> None:
    layer, x = make(), drive(steps, 2, FEATURES).requires_grad_()
    output, state = layer.advance(x)
    assert output.shape == (steps, 2, FEATURES)
    more, _ = layer.advance(drive(5, 2, FEATURES), state)
    gradients(layer, output.sum() + more.sum(), x)
    if steps == 0:
        assert torch.equal(more, layer(drive(5, 2, FEATURES)))


@every_layer
def test_a_state_of_another_batch_size_is_refused(make: Make) -> None:
    layer = make()
    _, state = layer.advance(drive(5, 2, FEATURES))
    with pytest.raises(ShapeError, match=r"the state's v is \[2, 4\], but this input needs \[3, 4\]; .*state=None"):
        layer.advance(drive(5, 3, FEATURES), state)


@every_layer
def test_a_state_of_another_layer_is_refused(make: Make) -> None:
    with pytest.raises(ParameterError, match=r": state must be a \w+State as a call gives it or None, got"):
        make().advance(drive(5, 2, FEATURES), (torch.zeros(2, FEATURES),))


@every_layer
def test_a_mask_that_does_not_fit_is_refused(make: Make) -> None:
    with pytest.raises(ShapeError, match=r"the mask is bool \[T, B\] = \[5, 2\]"):
        make()(drive(5, 2, FEATURES), torch.ones(2, 5, dtype=torch.bool))


@every_layer
def test_integers_and_missing_axes_are_refused(make: Make) -> None:
    with pytest.raises(ShapeError, match=r"floating-point input .* torch.int64; use \.float\(\)"):
        make()(torch.ones(5, 2, FEATURES, dtype=torch.int64))
    with pytest.raises(ShapeError, match=r"\[T, B, \*N\]"):
        make()(drive(5, FEATURES))


@every_layer
def test_no_gradient_is_recorded_where_none_is_wanted(make: Make) -> None:
    with torch.no_grad():
        output, state = make().advance(drive(5, 2, FEATURES))
    assert not output.requires_grad
    assert all(not tensor.requires_grad for tensor in tensors(state))
