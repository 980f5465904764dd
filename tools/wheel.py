"""Build the wheel and see that it holds every file of the package, not only Python ones."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src"
NEEDED = ("picojoule/py.typed", "picojoule/plot/report.css", "picojoule/energy/tables/horowitz-45nm-fp32.toml")


def missing_files(wheel: Path) -> list[str]:
    """Files of the package that a wheel lacks."""
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    here = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted((here | set(NEEDED)) - packed)


def main() -> int:
    """Build, compare, and say what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, "."]
        subprocess.run(command, cwd=SOURCE.parent, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        missing = missing_files(wheel)
        print(f"{wheel.name}: {'complete' if not missing else 'lacks ' + ', '.join(missing)}")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
