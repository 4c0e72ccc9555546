"""How many threads BLAS takes for the products of matrices of a pass: the door to threadpoolctl.

OpenBLAS lets its threads wait for each other in loops. Where other programs use the processors too,
a pass over blocks of rows then takes several times as long as in one thread, and tens of times the
processor time. Where threadpoolctl is not installed nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import cache
from threading import RLock
from typing import Any, TypeVar

T = TypeVar("T")

# Multiplications in one product. Below the first, OpenBLAS takes one thread of itself. Above the
# second, a product takes a millisecond in one thread, and several are worth their start.
SMALL_PRODUCT, LARGE_PRODUCT = 9_216, 2**24

# Whether whoever called has decided already: for what belongs to one computation the number of
# threads is one, in all threads of Python that share it.
_DECIDED = ContextVar("_DECIDED", default=False)

# What computes in one thread just now, and the threads that each library had before.
_working: set[object] = set()
_before: list[tuple[Any, int]] = []
# C code takes and gives it back with the block, so that no interrupt leaves it held; and a signal's
# handler may train too.
_turn = RLock()


def limit_blas_threads(largest: float, work: Callable[[], T]) -> T:
    """Call ``work()`` with as many threads of BLAS as pay; those of before are restored.

    One for products up to `LARGE_PRODUCT`; beyond, the number is left as it is. What is called from
    ``work`` has the threads of ``work``.

    Parameters
    ----------
    largest : float
        Multiplications in the largest of its products of matrices.
    work : callable
    """
    if _DECIDED.get():
        return work()
    # Entered and left inside one call of C: no interrupt can leave the variable set.
    here = copy_context()
    here.run(_DECIDED.set, True)
    if not SMALL_PRODUCT <= largest <= LARGE_PRODUCT:
        return here.run(work)
    return here.run(_run_with_one_thread, work)


def _run_with_one_thread(work: Callable[[], T]) -> T:
    here = object()
    try:
        _working.add(here)
        _settle()
        return work()
    finally:
        try:
            _leave(here)
        except BaseException:
            # An interrupt in between: all of it may be done again.
            _leave(here)
            raise


def _leave(here: object) -> None:
    _working.discard(here)
    _settle()


def _settle() -> None:
    """Bring the number of threads to what those that compute just now want.

    Wherever it is broken off, calling it again does the rest.
    """
    with _turn:
        if _working:
            if not _before:
                _before[:] = [(library, library.num_threads) for library in _find_libraries()]
            for library, _ in _before:
                library.set_num_threads(1)
        else:
            for library, threads in _before:
                library.set_num_threads(threads)
            _before.clear()


@cache
def _find_libraries() -> tuple[Any, ...]:
    """Those that multiply matrices in this process; none where threadpoolctl is missing."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return ()
    found = ThreadpoolController().lib_controllers
    return tuple(library for library in found if library.user_api == "blas")
