"""What each of torch's operations does, by its name: a rule writes it down, and says what the result holds."""

from picojoule.core.counts import Operations
from picojoule.energy.count.call import Call, Rule
from picojoule.energy.count.elementwise import ELEMENTWISE, elementwise, plus, power, product, quotient
from picojoule.energy.count.fused import recurrent_layer
from picojoule.energy.count.kind import Kind
from picojoule.energy.count.normalising import batch_norm, log_softmax, norm, softmax
from picojoule.energy.count.reducing import (
    adaptive_max_pool,
    adaptive_mean_pool,
    cumulative,
    interpolation,
    largest,
    length,
    max_pool,
    mean,
    mean_pool,
    total,
    variance,
)
from picojoule.energy.count.sums import convolution, matrix_product
from picojoule.energy.work import Traffic


def rule_of(name: str) -> Rule | None:
    """The rule of an operation; `None`: nothing is known of it.

    Args:
        name: as torch has it, without the underscore of operations in place, for instance `addmm`.
    """
    return _RULES.get(name)


def _addmm(call: Call) -> Kind:
    bias, a, b = call.args[:3]
    kind = matrix_product(call, a, b)
    call.bias(call.out.numel(), bias.numel())
    call.book.kinds.put_sum(call.out, bias=True)
    return kind


def _matrix(call: Call) -> Kind:
    return matrix_product(call, call.args[0], call.args[1])


def _mv(call: Call) -> Kind:
    return matrix_product(call, call.args[0], call.args[1][:, None])


def _addmv(call: Call) -> Kind:
    kind = matrix_product(call, call.args[1], call.args[2][:, None])
    call.bias(call.out.numel(), call.args[0].numel())
    return kind


def _dot(call: Call) -> Kind:
    return matrix_product(call, call.args[0][None], call.args[1][:, None])


def _embedding(call: Call) -> Kind:
    """Rows of a table are read."""
    table = call.args[0]
    call.elementwise(call.out.numel(), Operations(), memory=[Traffic(table.numel(), reads=1)])
    return Kind.ANALOG


def _loss(_: Call) -> Kind:
    return Kind.ANALOG


_RULES: dict[str, Rule] = {
    **{name: elementwise(operations) for name, operations in ELEMENTWISE.items()},
    "add": plus,
    "mul": product,
    "div": quotient,
    "pow": power,
    "mm": _matrix,
    "bmm": _matrix,
    "addmm": _addmm,
    "baddbmm": _addmm,
    "mv": _mv,
    "addmv": _addmv,
    "dot": _dot,
    "convolution": convolution,
    "embedding": _embedding,
    **dict.fromkeys(
        (
            "native_batch_norm",
            "cudnn_batch_norm",
            "_native_batch_norm_legit",
            "_native_batch_norm_legit_no_training",
            "_batch_norm_with_update",
            "_batch_norm_no_update",
        ),
        batch_norm,
    ),
    "native_layer_norm": norm,
    "native_group_norm": norm,
    "_softmax": softmax,
    "_safe_softmax": softmax,
    "_log_softmax": log_softmax,
    "sum": total,
    "mean": mean,
    "cumsum": cumulative,
    **dict.fromkeys(("var", "std", "var_mean"), variance),
    **dict.fromkeys(("max", "amax", "argmax", "min", "amin", "argmin"), largest),
    **dict.fromkeys(("max_pool2d_with_indices", "max_pool3d_with_indices"), max_pool),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d", "avg_pool3d"), mean_pool),
    **dict.fromkeys(("adaptive_max_pool2d", "adaptive_max_pool3d"), adaptive_max_pool),
    **dict.fromkeys(("_adaptive_avg_pool2d", "_adaptive_avg_pool3d"), adaptive_mean_pool),
    "upsample_linear1d": interpolation(2),
    "upsample_bilinear2d": interpolation(4),
    "upsample_trilinear3d": interpolation(8),
    "upsample_bicubic2d": interpolation(16),
    "linalg_vector_norm": length,
    **dict.fromkeys(("nll_loss_forward", "nll_loss2d_forward", "mse_loss"), _loss),
    "mkldnn_rnn_layer": recurrent_layer,
}
