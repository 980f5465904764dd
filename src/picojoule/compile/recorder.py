"""Writes down every torch operation that a function calls.

The function runs for real, on small tensors; a dispatch mode sees each operation below autograd. An operation that the
compiler does not know is taken apart by torch's own decompositions, and an operation in place becomes a new value under
the same tensor. Torch's larger tracers give the same list but take seconds to import.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

INPUT = "input"


class CapturedError(Exception):
    """A tensor that is no argument and was not made on the way."""


class NoTensorError(Exception):
    """An operation whose result is not one tensor; the operation's name is its argument."""


@dataclass(frozen=True, eq=False)
class Call:
    """One operation: its name (`add.Tensor`), its arguments (calls or plain values), and the dtype of its result."""

    op: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    dtype: torch.dtype


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records what is called while it is entered.

    Args:
        inputs: the function's arguments.
        known: operations that need not be taken apart, without their overload.
    """

    def __init__(self, inputs: Iterable[Tensor], known: frozenset[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []
        self._known = known
        self._made: dict[int, Call] = {}
        self._alive: list[Tensor] = []  # an id is a tensor's own as long as the tensor lives
        for tensor in inputs:
            self._note(Call(INPUT, (), {}, tensor.dtype), tensor)

    def made_by(self, tensor: Tensor) -> Call:
        """The call that made a tensor."""
        if id(tensor) not in self._made:
            raise CapturedError
        return self._made[id(tensor)]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        """Record, and run."""
        kwargs = kwargs or {}
        packet = func.overloadpacket.__name__
        if packet.endswith("_") and not packet.endswith("__") and packet.removesuffix("_") in self._known:
            return self._in_place(func, packet.removesuffix("_"), args, kwargs)
        if packet not in self._known and (simpler := _decomposition(func)) is not None:
            with self:
                return simpler(*args, **kwargs)
        return self._recorded(f"{packet}.{func._overloadname}", args, kwargs, func(*args, **kwargs))

    def _in_place(self, func: Any, op: str, args: Any, kwargs: Any) -> Tensor:  # noqa: ANN401
        place = args[0].untyped_storage().data_ptr()
        if any(other is not args[0] and other.untyped_storage().data_ptr() == place for other in self._alive):
            raise ValueError(f"{op}_ changes another tensor too, which shares its memory; leave out the underscore")
        call = Call(op, self._named(args), kwargs, args[0].dtype)
        changed: Tensor = func(*args, **kwargs)
        self._note(call, changed)
        return changed

    def _recorded(self, op: str, args: Any, kwargs: Any, result: Any) -> Any:  # noqa: ANN401
        if not isinstance(result, Tensor):
            if op.startswith("_local_scalar"):
                raise ValueError("it takes a number out of a tensor (control flow on values); use torch.where")
            raise NoTensorError(op)
        self._note(Call(op, self._named(args), kwargs, result.dtype), result)
        return result

    def _named(self, args: Any) -> tuple[Any, ...]:  # noqa: ANN401
        return tuple(self.made_by(arg) if isinstance(arg, Tensor) else arg for arg in args)

    def _note(self, call: Call, tensor: Tensor) -> None:
        self.calls.append(call)
        self._alive.append(tensor)
        self._made[id(tensor)] = call


def _decomposition(func: Any) -> Any:  # noqa: ANN401
    """Torch's own way to take an operation apart, or `None`."""
    from torch._decomp import core_aten_decompositions

    table = core_aten_decompositions()
    return table[func] if func in table else None  # noqa: SIM401  # its `get` does not load what is asked for
