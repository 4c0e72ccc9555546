"""Progress of a computation in stages: a line for each, and a bar once it takes long.

It counts units of work and shows text; it knows no network, and nothing here is a choice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Any

from .progress import find_tqdm

PATIENCE = 2.0  # seconds before a bar appears, where nobody asked for it
_FORMAT = "{desc}: {percentage:3.0f}%|{bar}| {remaining} left{postfix}"


class StageReporter:
    """A context that prints a line when a stage ends, and shows a bar once it takes long.

    The lines go to standard output. The bar goes to standard error, as a widget in a notebook
    that has them; it shows the stage, the best result so far and the time left, and is removed
    at the end of the context, however that ends. Where tqdm is not installed, a stage that begins
    after that prints its name instead. It holds no lock, which an interrupt could leave
    closed: only one thread may show anything. After the context has ended nothing is shown.

    Parameters
    ----------
    total : float
        Work of all stages, above 0, in units that take about equally long.
    lines : bool
        Whether a line is printed for each stage.
    patience : float
        Seconds after which there is a bar; inf: there is none.
    clock : callable
        Gives the time in seconds.

    Examples
    --------
    >>> with StageReporter(total=3) as reporter:
    ...     reporter.begin("Cross-validating 2 decays", work=2)
    ...     reporter.advance(1, "decay 0.1: deviance 0.93 per row")
    ...     reporter.advance(1, "decay 1: deviance 0.89 per row")
    ...     reporter.end("Chose decay 1")
    ...     reporter.begin("Training", work=1)
    ...     reporter.end("Trained")
    Chose decay 1
    Trained
    """

    def __init__(
        self,
        total: float,
        lines: bool = True,
        patience: float = PATIENCE,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._total, self._lines, self._patience, self._clock = total, lines, patience, clock
        self._start = clock()
        self._done = self._goal = 0.0  # work that is done, and that will be when the stage ends
        self._stage = self._best = ""
        self._bar: Any = None

    def __enter__(self) -> StageReporter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Show nothing from here on."""
        self._lines, self._patience = False, inf
        if self._bar is not None:
            self._bar.close()

    def begin(self, stage: str, work: float) -> None:
        """Name the stage that begins, and how much of the total work it is."""
        self._stage, self._best = stage, ""
        self._goal = min(self._done + work, self._total)
        if self._draw(at_once=True) and self._bar is None:
            self._write(f"{stage} ...")

    def advance(self, work: float, best: str = "") -> None:
        """Count work that is done; ``best`` describes the best result of the stage so far."""
        self._done = min(self._done + work, self._goal)
        self._best = best or self._best
        self._draw()

    def end(self, line: str) -> None:
        """Print the line of the stage; what is left of its work is not needed."""
        self._done = self._goal
        self._draw()
        self._write(line)

    def _draw(self, at_once: bool = False) -> bool:
        """Bring the bar up to date, if one is due; return whether it is."""
        seconds = self._clock() - self._start
        if seconds < self._patience or self._patience == inf:
            return False
        if self._bar is None:
            try:
                self._bar = _open_bar(self._total, seconds, self._patience)
            except ImportError:
                return True
            at_once = True
        self._bar.set_description_str(self._stage, refresh=False)
        self._bar.set_postfix_str(self._best, refresh=False)
        self._bar.update(self._done - self._bar.n)
        if at_once:
            self._bar.refresh()
        return True

    def _write(self, line: str) -> None:
        if not self._lines:
            return
        write = print if self._bar is None else self._bar.write
        write(line)
        sys.stdout.flush()


def _open_bar(total: float, seconds: float, patience: float) -> Any:
    """Make a bar that began `seconds` ago, so that it estimates the time left from all the work.

    With ``miniters=0`` it is drawn up to ten times a second, however uneven the work is.
    """
    bar = find_tqdm()(
        total=total, bar_format=_FORMAT, leave=False, smoothing=0, miniters=0, delay=patience
    )
    # One that TQDM_DISABLE switches off has no clock.
    if not bar.disable:
        bar.start_t -= seconds
    return bar
