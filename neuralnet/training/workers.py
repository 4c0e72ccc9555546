"""Workers: tasks in this process, in threads or in other processes, in order."""

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

# Rows times weights that a task computes in one go. Below, threads lose what they gain by waiting
# for each other: Python lets one at a time go from one array to the next. On two processors two
# fits were 1.0 times as fast in two threads with 3e5, 1.3 times with 1e6, 1.8 times with 2e6.
GAINING = 1e6


_Warned = tuple[str, type[Warning], str, int]


def count_jobs(n_jobs: Any) -> int:
    """Processes that are asked for: 0 for None, and one a processor for -1.

    Raises
    ------
    TypeError, ValueError
        Where it is neither of these, nor a whole number above 0.
    """
    if n_jobs is None:
        return 0
    if not isinstance(n_jobs, bool) and n_jobs == -1:
        return count_processors()
    try:
        return check_whole("n_jobs", n_jobs, least=1)
    except ValueError as fault:
        raise ValueError(f"{fault}; or -1, one process a processor") from None


class AbandonedError(Exception):
    """Nobody waits for the result of a task any more."""


def stop_if_abandoned() -> None:
    """Raise AbandonedError in the thread of a task that is; long tasks call this often."""
    if is_abandoned():
        raise AbandonedError


class Crew:
    """Those who work on the tasks of one training: this thread, and others where that gains.

    Parameters
    ----------
    shared : object
        What every task is about.
    alone : bool
        Whether no other thread is to help.
    """

    # Whether tasks leave this process.
    far = False

    def __init__(self, shared: Any, alone: bool = False) -> None:
        self.shared, self._alone = shared, alone

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        pass

    def count_threads(self, grain: float) -> int:
        """For tasks that compute so many rows times weights in one go."""
        return count_threads() if grain >= GAINING and not self._alone else 1

    def map(
        self, run: Callable[[Any, T], R], tasks: Sequence[T], grain: float
    ) -> Generator[R, None, None]:
        """``run(shared, task)`` for each task, in their order; whoever leaves early closes it.

        ``grain`` is how many rows times weights a task computes in one go.
        """
        return map_in_order(partial(run, self.shared), tasks, self.count_threads(grain))


class ProcessCrew(Crew):
    """Other processes, to which all has to be sent.

    Parameters
    ----------
    shared : object
    count : int
    carrier : object
        Which pickles, and has what is shared as an attribute.
    part : str
        Of that name.

    Raises
    ------
    TypeError
        Where the carrier cannot be sent.
    """

    far = True

    def __init__(self, shared: Any, count: int, carrier: Any, part: str) -> None:
        super().__init__(shared)
        self._content, self._count = (dump(carrier), part), count
        self._pool: ProcessPoolExecutor | None = None
        self._told: dict[Any, Any] = {}

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        # Before Python 3.14 there is no public way to end what has begun.
        processes = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes if kind is not None else ():
            process.terminate()

    def map(
        self, run: Callable[[Any, T], R], tasks: Sequence[T], grain: float
    ) -> Generator[R, None, None]:
        """The same there; what was printed and warned of there is so here, in order."""
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
                    warnings.warn_explicit(text, category, filename, line, registry=self._told)
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
    """A pickle of what is to be sent to another process.

    Raises
    ------
    TypeError
        Where it holds what does not pickle.
    """
    try:
        return pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
    except Exception as fault:
        raise TypeError(
            "n_jobs= sends the network and the options of train() to other processes, and "
            f"something of your own in them does not pickle ({visible(fault, 200)}): define it by "
            "def or class in a module, or leave n_jobs= out"
        ) from fault


# In another process: the pickle and the attribute that were sent, then the object made of them.
_sent: list[Any] = []


def _receive(content: bytes, part: str) -> None:
    # Whoever is interrupted ends this process; it has nothing to tell of that.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _sent[:] = [content, part]


def _work(run: Callable[[Any, T], R], task: T) -> tuple[R, str, list[_Warned]]:
    """The result of a task in another process, what it printed and what it warned of."""
    with warnings.catch_warnings(record=True) as caught, redirect_stdout(StringIO()) as printed:
        warnings.simplefilter("always")
        if len(_sent) == 2:
            _sent.append(getattr(_open(_sent[0]), _sent[1]))
        result = run(_sent[2], task)
    told = [(str(each.message), each.category, each.filename, each.lineno) for each in caught]
    return result, printed.getvalue(), told


def _open(content: bytes) -> Any:
    try:
        return pickle.loads(content)
    except AttributeError as fault:
        raise TypeError(
            f"n_jobs= sends the network to other processes, which do not know something of your "
            f"own in it ({visible(fault, 200)}): define it in a module, or leave n_jobs= out"
        ) from None
