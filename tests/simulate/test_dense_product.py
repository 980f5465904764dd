"""The dense product equals torch's own, whichever library computes it."""

import pytest
import torch

from picojoule.simulate import dense_product as module
from picojoule.simulate.dense_product import dense_product


@pytest.mark.parametrize("onednn", [True, False])
@pytest.mark.parametrize("transposed", [True, False])
@pytest.mark.parametrize("size", [(4, 3, 2), (300, 70, 130), (2000, 60, 10)])
def test_products_of_all_sizes(
    size: tuple[int, int, int], transposed: bool, onednn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, inputs, outputs = size
    if not onednn:
        monkeypatch.setattr(module, "_has_onednn", lambda: False)
    g = torch.Generator().manual_seed(0)
    x = torch.randint(-9, 10, (rows, inputs), generator=g).float()  # small whole numbers: every sum is exact
    weight = torch.randint(-9, 10, (outputs, inputs), generator=g).float()
    bias = torch.randint(-9, 10, (outputs,), generator=g).float()
    given = weight.t().contiguous().t() if transposed else weight

    exact = x.double() @ weight.double().t()
    assert torch.equal(dense_product(x, given), exact.float())
    assert torch.equal(dense_product(x, given, bias), (exact + bias).float())
    assert torch.equal(dense_product(x.double(), given.double(), bias.double()), exact + bias)
