"""Settings of all tests: the same examples in every run, one thread of torch, one folder of compiled loops."""

import os
import shutil
import tempfile

import pytest
import torch
from hypothesis import settings

KERNELS = pytest.StashKey[str]()

# the same examples in every run and no deadlines, which a busy machine would miss;
# other examples: pytest --hypothesis-profile=default
settings.load_profile("ci")


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled loops away from the user's; workers of a parallel run inherit the folder."""
    torch.set_num_threads(1)
    torch.manual_seed(0)  # a number drawn while tests are collected stands in their names: the same for every worker
    if not torch.cuda.is_available():
        os.environ.setdefault("TRITON_INTERPRET", "1")  # read when Triton is imported
    if "PICOJOULE_KERNELS" not in os.environ:
        config.stash[KERNELS] = tempfile.mkdtemp(prefix="picojoule-test-kernels-")
        os.environ["PICOJOULE_KERNELS"] = config.stash[KERNELS]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Throw the folder away, if it was made here."""
    if KERNELS in config.stash:
        os.environ.pop("PICOJOULE_KERNELS", None)
        shutil.rmtree(config.stash[KERNELS], ignore_errors=True)
