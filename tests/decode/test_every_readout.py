"""What holds for every readout, found automatically."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save
from torch import Tensor

from picojoule.core.errors import CheckpointError, ParameterError, PicojouleError, ShapeError, UnknownNameError
from picojoule.core.responses import Responses, responses_from_spikes
from picojoule.decode.known import READOUTS, readout_from_state
from picojoule.decode.ngram import NGram
from picojoule.decode.output import FirstSpike, SpikeCount
from picojoule.decode.readout import Readout

CLASSES = 3
every_readout = pytest.mark.parametrize("kind", READOUTS.values(), ids=READOUTS.keys())


def case(seed: int, samples: int = 24) -> tuple[Responses, Tensor]:
    """Three neurons, of which the one of the shown class fires three times as often."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(samples) % CLASSES
    rate = 0.2 + 0.4 * torch.nn.functional.one_hot(labels, CLASSES)
    spikes = torch.bernoulli(rate.expand(12, samples, CLASSES), generator=generator)
    return responses_from_spikes(spikes), labels


def silent(samples: int = 2) -> Responses:
    return responses_from_spikes(torch.zeros(12, samples, CLASSES))


def all_subclasses(kind: type) -> set[type]:
    return {kind}.union(*map(all_subclasses, kind.__subclasses__()))


def test_every_public_readout_can_be_stored_by_name() -> None:
    public = {kind.__name__ for kind in all_subclasses(Readout) if not kind.__name__.startswith("_")} - {"Readout"}
    assert public == set(READOUTS)


@every_readout
def test_finds_most_classes_where_one_neuron_prefers_each(kind: type[Readout]) -> None:
    train, labels = case(0, samples=90)
    test, truth = case(1, samples=90)
    predicted = kind().fit(train, labels, n_classes=CLASSES).predict(test)
    assert predicted.dtype == torch.int64
    assert predicted.shape == (90,)
    assert (predicted == truth).float().mean() > 0.55  # chance is 1/3


@every_readout
def test_scores_are_not_negative_and_predict_follows_them(kind: type[Readout]) -> None:
    responses, labels = case(2)
    readout = kind().fit(responses, labels, n_classes=CLASSES)
    scores = readout.scores(responses)
    assert scores.dtype == torch.float64
    assert scores.shape == (24, CLASSES)
    assert bool((scores >= 0).all())
    decided = scores.sum(1) > 0
    assert torch.equal(readout.predict(responses)[decided], scores.argmax(1)[decided])


@every_readout
def test_a_silent_sample_stays_undecided(kind: type[Readout]) -> None:
    responses, labels = case(3)
    readout = kind().fit(responses, labels, n_classes=CLASSES)
    assert readout.predict(silent()).tolist() == [-1, -1]
    assert readout.scores(silent()).abs().sum() == 0


@every_readout
def test_no_samples_give_no_answers(kind: type[Readout]) -> None:
    responses, labels = case(4)
    assert kind().fit(responses, labels, n_classes=CLASSES).predict(silent(samples=0)).shape == (0,)


@every_readout
def test_each_sample_is_decided_by_itself(kind: type[Readout]) -> None:
    train, labels = case(5)
    readout = kind().fit(train, labels, n_classes=CLASSES)
    spikes = torch.bernoulli(torch.full((12, 6, CLASSES), 0.3), generator=torch.Generator().manual_seed(5))
    together = readout.scores(responses_from_spikes(spikes))
    for sample in range(6):
        alone = readout.scores(responses_from_spikes(spikes[:, sample : sample + 1]))
        torch.testing.assert_close(alone[0], together[sample], rtol=1e-12, atol=1e-15)


@every_readout
def test_a_network_that_was_silent_in_training_decides_nothing(kind: type[Readout]) -> None:
    readout = kind().fit(silent(samples=4), torch.tensor([0, 1, 2, 0]), n_classes=CLASSES)
    assert readout.predict(silent()).tolist() == [-1, -1]


@every_readout
def test_state_survives_a_safetensors_file(kind: type[Readout]) -> None:
    responses, labels = case(6)
    readout = kind().fit(responses, labels, n_classes=CLASSES)
    rebuilt = readout_from_state(kind.__name__, load(save(readout.state())))
    assert type(rebuilt) is kind
    assert torch.equal(rebuilt.scores(responses), readout.scores(responses))


@every_readout
def test_state_shares_no_memory_with_the_readout(kind: type[Readout]) -> None:
    responses, labels = case(7)
    readout = kind().fit(responses, labels, n_classes=CLASSES)
    before = readout.scores(responses)
    state = readout.state()
    rebuilt = kind.from_state(state)
    for tensor in state.values():
        tensor.zero_()
    assert torch.equal(readout.scores(responses), before)
    assert torch.equal(rebuilt.scores(responses), before)


