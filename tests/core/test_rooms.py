"""Rooms: what is public is there, light, and found by who misspells it. Fresh processes show what an import loads."""

import ast
import importlib
import pickle
import subprocess
import sys
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import picojoule
from picojoule.core.errors import PicojouleError
from picojoule.core.rooms import OTHER_NAMES, ROOMS, ROOT, Room, nearest

PACKAGES = [ROOT, *(f"{ROOT}.{room}" for room in ROOMS)]
every_room = pytest.mark.parametrize("name", PACKAGES)


def room(name: str) -> Room:
    found = importlib.import_module(name)
    assert isinstance(found, Room)
    return found


def imported(name: str) -> dict[str, str]:
    """What a package's source imports for those who check types: public name to `module:name`."""
    tree = ast.parse(Path(str(room(name).__file__)).read_text(encoding="utf-8"))
    named = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    pairs = {alias.asname: f"{node.module}:{alias.name}" for node in named for alias in node.names if alias.asname}
    return {public: home for public, home in pairs.items() if public not in ("_furnish", "_ROOMS")}


def fresh(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


@every_room
def test_every_public_name_is_what_the_source_imports(name: str) -> None:
    """One list is read by type checkers, the other at run time; both say the same."""
    written = imported(name)
    assert set(room(name).__all__) - set(ROOMS) == set(written) - set(ROOMS)
    for public, home in written.items():
        module, _, own = home.partition(":")
        if public not in ROOMS:
            assert getattr(room(name), public) is getattr(importlib.import_module(module), own)


@every_room
def test_dir_and_star_give_exactly_the_public_names(name: str) -> None:
    found: dict[str, object] = {}
    exec(f"from {name} import *", found)
    found.pop("__builtins__")
    assert sorted(found) == dir(room(name)) == sorted(room(name).__all__)
    assert not [public for public, value in found.items() if isinstance(value, ModuleType) and public not in ROOMS]


@every_room
def test_a_room_is_pickled_by_its_name_and_reloaded_in_place(name: str) -> None:
    before = room(name)
    assert pickle.loads(pickle.dumps(before)) is before
    assert importlib.reload(before) is before
    assert dir(before) == sorted(before.__all__)


def test_the_root_is_small() -> None:
    assert len(picojoule.__all__) <= 60


def test_the_order_of_imports_does_not_turn_a_function_into_a_module() -> None:
    homes = {f"{name}.{public}": home for name in PACKAGES for public, home in imported(name).items()}
    hidden = [path for path, home in homes.items() if home.partition(":")[0] == path]
    assert {"picojoule.plot.raster", "picojoule.energy.measure"} <= set(hidden)
    program = ["import importlib, types", f"for path in {hidden}:", "    importlib.import_module(path)"]
    program += [f"for path in {hidden}:", "    room, _, name = path.rpartition('.')"]
    program += ["    assert isinstance(getattr(importlib.import_module(room), name), types.FunctionType), path"]
    fresh("\n".join(program))
    assert isinstance(picojoule.plot.raster, FunctionType)


def test_importing_loads_nothing_and_plotting_only_when_something_is_drawn() -> None:
    fresh(
        "import sys, picojoule as pj\n"
        "heavy = {'torch', 'numpy', 'numba', 'matplotlib', 'scipy', 'sklearn'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "assert not hasattr(pj, 'LIF') and not hasattr(pj.energy, 'raster') and not hasattr(pj.plot, '__wrapped__')\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "pj.plot.raster, pj.energy.Study\n"
        "assert 'matplotlib' not in sys.modules\n"
    )


MISSPELT = {
    "LIF": "did you mean pj.neurons.LIF?",
    "load": "did you mean pj.load_data or pj.load_network?",
    "Poisson": "did you mean pj.encode.Poisson?",
    "STDP": "did you mean pj.learn.PairSTDP or pj.learn.TripletSTDP?",
    "Leaky": "did you mean pj.neurons.LIF or pj.neurons.LeakyIntegrator?",
    "raster": "did you mean pj.plot.raster?",
    "spiking": "did you mean pj.Spiking?",  # not pj.layers.Spiking, too
    "PoissonEncoder": "pj.encode.Poisson",
    "LIFNode": "did you mean pj.neurons.LIF?",
    "energy.rasters": "did you mean pj.plot.raster?",
    "neurons.Lif": "did you mean pj.neurons.LIF?",
    "layers.spiking_": "did you mean pj.layers.Spiking?",
    "decode.acuracy": "did you mean pj.decode.accuracy",
    "Zzyzx": "dir(pj) lists what there is",
    "plot.Zzyzx": "dir(pj.plot) lists what there is",
}


@pytest.mark.parametrize("wanted", MISSPELT)
def test_who_misspells_a_name_is_told_the_right_one(wanted: str) -> None:
    place, _, name = wanted.rpartition(".")
    asked = room(f"{ROOT}.{place}" if place else ROOT)
    assert not hasattr(asked, name)
    with pytest.raises(AttributeError) as caught:
        getattr(asked, name)
    assert isinstance(caught.value, PicojouleError)
    assert f"has no {name!r}; " in str(caught.value)
    assert MISSPELT[wanted] in str(caught.value)


@every_room
def test_names_of_other_rooms_are_found_from_everywhere(name: str) -> None:
    here = set(room(name).__all__) | set(picojoule.__all__)
    for other in ROOMS:
        for public in set(room(f"{ROOT}.{other}").__all__) - here:
            assert f"{ROOT}.{other}.{public}" in nearest(name, public) or public in OTHER_NAMES


@pytest.mark.parametrize("wanted", OTHER_NAMES)
def test_what_others_call_it_leads_to_something(wanted: str) -> None:
    assert wanted not in picojoule.__all__
    for path in nearest(ROOT, wanted):
        place, _, name = path.rpartition(".")
        assert name in room(place).__all__
