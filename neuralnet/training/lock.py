"""A non-reentrant lock: concurrent calls are rejected, and an interrupt can never leave it locked.

Knows nothing of what is called.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context


class CallLock:
    """A lock that a function is run under; a second call meanwhile is an error.

    Parameters
    ----------
    message : str
        Of that error.

    Notes
    -----
    With `threading.Lock` an interrupt between ``acquire`` and ``try``, or in ``finally``, leaves
    the lock closed for good. A `contextvars.Context` can be entered only once at a time, and its
    ``run`` enters and leaves it in C, where no signal is handled.
    """

    def __init__(self, message: str) -> None:
        self._message = message
        self._context = Context()

    def run(self, work: Callable[[], None]) -> None:
        """Call ``work()``.

        Raises
        ------
        RuntimeError
            While another call runs, in this thread or in another one.
        """
        started = False

        def start() -> None:
            nonlocal started
            started = True
            work()

        # Context variables of the caller, such as NumPy's error handling, are valid inside.
        caller = copy_context()
        try:
            self._context.run(caller.run, start)
        except RuntimeError:
            if started:
                raise
            raise RuntimeError(self._message) from None