@every_readout
def test_fit_leaves_the_readout_it_is_called_on_unchanged(kind: type[Readout]) -> None:
    responses, labels = case(8)
    plain = kind()
    plain.fit(responses, labels, n_classes=CLASSES)
    if kind in (SpikeCount, FirstSpike):  # nothing to learn: ready at once
        assert bool((plain.predict(responses) >= 0).any())
        return
    for use in (lambda: plain.predict(responses), plain.state):
        with pytest.raises(ParameterError, match=rf"{kind.__name__} is not fitted; use what .*fit\(responses"):
            use()


@every_readout
def test_repr_does_not_print_what_was_learned(kind: type[Readout]) -> None:
    responses, labels = case(9)
    fitted = kind().fit(responses, labels, n_classes=CLASSES)
    assert "tensor" not in repr(fitted)


@every_readout
@pytest.mark.parametrize(
    ("labels", "n_classes", "error", "message"),
    [
        (torch.zeros(24, dtype=torch.int64), 3, ShapeError, "all 24 labels are 0"),
        (torch.arange(23) % 3, 3, ShapeError, r"got \(23,\) for 24 responses"),
        (torch.arange(24) % 4, 3, ShapeError, r"n_classes = 3\), got 0 to 3"),
        (torch.arange(24) % 3, 1, ParameterError, "n_classes must be >= 2 classes, got 1"),
    ],
)
def test_unusable_labels_are_refused(
    kind: type[Readout], labels: Tensor, n_classes: int, error: type[Exception], message: str
) -> None:
    responses, _ = case(10)
    with pytest.raises(error, match=message):
        kind().fit(responses, labels, n_classes=n_classes)


@pytest.mark.parametrize("name", ["AllActivity", "ProportionWeighting", "NGram", "LogisticReadout"])
def test_responses_of_another_population_are_refused(name: str) -> None:
    responses, labels = case(11)
    fitted = READOUTS[name]().fit(responses, labels, n_classes=CLASSES)
    with pytest.raises(ShapeError, match=rf"{name} reads 3 neurons, got responses of 5"):
        fitted.predict(responses_from_spikes(torch.ones(2, 1, 5)))


@every_readout
def test_a_foreign_state_is_refused(kind: type[Readout]) -> None:
    with pytest.raises(CheckpointError, match=rf"the stored {kind.__name__} has no tensor .* but \['nonsense'\]"):
        kind.from_state({"nonsense": torch.zeros(1)})


def test_a_tensor_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(CheckpointError, match=r"'rates' of the stored AllActivity must have 2 axes, got \(3,\)"):
        readout_from_state("AllActivity", {"rates": torch.zeros(3)})


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError, match="unknown readout 'AlActivity'; did you mean 'AllActivity'"):
        readout_from_state("AlActivity", {})


@settings(deadline=None)
@given(seed=st.integers(0, 1000), factor=st.sampled_from([2, 4, 8]))
@pytest.mark.parametrize("name", ["AllActivity", "ProportionWeighting", "LogisticReadout", "SpikeCount"])
def test_scaling_all_counts_leaves_predictions_unchanged(name: str, seed: int, factor: int) -> None:
    responses, labels = case(seed % 20)
    scaled = Responses(responses.counts * factor, steps=responses.steps * factor)
    plain = READOUTS[name]().fit(responses, labels, n_classes=CLASSES)
    again = READOUTS[name]().fit(scaled, labels, n_classes=CLASSES)
    assert torch.equal(again.predict(scaled), plain.predict(responses))


FORMS: dict[str, Callable[[Tensor], Any]] = {
    "float": lambda spikes: spikes,
    "bool": lambda spikes: spikes.bool(),
    "bytes": lambda spikes: spikes.to(torch.uint8),
    "half": lambda spikes: spikes.half(),
    "with a gradient": lambda spikes: spikes.clone().requires_grad_(),
    "not contiguous": lambda spikes: spikes.transpose(0, 2).contiguous().transpose(0, 2),
    "channels": lambda spikes: spikes[:, :, None, :],
    "numpy": lambda spikes: spikes.numpy(),
    "numpy, whole": lambda spikes: spikes.numpy().astype(np.int64),
    "lists": lambda spikes: spikes.tolist(),
}


