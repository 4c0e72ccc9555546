"""BLAS threads: limit their number for the matrix products of a pass, by threadpoolctl.

Threads of OpenBLAS wait for each other in busy loops. On processors that other programs use too, a
pass over blocks of rows takes several times as long as in one thread, and tens of times the
processor time. Without threadpoolctl nothing is limited.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import cache
from threading import RLock
from typing import Any, TypeVar

T = TypeVar("T")

# Multiplications in one matrix product. Below the first, OpenBLAS uses one thread by itself. Above
# the second, a product takes a millisecond in one thread, and starting more threads pays.
SMALL_PRODUCT, LARGE_PRODUCT = 9_216, 2**24

# True within `limit_blas_threads`: nested calls, also in other threads of one computation, keep the
# limit of the outermost.
_LIMITED = ContextVar("_LIMITED", default=False)

# Tokens of the computations that are limited now, and the number of threads of each library before.
_limited: set[object] = set()
_previous: list[tuple[Any, int]] = []
# A C lock in a ``with`` block, which no interrupt leaves locked; reentrant, as the handler of a
# signal may train too.
_lock = RLock()


def limit_blas_threads(largest: float, work: Callable[[], T]) -> T:
    """Call ``work()`` with one BLAS thread where more do not pay, then restore their number.

    That is for products up to `LARGE_PRODUCT`; for larger ones the number of threads is unchanged.
    Nested calls keep the limit of the outermost.

    Parameters
    ----------
    largest : float
        Multiplications in the largest matrix product of ``work``.
    work : callable
    """
    if _LIMITED.get():
        return work()
    # A context is entered and left by one call of C: no interrupt can leave the variable set.
    context = copy_context()
    context.run(_LIMITED.set, True)
    if not SMALL_PRODUCT <= largest <= LARGE_PRODUCT:
        return context.run(work)
    return context.run(_run_with_one_thread, work)


def _run_with_one_thread(work: Callable[[], T]) -> T:
    token = object()
    try:
        _limited.add(token)
        _apply_limit()
        return work()
    finally:
        try:
            _leave(token)
        except BaseException:
            # An interrupt came in between: the steps may be repeated.
            _leave(token)
            raise


def _leave(token: object) -> None:
    _limited.discard(token)
    _apply_limit()


def _apply_limit() -> None:
    """Set one thread while a computation is limited, else restore the previous numbers.

    After an interrupt anywhere in it, another call completes the work.
    """
    with _lock:
        if _limited:
            if not _previous:
                _previous[:] = [(library, library.num_threads) for library in _find_libraries()]
            for library, _ in _previous:
                library.set_num_threads(1)
        else:
            for library, threads in _previous:
                library.set_num_threads(threads)
            _previous.clear()


@cache
def _find_libraries() -> tuple[Any, ...]:
    """Find the BLAS libraries of this process; none without threadpoolctl."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return ()
    libraries = ThreadpoolController().lib_controllers
    return tuple(library for library in libraries if library.user_api == "blas")
