"""Look at one operation of torch: what it was given, what it did, and what its result holds."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from picojoule.energy.count.call import Call
from picojoule.energy.count.kind import Kind, joined
from picojoule.energy.count.moves import BLANKS, MAKES, MOVES, RANDOM
from picojoule.energy.count.operation import Operation
from picojoule.energy.count.replay import replay_of
from picojoule.energy.count.rules import rule_of

_REPLACES = frozenset({"constant_pad_nd", "fill", "masked_fill", "neg", "scatter"})


def is_known(name: str) -> bool:
    """Whether anything is said about an operation.

    Args:
        name: of the operation.

    Example:
        >>> is_known("addmm"), is_known("linear")
        (True, False)
    """
    return name in MOVES or name in MAKES or name in RANDOM or bool(rule_of(name)) or bool(replay_of(name))


def look(operation: Operation, call: Call, beside: bool) -> None:
    """Write an operation down.

    Args:
        operation: what it is.
        call: where it took place, and what came out.
        beside: whether it stands beside the model, where tensors come in that nobody has told of.
    """
    kinds, results = call.book.kinds, list(tensors_in(call.result))
    given = [*tensors_in(call.args), *tensors_in(tuple(call.kwargs.values()))]
    if beside:
        for tensor in given:
            if not kinds.seen(tensor):
                kinds.put(tensor, Kind.INPUT)
    if operation.writes:
        for tensor in results:
            kinds.put_sum(tensor, bias=None)
    found = _kind_of_result(operation.name, given, call)
    for tensor in results:
        kinds.put(tensor, found)


def _kind_of_result(name: str, given: list[Tensor], call: Call) -> Kind:
    kinds = [call.kind(tensor) for tensor in given]
    if name == "lift_fresh":
        return _brought_in(call)
    if name in MAKES:
        return Kind.BLANK if name in BLANKS else Kind.CONSTANT
    if name in RANDOM:
        return Kind.ANALOG
    if all(kind is Kind.CONSTANT for kind in kinds):
        return Kind.CONSTANT
    if name in MOVES:
        return _moved(name, given, kinds, call)
    rule = rule_of(name)
    return call.unknown() if rule is None else rule(call)


def _moved(name: str, given: list[Tensor], kinds: list[Kind], call: Call) -> Kind:
    """What is moved says what comes out, not the indices and conditions; unless it is nothing but constants."""
    kept = [kind for tensor, kind in zip(given, kinds, strict=True) if tensor.dtype == call.out.dtype]
    found = joined(kept)
    if found in (Kind.CONSTANT, Kind.BLANK):
        found = joined(kinds)
    return _spikes_still(name, kept, call) if found is Kind.SPIKES else found


def _spikes_still(name: str, kinds: list[Kind], call: Call) -> Kind:
    """Spikes that were moved, unless numbers were put among them that are none."""
    if name not in _REPLACES and Kind.CONSTANT not in kinds:
        return Kind.SPIKES
    values = call.out.detach()
    if not bool(((values == 0) | (values.abs() == 1)).all()):
        return Kind.ANALOG
    call.book.signed = call.book.signed or bool((values < 0).any())
    return Kind.SPIKES


def _brought_in(call: Call) -> Kind:
    """Numbers of Python become constants; memory of another library may hold anything."""
    if call.out.numel() <= 1 or call.out.untyped_storage().resizable():
        return Kind.CONSTANT
    call.book.uncounted[call.site.label, "numbers come from outside torch"] = None
    return Kind.ANALOG


def tensors_in(values: Any) -> Iterator[Tensor]:  # noqa: ANN401
    """The tensors among arguments or results, which may stand in lists, tuples and dictionaries.

    Args:
        values: a tensor, a container, or anything else.
    """
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, list | tuple):
        for value in values:
            yield from tensors_in(value)
    elif isinstance(values, dict):
        yield from tensors_in(tuple(values.values()))