@every_readout
@pytest.mark.parametrize("form", FORMS)
def test_spikes_of_any_kind_are_read_like_responses(kind: type[Readout], form: str) -> None:
    generator = torch.Generator().manual_seed(12)
    spikes = torch.bernoulli(torch.full((9, 12, CLASSES), 0.3), generator=generator)
    responses, labels = responses_from_spikes(spikes), torch.arange(12) % CLASSES
    expected = kind().fit(responses, labels, n_classes=CLASSES)
    given: Any = FORMS[form](spikes)
    for truth in (labels, labels.tolist(), labels.numpy(), labels.to(torch.uint8)):
        readout = kind().fit(given, truth, n_classes=CLASSES)  # type: ignore[arg-type]
        assert torch.equal(readout.scores(given), expected.scores(responses))
        assert torch.equal(readout.predict(responses), expected.predict(given))


@every_readout
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int32, torch.int64, torch.uint8])
def test_two_axes_are_counts(kind: type[Readout], dtype: torch.dtype) -> None:
    responses, labels = case(13)
    counts = responses.counts.to(dtype)
    fitted = kind().fit(responses, labels, n_classes=CLASSES)
    if kind in (NGram, FirstSpike):
        with pytest.raises(ShapeError, match=rf"{kind.__name__} needs .* only counts are there; .*spikes \[T, B, N\]"):
            fitted.predict(counts)
        return
    forms: list[Any] = [counts, counts.numpy(), counts.tolist()]
    for form in forms:
        assert torch.equal(kind().fit(form, labels, n_classes=CLASSES).scores(form), fitted.scores(responses))


@every_readout
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (torch.ones(3), r"spikes \[T, B, N\] or counts \[B, N\], got \[3\]"),
        (torch.full((4, 3), 0.5), r"counts \[B, N\] must be whole numbers >= 0"),
        (torch.full((4, 3), float("nan")), r"counts \[B, N\] must be whole numbers >= 0"),
        (-torch.ones(4, 3), r"counts \[B, N\] must be whole numbers >= 0"),
        (torch.full((4, 3), 1e12), r"counts \[B, N\] must be whole numbers >= 0"),
        (torch.full((5, 4, 3), 0.5), "spikes must be 0 or 1"),
        (torch.full((5, 4, 3), float("nan")), "spikes must be 0 or 1"),
        (None, "responses must be .* got None"),
        ("spikes", "responses must be .* got 'spikes'"),
    ],
)  # fmt: skip
def test_what_is_neither_spikes_nor_counts_is_refused(kind: type[Readout], given: Any, message: str) -> None:
    responses, labels = case(14)
    fitted = kind().fit(responses, labels, n_classes=CLASSES)
    for use in (fitted.predict, fitted.scores, lambda given: kind().fit(given, [0, 1, 2, 0], n_classes=CLASSES)):  # type: ignore[arg-type]
        with pytest.raises(PicojouleError, match=message):
            use(given)


@every_readout
@pytest.mark.parametrize("stored", [False, True], ids=["fitted", "from a file"])
def test_a_readout_that_expects_certain_counts_knows_how_samples_were_shown(kind: type[Readout], stored: bool) -> None:
    def answers(steps: int, dt: float | None) -> Responses:
        spikes = torch.bernoulli(torch.full((steps, 9, CLASSES), 0.3), generator=torch.Generator().manual_seed(3))
        return replace(responses_from_spikes(spikes), dt=dt)

    readout = kind().fit(answers(12, 1.0), torch.arange(9) % CLASSES, n_classes=CLASSES)
    if stored:
        readout = readout_from_state(kind.__name__, load(save(readout.state())))
    for steps, dt in ((12, 1.0), (12, None)):
        readout.scores(answers(steps, dt))
    if kind.absolute:
        readout.scores(torch.ones(3, CLASSES))  # plain counts do not say how they were made
    for steps, dt in ((24, 1.0), (12, 0.5), (6, None)):
        now = f"{steps} steps" + (f" of {dt:g} ms" if dt else "")
        expected = pytest.raises(ShapeError, match=rf"{kind.__name__} was fitted on 12 steps of 1 ms, got {now}, which")
        with expected if kind.absolute else nullcontext():
            readout.predict(answers(steps, dt))
    if kind.absolute:
        readout.under(None).predict(answers(24, 1.0))  # on purpose


def test_the_readouts_that_expect_certain_counts() -> None:
    """All others answer the same where every neuron fires twice as often."""
    assert {name for name, kind in READOUTS.items() if kind.absolute} == {"PoissonLikelihood", "LogisticReadout"}


@every_readout
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_state_with_nan_is_refused(kind: type[Readout], number: float) -> None:
    responses, labels = case(6)
    state = kind().fit(responses, labels, n_classes=CLASSES).state()
    for name, value in state.items():
        if value.is_floating_point():
            broken = state | {name: torch.full_like(value, number)}
            with pytest.raises(CheckpointError, match=rf"'{name}' of the stored \w+ holds NaN or infinity"):
                kind.from_state(broken)
