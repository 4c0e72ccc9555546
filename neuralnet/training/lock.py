"""One at a time: a second call is refused, and no signal can leave the way barred.

Knows nothing of what is called.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context


class CallLock:
    """Runs functions one at a time, whichever thread they come from.

    Notes
    -----
    A lock that Python code takes and gives back can be lost: an interrupt may come between the
    taking and the ``try``, or in the ``finally``. A `contextvars.Context` can be entered once at
    a time; it is entered and left inside one call of C, where no signal is handled.
    """

    def __init__(self, refusal: str) -> None:
        self._refusal = refusal
        self._room = Context()

    def run(self, work: Callable[[], None]) -> None:
        """Call ``work()``.

        Raises
        ------
        RuntimeError
            Where another call is going on.
        """
        begun = False

        def begin() -> None:
            nonlocal begun
            begun = True
            work()

        # The caller's own context variables, such as NumPy's handling of errors, hold inside.
        here = copy_context()
        try:
            self._room.run(here.run, begin)
        except RuntimeError:
            if begun:
                raise
            raise RuntimeError(self._refusal) from None
