"""`pj neurons`: the neuron models, and pictures of what they do."""

from dataclasses import dataclass
from pathlib import Path

from picojoule.cli.parse import HELP, parsed
from picojoule.core.errors import ParameterError, UnknownNameError

USAGE = """\
usage: pj neurons                      every model in a line
       pj neurons show NAME [options]  answer to a current step, and f-I curve, as a picture; --help lists the options
       pj neurons regimes [--out …]    the firing patterns of Izhikevich's model, as a picture
       pj neurons surrogates [--out …] the surrogate gradients, as a picture
"""


@dataclass(frozen=True)
class Output:
    """Draw a picture."""

    out: Path | None = None
    """the PNG file; a new one in this folder if left out"""


def neurons(words: list[str]) -> int:
    """`pj neurons`, `pj neurons show NAME`, `pj neurons regimes` or `pj neurons surrogates`.

    Returns:
        Exit status of the verb.

    Raises:
        UnknownNameError: if the verb is unknown.
    """
    if not words:
        return listed()
    verb, rest = words[0], words[1:]
    if verb in HELP:
        print(USAGE, end="")
        return 0
    if verb == "show":
        return _show(rest)
    if verb in ("regimes", "surrogates"):
        return _picture(verb, rest)
    raise UnknownNameError("verb of pj neurons", verb, ("show", "regimes", "surrogates"))


def listed() -> int:
    """Print every model with its ports, its state and what it is."""
    import torch
    from rich.table import Table

    from picojoule.cli.console import console
    from picojoule.cli.neuron_models import models, regimes

    table = Table("neuron", "input", "state", "what it is")
    for name, kind in models().items():
        state = kind().initial(torch.zeros(1, 1))._fields
        summary = " ".join((kind.__doc__ or "").strip().split("\n\n")[0].split())
        table.add_row(name, ", ".join(kind.ports._fields), ", ".join(state), summary)  # type: ignore[attr-defined]
    console().print(table)
    for name, kind in models().items():
        if published := regimes(kind):
            print(f"regimes of {name}: {', '.join(published)}")
    return 0


def _show(words: list[str]) -> int:
    from picojoule.cli.neuron_options import Options

    name, rest = ("NAME", words) if words and words[0] in HELP else (words[0] if words else "-", words[1:])
    if name.startswith("-"):
        raise ParameterError("pj neurons show takes the name of a model, such as LIF; `pj neurons` lists them")
    options: Options = parsed(Options, prog=f"pj neurons show {name}", words=rest)
    from picojoule.cli.neuron_show import show

    return show(name, options)


def _picture(verb: str, words: list[str]) -> int:
    from picojoule.cli.picture import picture_path

    output: Output = parsed(Output, prog=f"pj neurons {verb}", words=words)
    path = picture_path(output.out, verb)
    from picojoule.cli.neuron_pictures import regimes_picture, surrogates_picture
    from picojoule.plot.save import save_figure

    save_figure(regimes_picture() if verb == "regimes" else surrogates_picture(), path)
    print(path)
    return 0
