"""A script run by two fresh processes, one after the other, that share one folder of compiled loops."""

import os
import subprocess
import sys
from pathlib import Path

import picojoule


def printed_by_two_processes(script: str, folder: Path) -> list[str]:
    """What the script prints when it is given `first`, and then when it is given `again`; loops are in `kernels`."""
    place = folder / "again.py"
    place.write_text(script)
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(picojoule.__file__).parents[1]),
        "PICOJOULE_KERNELS": str(folder / "kernels"),
    }
    printed = []
    for when in ("first", "again"):
        command = [sys.executable, str(place), when]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    return printed
