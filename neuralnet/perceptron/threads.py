"""A function of each task: one after the other, in threads, or in other processes.

Results come in the order of the tasks, whoever is done first. Whoever takes them closes the
iterator, and nothing goes on behind his back. Knows nothing of what is computed.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextvars import Context, ContextVar, copy_context
from threading import Event
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
R = TypeVar("R")


# Set in the threads of a map, to an event that says when nobody waits for them any more.
_ABANDONED: ContextVar[Event | None] = ContextVar("_ABANDONED", default=None)


def count_processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_threads() -> int:
    """As many as the variable NEURALNET_THREADS of the environment says, else one a processor."""
    given = os.environ.get("NEURALNET_THREADS", "")
    if not given:
        return count_processors()
    if not given.isdigit() or int(given) < 1:
        raise ValueError(f"NEURALNET_THREADS must be a whole number above 0, not {given!r}")
    return int(given)


def map_in_order(
    run: Callable[[T], R], tasks: Sequence[T], threads: int
) -> Generator[R, None, None]:
    """What ``map`` gives, by several threads, which are never far ahead of whoever takes it.

    Context variables and NumPy's handling of errors are the caller's in the threads too. Where
    these come to map in turn, they do so alone.
    """
    threads = min(threads, len(tasks))
    if threads <= 1 or _ABANDONED.get() is not None:
        yield from map(run, tasks)
        return
    abandoned, handling = Event(), np.geterr()

    def begin(context: Context, task: T) -> R:
        context.run(_ABANDONED.set, abandoned)
        # Before NumPy 2 it belongs to the thread, and not to the context.
        with np.errstate(**handling):
            return context.run(run, task)

    with ThreadPoolExecutor(threads) as pool:
        try:
            yield from _take(
                pool, lambda task: pool.submit(begin, copy_context(), task), tasks, threads
            )
        finally:
            abandoned.set()


def _wait_for(future: Future[R]) -> R:
    """The result of a task, by a wait that wakes up often enough to hear a signal.

    One that another thread was given, or that came just before the wait, would not end it.
    """
    while not wait([future], timeout=0.1).done:
        pass
    return future.result()


def _take(
    pool: Executor, submit: Callable[[T], Future[R]], tasks: Sequence[T], workers: int
) -> Iterator[R]:
    """Results in order; tasks that have not begun are dropped where nobody takes the rest."""
    waiting: deque[Future[R]] = deque()
    try:
        for task in tasks:
            waiting.append(submit(task))
            if len(waiting) > 2 * workers:
                yield _wait_for(waiting.popleft())
        while waiting:
            yield _wait_for(waiting.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


# In another process: what was sent, and what came of it when it was first needed.
_sent: list[Any] = []
