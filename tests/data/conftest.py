"""Small datasets in the official layout, and a server on this machine that offers them."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from picojoule.data.files import FileSet

MakeFiles = Callable[..., FileSet]


def idx_gz(values: bytes, *shape: int) -> bytes:
    header = bytes((0, 0, 8, len(shape))) + b"".join(size.to_bytes(4, "big") for size in shape)
    return gzip.compress(header + values, mtime=0)


@pytest.fixture
def small_files() -> dict[str, bytes]:
    """The four files of MNIST's layout: three training images of 2 × 2 and two test images."""
    return {
        "train-images-idx3-ubyte.gz": idx_gz(bytes(range(0, 240, 20)), 3, 2, 2),
        "train-labels-idx1-ubyte.gz": idx_gz(bytes((1, 0, 1)), 3),
        "t10k-images-idx3-ubyte.gz": idx_gz(bytes(range(8)), 2, 2, 2),
        "t10k-labels-idx1-ubyte.gz": idx_gz(bytes((0, 1)), 2),
    }


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that `PICOJOULE_DATA` points at."""
    monkeypatch.setenv("PICOJOULE_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def small_set(small_files: dict[str, bytes]) -> MakeFiles:
    """Make the file set `toy` of the small files, published at the mirrors given."""

    def make(*mirrors: str) -> FileSet:
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in small_files.items()}
        return FileSet("toy", mirrors=mirrors or ("http://127.0.0.1:9/",), sha256=digests)

    return make


@pytest.fixture
def place(data_folder: Path, small_files: dict[str, bytes]) -> Callable[[], Path]:
    """Put the small files where they belong."""

    def write() -> Path:
        folder = data_folder / "toy"
        folder.mkdir()
        for name, content in small_files.items():
            (folder / name).write_bytes(content)
        return folder

    return write


class Server:
    """Offers `contents` by path, such as `good/file.gz`, and remembers what was asked for."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path[1:])
                content = server.contents.get(self.path[1:])
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def mirror(self, name: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/{name}/"

    def offer(self, name: str, contents: dict[str, bytes]) -> str:
        self.contents |= {f"{name}/{file}": content for file, content in contents.items()}
        return self.mirror(name)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = Server()
    thread = threading.Thread(target=running.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.http.shutdown()
    thread.join()
    running.http.server_close()
