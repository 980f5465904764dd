"""What torch says about one of its operations."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch


@dataclass(frozen=True)
class Operation:
    """One of torch's operations.

    Args:
        name: without the underscore of operations in place, for instance `addmm`.
        writes: whether it writes into what it is given.
        composite: whether torch makes it of other operations, which is seen where no gradient is wanted at all.
        arguments: names of its arguments, in order.
    """

    name: str
    writes: bool
    composite: bool
    arguments: tuple[str, ...]


@cache
def operation_of(func: Any) -> Operation:  # noqa: ANN401  # torch's operations have no public type
    """What torch says about an operation.

    Args:
        func: as torch hands it to whoever looks on.

    Example:
        >>> operation_of(torch.ops.aten.relu_.default)
        Operation(name='relu', writes=True, composite=False, arguments=('self',))
    """
    schema = func._schema
    name = schema.name.partition("::")[2]
    composite = torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), "CompositeImplicitAutograd")
    return Operation(
        name.removesuffix("_") or name,
        bool(schema.is_mutable),
        bool(composite),
        tuple(argument.name for argument in schema.arguments),
    )
