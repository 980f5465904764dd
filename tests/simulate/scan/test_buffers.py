"""Memory that is used again: only when nobody holds it, only where it fits, and never beyond the limit."""

import gc
import threading

import torch

from picojoule.simulate.scan.buffers import Buffers

LARGE = (1024, 1024)


def test_memory_in_use_is_never_given_out_again() -> None:
    buffers = Buffers()
    held = [buffers.empty(LARGE, torch.float32) for _ in range(3)]
    for k, tensor in enumerate(held):
        tensor.fill_(k)
    assert [tensor.mean().item() for tensor in held] == [0.0, 1.0, 2.0]


def test_a_view_keeps_its_memory() -> None:
    buffers = Buffers()
    first = buffers.empty(LARGE, torch.float32)
    view, place = first[10:12], first.data_ptr()
    del first
    gc.collect()
    other = buffers.empty(LARGE, torch.float32)
    assert other.data_ptr() != place
    del view
    gc.collect()
    assert buffers.empty(LARGE, torch.float32).data_ptr() == place


def test_memory_of_another_type_or_of_about_the_size_is_used_again() -> None:
    buffers = Buffers()
    place = buffers.empty(LARGE, torch.float32).data_ptr()
    gc.collect()
    assert buffers.empty((1000, 512), torch.float64).data_ptr() == place
    gc.collect()
    assert buffers.empty((512, 512), torch.float32).data_ptr() != place  # a quarter of it: the rest would be wasted


def test_idle_memory_stays_below_the_limit() -> None:
    buffers = Buffers(idle_bytes=10 << 20)
    held = [buffers.empty(LARGE, torch.float32) for _ in range(5)]
    del held
    gc.collect()
    assert sum(block.size for block in buffers._idle) <= 10 << 20
    buffers.clear()
    assert buffers._idle == []


def test_small_tensors_are_torch_s_own() -> None:
    buffers = Buffers()
    buffers.empty((8, 8), torch.float32)
    gc.collect()
    assert buffers._idle == []


def test_every_tensor_is_aligned_to_a_cache_line() -> None:
    buffers = Buffers()
    for shape in ((257, 1031), (300, 1000), (1, 1 << 19)):
        assert buffers.empty(shape, torch.float32).data_ptr() % 64 == 0


def test_memory_may_come_back_while_memory_is_taken() -> None:
    """The garbage collector may run anywhere, and finds tensors in a cycle."""
    buffers, done = Buffers(), threading.Event()

    def work() -> None:
        cycle: list[object] = [buffers.empty(LARGE, torch.float32)]
        cycle.append(cycle)
        with buffers._lock:
            del cycle
            gc.collect()
        done.set()

    threading.Thread(target=work, daemon=True).start()
    assert done.wait(60)
    assert len(buffers._idle) == 1


def test_threads_do_not_share_memory() -> None:
    buffers, wrong = Buffers(), []

    def work(number: int) -> None:
        for _ in range(20):
            tensor = buffers.empty((256, 512), torch.float32).fill_(number)
            if tensor.min() != number or tensor.max() != number:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
