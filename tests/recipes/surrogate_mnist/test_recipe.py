"""The threads. What a whole run does: test_run.py."""

import pytest
import torch

from picojoule.recipes.surrogate_mnist.recipe import threads


def test_threads_are_given_back_even_after_an_error() -> None:
    before = torch.get_num_threads()

    def interrupted() -> None:
        with threads(before + 1):
            assert torch.get_num_threads() == before + 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert torch.get_num_threads() == before
