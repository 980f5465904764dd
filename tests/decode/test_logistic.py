"""The logistic readout against separable data, scikit-learn and its own optimum."""

import pytest
import torch
from torch import Tensor

from picojoule.core import responses as blocks
from picojoule.core.errors import CheckpointError, ParameterError
from picojoule.core.responses import Responses
from picojoule.decode.logistic import LogisticReadout
from picojoule.decode.scaling import MaxScaling, Scaling, Standardisation

SCALINGS = pytest.mark.parametrize("scaling", [MaxScaling(), Standardisation()], ids=repr)


def separable(seed: int, samples: int = 60, n_classes: int = 3) -> tuple[Responses, Tensor]:
    """No single neuron decides: class = which of the pairs fires together."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(samples) % n_classes
    counts = torch.randint(0, 3, (samples, n_classes + 1), generator=generator)
    counts[torch.arange(samples), labels] += 8
    counts[torch.arange(samples), labels + 1] += 8
    return Responses(counts.int(), steps=20), labels


@SCALINGS
def test_a_separable_set_is_separated(scaling: Scaling) -> None:
    train, labels = separable(0)
    test, truth = separable(1)
    readout = LogisticReadout(scaling=scaling).fit(train, labels, n_classes=3)
    assert torch.equal(readout.predict(train), labels)
    assert torch.equal(readout.predict(test), truth)


@SCALINGS
@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_are_those_of_scikit_learn(scaling: Scaling, n_classes: int) -> None:
    from sklearn.linear_model import LogisticRegression

    train, labels = separable(2, n_classes=n_classes)
    shift, factor = scaling.fit(train.counts)
    scaled = ((train.counts - shift) * factor).numpy()
    expected = LogisticRegression(C=0.5, max_iter=1000, tol=1e-8).fit(scaled, labels.numpy()).predict_proba(scaled)
    probability = LogisticReadout(scaling=scaling, penalty=2.0).fit(train, labels, n_classes=n_classes).scores(train)
    # both stop near the optimum, ours at the default tolerance and in float32
    torch.testing.assert_close(probability, torch.as_tensor(expected), rtol=0.0, atol=2e-3)


def test_the_gradient_of_the_stated_function_vanishes() -> None:
    train, labels = separable(3)
    readout = LogisticReadout(penalty=3.0).fit(train, labels, n_classes=3)
    assert readout.linear is not None
    _, factor = MaxScaling().fit(train.counts)
    scaled = train.counts * factor
    weight = (readout.linear.weight / factor[:, None]).requires_grad_()
    bias = readout.linear.bias.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(scaled @ weight + bias, labels, reduction="sum")
    (loss + 3.0 / 2 * weight.square().sum()).backward()  # type: ignore[no-untyped-call]
    assert weight.grad is not None
    assert bias.grad is not None
    assert weight.grad.abs().max() < 0.02  # the optimiser stops at a gradient of 1e-4 per sample, 60 samples
    assert bias.grad.abs().max() < 0.02


def test_a_class_without_training_samples_is_never_answered() -> None:
    train, labels = separable(4)
    gap = torch.where(labels == 1, 3, labels)  # classes 0, 2, 3 of 5
    readout = LogisticReadout().fit(train, gap, n_classes=5)
    assert torch.equal(readout.predict(train), gap)
    assert readout.scores(train)[:, [1, 4]].abs().sum() == 0
    torch.testing.assert_close(readout.scores(train).sum(1), torch.ones(60).double(), rtol=1e-12, atol=0.0)


def test_two_of_five_classes() -> None:
    train, labels = separable(5, n_classes=2)
    readout = LogisticReadout().fit(train, labels * 3 + 1, n_classes=5)
    assert torch.equal(readout.predict(train), labels * 3 + 1)


def test_fitting_twice_gives_the_same_bits() -> None:
    train, labels = separable(6)
    first, second = (LogisticReadout().fit(train, labels, n_classes=3).state() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_larger_penalty_gives_smaller_weights() -> None:
    train, labels = separable(7)
    norms = [
        float(LogisticReadout(penalty=penalty).fit(train, labels, n_classes=3).state()["weight"].norm())
        for penalty in (0.1, 1.0, 10.0)
    ]
    assert norms[0] > norms[1] > norms[2]


def test_neurons_that_never_change_get_no_weight() -> None:
    train, labels = separable(8)
    counts = torch.cat([train.counts, torch.zeros(60, 1, dtype=torch.int32)], 1)
    for scaling in (MaxScaling(), Standardisation()):
        readout = LogisticReadout(scaling=scaling).fit(Responses(counts, steps=20), labels, n_classes=3)
        assert readout.state()["weight"][-1].abs().sum() == 0


def test_too_few_iterations_are_said_in_plain_words() -> None:
    train, labels = separable(9)
    with pytest.warns(UserWarning, match="did not converge in 2 iterations; raise iterations or penalty"):
        LogisticReadout(iterations=2).fit(train, labels, n_classes=3)


def test_blocks_of_rows_give_the_same_as_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    train, labels = separable(10)
    whole = LogisticReadout(scaling=Standardisation()).fit(train, labels, n_classes=3).scores(train)
    monkeypatch.setattr(blocks, "BLOCK", 28)  # seven rows at a time
    pieces = LogisticReadout(scaling=Standardisation()).fit(train, labels, n_classes=3).scores(train)
    torch.testing.assert_close(pieces, whole, rtol=1e-4, atol=1e-6)


def test_standardisation_gives_mean_zero_and_variance_one() -> None:
    counts = separable(11)[0].counts
    shift, factor = Standardisation().fit(counts)
    scaled = (counts - shift) * factor
    torch.testing.assert_close(scaled.mean(0), torch.zeros(4).double(), rtol=0.0, atol=1e-14)
    torch.testing.assert_close(scaled.square().mean(0), torch.ones(4).double(), rtol=1e-13, atol=0.0)


def test_max_scaling_maps_the_largest_count_to_one_and_zero_to_zero() -> None:
    counts = separable(12)[0].counts
    shift, factor = MaxScaling().fit(counts)
    torch.testing.assert_close(((counts - shift) * factor).amax(0), torch.ones(4).double(), rtol=1e-15, atol=0.0)
    assert shift.abs().sum() == 0


@pytest.mark.parametrize("penalty", [0.0, -1.0, float("nan")])
def test_penalties_that_are_not_positive_are_refused(penalty: float) -> None:
    with pytest.raises(ParameterError, match=r"LogisticReadout\.penalty must be (> 0|a finite number in) times, got"):
        LogisticReadout(penalty=penalty)


def test_no_iterations_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"LogisticReadout\.iterations must be >= 1 iterations, got 0"):
        LogisticReadout(iterations=0)


def test_a_state_that_contradicts_itself_is_refused() -> None:
    train, labels = separable(13)
    state = LogisticReadout().fit(train, labels, n_classes=3).state()
    state["bias"] = state["bias"][:2]
    with pytest.raises(CheckpointError, match="3 columns of weights, 2 biases and 3 classes"):
        LogisticReadout.from_state(state)
