"""Progress of a computation in stages: a line for each, and a bar once it takes long.

Counts units of work and shows text; knows no network, and affects no result.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Any, TextIO

from .forecast import TimeForecast, describe_seconds
from .progress import find_tqdm

PATIENCE = 2.0  # seconds before a bar appears that was not requested
_FORMAT = "{desc}: {percentage:3.0f}%|{bar}| {remaining} left{postfix}"


class StageReporter:
    """A context that prints a line when a stage ends, and shows a bar once it takes long.

    The lines go to standard output. The bar goes to standard error, as a widget in a notebook
    that has them; it shows the stage, the best result so far and the time left, and is removed
    at the end of the context, however that ends. Where tqdm is not installed, a stage that begins
    after that prints its name instead. It has no lock, which an interrupt could leave closed:
    only one thread may use it. After the context has ended nothing is shown.

    Parameters
    ----------
    total : float
        Work of all stages, above 0, in units of about equal time.
    lines : bool
        Whether a line is printed for each stage, and to standard error, as it depends on the
        clock, one for the time left, if it is long.
    patience : float
        Seconds before a bar is shown; inf: never.
    clock : callable
        Returns the time in seconds.

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
        self._start = self._now = clock()
        self._done = self._goal = 0.0  # work that is done, and that will be when the stage ends
        self._stage = self._best = ""
        self._forecast = TimeForecast(total)
        self._bar: Any = None

    def __enter__(self) -> StageReporter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop showing anything."""
        self._lines, self._patience = False, inf
        if self._bar is not None:
            self._bar.close()

    def begin(self, stage: str, work: float) -> None:
        """Begin a stage with its name and its share of the total work."""
        self._stage, self._best = stage, ""
        self._goal = min(self._done + work, self._total)
        if self._draw(at_once=True) and self._bar is None:
            self._write(f"{stage} ...")

    def advance(self, work: float, best: str = "") -> None:
        """Count completed work; ``best`` describes the best result of the stage so far."""
        self._done = min(self._done + work, self._goal)
        self._best = best or self._best
        self._draw()
        if (found := self._forecast.count(work, self._now)) is not None:
            pace, left = found
            text = f"About {describe_seconds(pace * left)} left, by the pace so far"
            self._write(text, sys.stderr)

    def end(self, line: str) -> None:
        """End the stage and print its line; its remaining work counts as completed."""
        self._forecast.skip(self._goal - self._done)
        self._done = self._goal
        self._draw()
        self._write(line)

    def _draw(self, at_once: bool = False) -> bool:
        """Update the bar, if one is due; return whether it is."""
        self._now = self._clock()
        seconds = self._now - self._start
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

    def _write(self, line: str, file: TextIO | None = None) -> None:
        if not self._lines:
            return
        write = print if self._bar is None else self._bar.write
        write(line, file=file or sys.stdout)
        (file or sys.stdout).flush()


def _open_bar(total: float, seconds: float, patience: float) -> Any:
    """Open a bar that began `seconds` ago, so that its estimate of the time left uses all work.

    With ``miniters=0`` it is drawn up to ten times a second, even if the work is uneven.
    """
    bar = find_tqdm()(
        total=total, bar_format=_FORMAT, leave=False, smoothing=0, miniters=0, delay=patience
    )
    # A bar that TQDM_DISABLE disables has no clock.
    if not bar.disable:
        bar.start_t -= seconds
    return bar
