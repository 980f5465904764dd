"""Parts of a range side by side: each number once, errors handed on, from any thread and after a fork."""

import multiprocessing
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

import pytest
import torch

from picojoule.simulate.threads import parallel


def parts_of(count: int, threads: int | None, grain: int = 1) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    parallel(lambda begin, end: parts.append((begin, end)), count, threads, grain=grain)
    return sorted(parts)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_parts_are_contiguous_and_cover_the_range_once(count: int, threads: int) -> None:
    parts = parts_of(count, threads)

    assert len(parts) == min(count, threads)
    assert [begin for begin, _ in parts] == [0, *(end for _, end in parts[:-1])]
    assert parts[-1][1] == count
    lengths = [end - begin for begin, end in parts]
    assert max(lengths) - min(lengths) <= 1


def test_an_empty_range_calls_nothing() -> None:
    assert parts_of(0, 3) == []


def test_a_range_shorter_than_two_grains_stays_in_one_part() -> None:
    assert parts_of(19, 4, grain=10) == [(0, 19)]
    assert parts_of(20, 4, grain=10) == [(0, 10), (10, 20)]


def test_without_a_number_there_is_one_part_for_each_thread_of_torch() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        assert len(parts_of(9, None)) == 3
    finally:
        torch.set_num_threads(before)


def test_parts_run_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=20)  # passes only if three parts wait at once

    parallel(lambda *_: together.wait(), 3, 3)


def test_the_calling_thread_finishes_alone_what_busy_threads_do_not_begin() -> None:
    released, begun, done = threading.Event(), threading.Barrier(17, timeout=20), []

    def block(begin: int, end: int) -> None:
        begun.wait()
        released.wait(20)

    blocker = threading.Thread(target=parallel, args=(block, 16, 16))  # takes all threads that there are
    blocker.start()
    begun.wait()
    parallel(lambda begin, _: done.append(begin), 2, 2)

    assert sorted(done) == [0, 1]
    released.set()
    blocker.join()


def test_the_first_part_s_error_is_raised_after_all_parts_have_ended() -> None:
    ended = []

    def fail(begin: int, end: int) -> None:
        if begin == 0:
            time.sleep(0.05)  # the other error comes earlier
        ended.append(begin)
        raise ValueError(f"part {begin}")

    with pytest.raises(ValueError, match="part 0"):
        parallel(fail, 3, 3)
    assert sorted(ended) == [0, 1, 2]
    assert parts_of(3, 3) == [(0, 1), (1, 2), (2, 3)]  # and the threads are still there


def test_a_call_inside_a_part_stays_in_that_thread() -> None:
    inner: list[bool] = []

    def outer(begin: int, end: int) -> None:
        here = threading.get_ident()
        parallel(lambda *_: inner.append(threading.get_ident() == here), 4, 4)

    parallel(outer, 2, 2)

    assert inner == [True, True]
    assert len(parts_of(2, 2)) == 2  # outside again, there are parts again


def test_many_threads_may_call_at_once() -> None:
    def total(count: int) -> int:
        sums: list[int] = []
        parallel(lambda begin, end: sums.append(sum(range(begin, end))), count, 3)
        return sum(sums)

    with ThreadPoolExecutor(8) as pool:
        totals = list(pool.map(total, range(200)))

    assert totals == [count * (count - 1) // 2 for count in range(200)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork processes")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_has_threads_of_its_own() -> None:
    assert len(parts_of(2, 2)) == 2  # the parent has threads, which a child does not inherit
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_meet, args=(theirs,))
    child.start()
    try:
        assert ours.poll(20), "the child never answered"
        assert ours.recv() == 2
    finally:
        child.kill()
        child.join()


def _meet(answer: Connection) -> None:
    names: set[str] = set()
    together = threading.Barrier(2, timeout=10)

    def meet(begin: int, end: int) -> None:
        together.wait()
        names.add(threading.current_thread().name)

    parallel(meet, 2, 2)
    answer.send(len(names))
