"""Input that stands still."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as everywhere
from torch.nn.utils import parametrizations, spectral_norm

from picojoule.layers.linear import Linear
from picojoule.layers.over_time import OverTime
from picojoule.layers.still import gives_the_same, only_looks, stands_still


class Own(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + torch.rand_like(x)


class Noisy(Linear):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + torch.rand(1)


class Wrapped(OverTime):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + torch.rand(1)


class Drawn(nn.Conv2d):
    def _conv_forward(self, *_: Any) -> Tensor:
        return torch.rand(1, 2, 3, 3)


def noise(*_: Any) -> None:
    """A hook of any kind."""


def instead(module: nn.Module, method: str) -> nn.Module:
    """The module with another method."""
    plain = getattr(module, method)
    setattr(module, method, lambda *given: plain(*given) + torch.rand(1))
    return module


HOOKS = ("forward_pre_hook", "forward_hook", "full_backward_pre_hook", "full_backward_hook")
CHANGED: dict[str, Callable[[], nn.Module]] = {
    "of one's own": lambda: Noisy(2, 2),
    "OverTime of one's own": lambda: Wrapped(nn.Linear(2, 2)),
    "a convolution of one's own": lambda: Drawn(1, 2, 3),
    "another forward": lambda: instead(nn.Linear(2, 2), "forward"),
    "another part of forward": lambda: instead(nn.Conv2d(1, 2, 3), "_conv_forward"),
    "weight norm": lambda: parametrizations.weight_norm(nn.Linear(2, 2)),
    "spectral norm": lambda: parametrizations.spectral_norm(Linear(2, 2)),
    "spectral norm by a hook": lambda: spectral_norm(nn.Linear(2, 2)),
    "samples mixed": lambda: nn.Softmax(dim=0),
    "attention": lambda: nn.TransformerEncoderLayer(2, 1, 2, dropout=0.0),
}


def test_an_expanded_image_stands_still() -> None:
    image = torch.rand(2, 1, 4, 4)
    wanted = image.clone().requires_grad_()
    assert not stands_still(wanted.expand(5, 2, 1, 4, 4))  # each step has a gradient of its own
    with torch.no_grad():
        assert stands_still(wanted.expand(5, 2, 1, 4, 4))
    assert stands_still(image.expand(5, 2, 1, 4, 4))
    assert stands_still(image.expand(5, 2, 1, 4, 4)[1:4])
    assert not stands_still(image.expand(5, 2, 1, 4, 4).contiguous())
    assert not stands_still(image[None])  # a single step needs no care
    assert not stands_still(torch.rand(5, 1, 4).expand(5, 2, 4))  # samples that are the same are another matter


@pytest.mark.parametrize(
    ("module", "training", "expected"),
    [
        (nn.Conv2d(1, 2, 3), True, True),
        (nn.Linear(1, 2), True, True),
        (Linear(1, 2), True, True),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()), True, True),
        (OverTime(nn.Conv2d(1, 2, 3)), True, True),
        (nn.BatchNorm2d(2), False, True),
        (nn.BatchNorm2d(2), True, False),
        (nn.BatchNorm2d(2, track_running_stats=False), False, False),
        (nn.Dropout(), False, True),
        (nn.Dropout(), True, False),
        (nn.Sequential(nn.Linear(1, 2), nn.Dropout2d()), True, False),
        (nn.FractionalMaxPool2d(2, output_size=1), False, False),
        (Own(), False, False),
        (OverTime(Own()), False, False),
    ],
)
def test_only_what_is_known_to_repeat_itself_is_trusted(module: nn.Module, training: bool, expected: bool) -> None:
    assert gives_the_same(module.train(training)) is expected


@pytest.mark.parametrize("make", CHANGED.values(), ids=CHANGED.keys())
@pytest.mark.parametrize("inside", [False, True], ids=["itself", "inside others"])
@pytest.mark.filterwarnings("ignore:.*deprecated:FutureWarning")
def test_what_is_not_as_torch_wrote_it_is_not_trusted(make: Callable[[], nn.Module], inside: bool) -> None:
    module = make().eval()
    assert not gives_the_same(nn.Sequential(nn.Flatten(), OverTime(module)) if inside else module)


@pytest.mark.parametrize("kind", HOOKS)
@pytest.mark.parametrize("make", [lambda: nn.Linear(2, 2), lambda: Linear(2, 2), lambda: OverTime(nn.Flatten())])
def test_hooks_might_do_anything_unless_they_say_that_they_only_look(kind: str, make: Callable[[], nn.Module]) -> None:
    module = make()
    register = getattr(module, f"register_{kind}")
    with register(only_looks(lambda *_: None)):
        assert gives_the_same(nn.Sequential(module))
    with register(noise):
        assert not gives_the_same(nn.Sequential(module))
        assert not gives_the_same(module)
    assert gives_the_same(module)


@pytest.mark.parametrize("kind", HOOKS)
def test_hooks_of_all_modules_might_do_anything_too(kind: str) -> None:
    with getattr(everywhere, f"register_module_{kind}")(noise):
        assert not gives_the_same(nn.Linear(2, 2))
    assert gives_the_same(nn.Linear(2, 2))


def test_a_class_that_somebody_changed_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = nn.Linear.forward

    @wraps(plain)
    def noisy(self: nn.Linear, x: Tensor) -> Tensor:
        return plain(self, x) + torch.rand(1)

    for changed in (noisy, lambda self, x: plain(self, x) + torch.rand(1)):
        monkeypatch.setattr(nn.Linear, "forward", changed)
        assert not gives_the_same(nn.Linear(2, 2))
        assert gives_the_same(Linear(2, 2))
