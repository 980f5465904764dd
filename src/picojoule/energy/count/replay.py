"""Attention that torch carries out in one piece: the same once more in ordinary operations, which are counted.

Closed forms would not see which attention weights a mask makes zero. The results of the second run are thrown away.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Given = Mapping[str, Any]  # arguments by name
Replay = Callable[[Given], object]

_ATTENTION_MASK, _PADDING_MASK = 0, 1  # torch's numbers of them; 2: both in one, for each sample and head


def replay_of(name: str) -> Replay | None:
    """What does in ordinary operations what an operation does in one piece; `None`: it is not known.

    Args:
        name: of the operation.

    Example:
        >>> replay_of("addmm") is None
        True
    """
    return _REPLAYS.get(name)


def _attention(given: Given) -> Tensor:
    query, key, value = (given[name] for name in ("query", "key", "value"))
    mask = given.get("attn_mask", given.get("attn_bias"))
    shared = query.dim() > 3 and query.shape[-3] != key.shape[-3]  # several heads of queries to one of keys
    found = torch.ops.aten._scaled_dot_product_attention_math(
        query, key, value, mask, 0.0, given.get("is_causal", False), scale=given.get("scale"), enable_gqa=shared
    )
    out: Tensor = found[0]
    return out


def _heads(given: Given) -> Tensor:
    return _self_attention(given["query"], given, need_weights=given.get("need_weights", True))


def _self_attention(x: Tensor, given: Given, *, need_weights: bool) -> Tensor:
    """Several heads of attention of `[B, L, E]` to itself."""
    mask, of = given.get("mask"), given.get("mask_type")
    merged = None if mask is None or of in (_ATTENTION_MASK, _PADDING_MASK) else mask.flatten(0, 1)
    x = x.transpose(0, 1)
    out, _ = functional.multi_head_attention_forward(
        x,
        x,
        x,
        given["embed_dim"],
        given["num_head"] if "num_head" in given else given["num_heads"],
        given["qkv_weight"],
        given["qkv_bias"],
        None,
        None,
        False,
        0.0,
        given["proj_weight"],
        given["proj_bias"],
        training=False,
        key_padding_mask=mask if of == _PADDING_MASK else None,
        attn_mask=mask if of == _ATTENTION_MASK else merged,
        need_weights=need_weights,
        average_attn_weights=given.get("average_attn_weights", True),
    )
    return out.transpose(0, 1)


def _encoder_layer(given: Given) -> Tensor:
    """Attention and two dense layers, each with a residual connection and a layer norm before or after it."""
    x: Tensor = given["src"]

    def norm(values: Tensor, which: int) -> Tensor:
        weight, bias = given[f"norm_weight_{which}"], given[f"norm_bias_{which}"]
        return functional.layer_norm(values, (given["embed_dim"],), weight, bias, given["eps"])

    def dense(values: Tensor) -> Tensor:
        hidden = functional.linear(values, given["ffn_weight_1"], given["ffn_bias_1"])
        hidden = functional.gelu(hidden) if given["use_gelu"] else functional.relu(hidden)
        return functional.linear(hidden, given["ffn_weight_2"], given["ffn_bias_2"])

    if given["norm_first"]:
        x = x + _self_attention(norm(x, 1), given, need_weights=False)
        return x + dense(norm(x, 2))
    x = norm(x + _self_attention(x, given, need_weights=False), 1)
    return norm(x + dense(x), 2)


_REPLAYS: dict[str, Replay] = {
    "_native_multi_head_attention": _heads,
    "_transformer_encoder_layer_fwd": _encoder_layer,
    **dict.fromkeys(
        (
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_cudnn_attention",
        ),
        _attention,
    ),
}
