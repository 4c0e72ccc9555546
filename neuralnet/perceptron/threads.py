"""Ordered parallel map: apply a function to tasks in threads, and yield results in task order.

Closing the generator cancels the tasks that have not begun. Knows nothing of what is computed.
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
from typing import TypeVar

import numpy as np

from ..errors import quote

T = TypeVar("T")
R = TypeVar("R")


# Set in the threads of a map: an event that is set when the caller has closed the map.
_ABANDONED: ContextVar[Event | None] = ContextVar("_ABANDONED", default=None)


def count_processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_threads() -> int:
    """Return the number of threads: NEURALNET_THREADS, by default one for each processor."""
    value = os.environ.get("NEURALNET_THREADS", "")
    if not value:
        return count_processors()
    if not value.isdigit() or int(value) < 1:
        raise ValueError(f"NEURALNET_THREADS must be a whole number above 0, not {quote(value)}")
    return int(value)


def is_abandoned() -> bool:
    """Return True in a thread of `map_in_order` whose caller takes no more results."""
    abandoned = _ABANDONED.get()
    return abandoned is not None and abandoned.is_set()


def map_in_order(
    run: Callable[[T], R], tasks: Sequence[T], threads: int
) -> Generator[R, None, None]:
    """Ordered parallel map with bounded look-ahead: the results of ``map``, from several threads.

    The threads run with the caller's context variables and its handling of floating-point errors.
    A map inside such a thread runs in that thread alone.
    """
    threads = min(threads, len(tasks))
    if threads <= 1 or _ABANDONED.get() is not None:
        yield from map(run, tasks)
        return
    abandoned, handling = Event(), np.geterr()

    def begin(context: Context, task: T) -> R:
        context.run(_ABANDONED.set, abandoned)
        # Before NumPy 2 the handling of errors belongs to the thread, not to the context.
        with np.errstate(**handling):
            return context.run(run, task)

    with ThreadPoolExecutor(threads) as pool:
        try:
            yield from _yield_results(
                pool, lambda task: pool.submit(begin, copy_context(), task), tasks, threads
            )
        finally:
            abandoned.set()


def wait_for_result(future: Future[R]) -> R:
    """Wait for the result of a task, and wake up every 0.1 s to let a signal through.

    A signal that another thread received, or that came just before the wait, would not end it.
    """
    while not wait([future], timeout=0.1).done:
        pass
    return future.result()


def _yield_results(
    pool: Executor, submit: Callable[[T], Future[R]], tasks: Sequence[T], workers: int
) -> Iterator[R]:
    """Yield results in order, at most 2 tasks a worker ahead; cancel the rest when closed."""
    waiting: deque[Future[R]] = deque()
    try:
        for task in tasks:
            waiting.append(submit(task))
            if len(waiting) > 2 * workers:
                yield wait_for_result(waiting.popleft())
        while waiting:
            yield wait_for_result(waiting.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
