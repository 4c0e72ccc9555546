"""Progress bar of a training: the only import of tqdm.

Counts iterations and shows a loss; knows no network and no training loop.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any


class ProgressBar:
    """Progress bar with the loss and the time left, in a terminal or a notebook; a context.

    It is written to standard error, or shown as a widget in a notebook that has them. At the end
    of the block it is closed and stays visible. After training that stopped early without an
    error the bar is full.

    Parameters
    ----------
    total : int
        Maximum number of iterations.

    Raises
    ------
    ImportError
        If tqdm is not installed.

    Examples
    --------
    >>> with ProgressBar(total=3) as bar:
    ...     for loss in [9.0, 4.0, 1.0]:
    ...         bar.advance(loss)
    ...     bar.message("above the bar")
    above the bar
    """

    def __init__(self, total: int) -> None:
        self._make, self._total = find_tqdm(), total
        self._bar: Any = None
        self._description = ""

    def describe(self, text: str) -> None:
        """Set the text before the bar, which is not open yet."""
        self._description = text

    def __enter__(self) -> ProgressBar:
        self._bar = self._make(total=self._total, desc=self._description)
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:
            # A notebook shows a bar that is not full in the color of an error.
            self._bar.total = self._bar.n
        self._bar.close()

    def advance(self, loss: float, iterations: int = 1) -> None:
        """Count iterations; the bar is redrawn at intervals."""
        self._bar.set_postfix_str(f"loss {loss:.5g}", refresh=False)
        self._bar.update(iterations)

    def message(self, text: str) -> None:
        """Print a line to standard output, above the bar."""
        self._bar.write(text)
        sys.stdout.flush()


def find_tqdm() -> Any:
    """Import the class of bars that fits the terminal or notebook.

    Raises
    ------
    ImportError
        If tqdm is not installed.
    """
    try:
        with warnings.catch_warnings():
            # In a notebook without widgets tqdm warns, and then shows text, which is fine.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError as error:
        raise ImportError(
            "a progress bar needs tqdm: pip install 'formula-neuralnet[progress]'"
        ) from error
    return tqdm
