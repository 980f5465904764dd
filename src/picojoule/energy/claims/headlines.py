"""The headlines, and whether their source was read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Headline:
    """A published factor.

    Args:
        factor: how many times less energy is claimed.
        words: as the page shall call it.
        source: where it is from, as far as it was confirmed.
    """

    factor: float
    words: str
    source: str


_UNCONFIRMED = "as quoted of Yin, Corradi & Bohté 2021; source not confirmed here"
HEADLINES = (
    Headline(100.0, "100 x", "Yin, Corradi & Bohté, ICONS 2020, abstract: more than 100 times, on the harder tasks"),
    Headline(243.0, "243 x", _UNCONFIRMED),
    Headline(1900.0, "1,900 x", _UNCONFIRMED),
)
CONFIRMED = (
    "The abstract of Yin, Corradi & Bohté, Nature Machine Intelligence 3 (2021), says one to three orders of magnitude."
)
