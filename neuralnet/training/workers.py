"""Worker pools: run tasks in this thread, in other threads or in other processes, in order."""

from __future__ import annotations

import pickle
import signal
import warnings
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from multiprocessing import get_context
from numbers import Real
from typing import Any, TypeVar

from ..errors import check_whole, visible
from ..perceptron import (
    count_processors,
    count_threads,
    is_abandoned,
    map_in_order,
    wait_for_result,
)

T = TypeVar("T")
R = TypeVar("R")

# Rows times weights per NumPy call of a task. Below this, threads gain nothing: between calls only
# one of them runs Python at a time. On two processors two fits were 1.0 times as fast in two
# threads with 3e5, 1.3 times with 1e6, 1.8 times with 2e6.
MIN_GRAIN = 1e6


# Processes, where there are no more processors: each takes memory, and a second to start.
MOST_JOBS = 60

# In another process: the pickle and the attribute that were sent, then the object made of them.
_sent: list[Any] = []

_Warned = tuple[str, type[Warning], str, int]


def count_jobs(n_jobs: Any) -> int:
    """Number of processes requested: 0 for None, one for each processor for -1.

    Raises
    ------
    TypeError, ValueError
        For anything else but a whole number above 0, and for many more than there are processors.
    """
    if n_jobs is None:
        return 0
    if isinstance(n_jobs, Real) and n_jobs == -1:
        return count_processors()
    try:
        return check_whole("n_jobs", n_jobs, least=1, most=max(MOST_JOBS, count_processors()))
    except ValueError as fault:
        raise ValueError(f"{fault}; or -1, one process a processor") from None


class AbandonedError(Exception):
    """The result of a task is no longer needed."""


def stop_if_abandoned() -> None:
    """Raise AbandonedError in the thread of an abandoned task; long tasks call this often."""
    if is_abandoned():
        raise AbandonedError


class WorkerPool:
    """Pool for the tasks of one training: this thread, and others where that is faster.

    Parameters
    ----------
    shared : object
        First argument of every task.
    alone : bool
        Whether to use this thread only.
    """

    # Whether tasks leave this process.
    in_other_processes = False

    def __init__(self, shared: Any, alone: bool = False) -> None:
        self.shared: Any = shared
        self._alone = alone

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        pass

    def count_threads(self, grain: float) -> int:
        """Number of threads, for tasks that compute ``grain`` rows times weights per NumPy call."""
        return count_threads() if grain >= MIN_GRAIN and not self._alone else 1

    def map(
        self, run: Callable[[Any, T], R], tasks: Sequence[T], grain: float
    ) -> Generator[R, None, None]:
        """``run(shared, task)`` for each task, in their order; close the generator to leave early.

        ``grain`` is the number of rows times weights that a task computes per NumPy call.
        """
        return map_in_order(partial(run, self.shared), tasks, self.count_threads(grain))


class ProcessPool(WorkerPool):
    """Pool of other processes, to which tasks and results are sent as pickles.

    Parameters
    ----------
    shared : object
    count : int
    carrier : object
        A picklable object that has the shared object as an attribute.
    part : str
        The name of that attribute.

    Raises
    ------
    TypeError
        Where the carrier cannot be pickled.
    """

    in_other_processes = True

    def __init__(self, shared: Any, count: int, carrier: Any, part: str) -> None:
        super().__init__(shared)
        self._content, self._count = (dump(carrier), part), count
        self._pool: ProcessPoolExecutor | None = None
        self._warned: dict[Any, Any] = {}

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        # Before Python 3.14 there is no public way to end running processes.
        processes = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes if kind is not None else ():
            process.terminate()

    def map(
        self, run: Callable[[Any, T], R], tasks: Sequence[T], grain: float
    ) -> Generator[R, None, None]:
        """As in `WorkerPool`; what tasks print and warn of is repeated here, in order."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._count, get_context("spawn"), _receive, self._content
            )
        pool, waiting = self._pool, deque[Future[Any]]()
        try:
            for task in tasks:
                waiting.append(pool.submit(_work, run, task))
            while waiting:
                result, printed, warned = wait_for_result(waiting.popleft())
                print(printed, end="", flush=True)
                for text, category, filename, line in warned:
                    warnings.warn_explicit(text, category, filename, line, registry=self._warned)
                yield result
        except BrokenProcessPool:
            raise RuntimeError(_BROKEN) from None
        finally:
            for each in waiting:
                each.cancel()


_BROKEN = (
    "a process that n_jobs= started ended before its work: it ran out of memory or was killed, or "
    "this is a script that does not begin its work below \"if __name__ == '__main__':\", which "
    "other processes need. Without n_jobs= all is done in this process."
)


def dump(thing: Any) -> bytes:
    """Pickle an object that will be sent to another process.

    Raises
    ------
    TypeError
        Where a part of it cannot be pickled.
    """
    try:
        return pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
    except Exception as fault:
        raise TypeError(
            "n_jobs= sends the network and the options of train() to other processes, and "
            f"a user-defined part of them cannot be pickled ({visible(fault, 200)}): define it by "
            "def or class in a module, or leave n_jobs= out"
        ) from fault


def _receive(content: bytes, part: str) -> None:
    # The parent process handles an interrupt and ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _sent[:] = [content, part]


def _work(run: Callable[[Any, T], R], task: T) -> tuple[R, str, list[_Warned]]:
    """Run a task in this process: its result, its printed output and its warnings."""
    with warnings.catch_warnings(record=True) as caught, redirect_stdout(StringIO()) as printed:
        warnings.simplefilter("always")
        if len(_sent) == 2:
            _sent.append(getattr(_open(_sent[0]), _sent[1]))
        result = run(_sent[2], task)
    warned = [(str(each.message), each.category, each.filename, each.lineno) for each in caught]
    return result, printed.getvalue(), warned


def _open(content: bytes) -> Any:
    try:
        return pickle.loads(content)
    except AttributeError as fault:
        raise TypeError(
            "n_jobs= sends the network to other processes, which cannot import a user-defined part "
            f"of it ({visible(fault, 200)}): define it in a module, or leave n_jobs= out"
        ) from None
