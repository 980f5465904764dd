"""A lock in the places where others would hang."""

import os
import threading

import pytest

from picojoule.core.locks import Lock


def test_one_thread_at_a_time() -> None:
    lock, inside, most = Lock(), [], []

    def work() -> None:
        for _ in range(200):
            with lock:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}


def test_it_opens_after_an_error_and_for_the_thread_that_holds_it() -> None:
    lock = Lock()
    with pytest.raises(KeyboardInterrupt), lock, lock:
        raise KeyboardInterrupt
    other = threading.Thread(target=lock.__enter__, daemon=True)
    other.start()
    other.join(timeout=60)
    assert not other.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_finds_it_open() -> None:
    lock, held, done = Lock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    child = os.fork()
    if not child:
        os._exit(0 if lock._lock.acquire(timeout=5) else 1)
    done.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
