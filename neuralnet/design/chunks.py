"""Learning from rows that come in pieces: frames, and the blocks of complete rows cut from them.

A whole frame is one piece. Blocks are cut by the number of the row alone, so that what is summed
in them is the same to the last bit however the rows came. Knows no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ..errors import cut
from ..formula import Factor, join
from .columns import Variable, find_missing, read_column, read_complete
from .frames import as_frame, make_native, pick_column
from .matrix import translate_errors
from .summaries import BLOCK, ColumnSummary, warn_of_levels

# Complete columns by name.
CompleteColumns = Mapping[str, Any]
Blocks = Callable[[], Iterator[CompleteColumns]]
_EXAMPLE = "lambda: pd.read_csv(path, chunksize=100_000)"


@dataclass(frozen=True, eq=False)
class ColumnScan:
    """What one pass over frames tells of their columns.

    Attributes
    ----------
    variables : dict of str to Variable
    sample : dict of columns
        One complete row.
    rows, complete : int
        The number of rows, and of those that miss nothing in these columns.
    """

    variables: Mapping[str, Variable]
    sample: CompleteColumns
    rows: int
    complete: int


@dataclass(frozen=True, eq=False)
class Chunks:
    """Frames of the rows, in order, as often as they are asked for.

    Attributes
    ----------
    make : callable
        Gives the frames, afresh at each call.
    whole : bool
        Whether there is one frame only, in memory.
    """

    make: Callable[[], Any]
    whole: bool

    @classmethod
    def open(cls, data: Any) -> Chunks:
        """From a whole table, or from a callable that gives an iterator of tables.

        Raises
        ------
        TypeError
            For anything else, such as an iterator, which could be gone through once only.
        """
        if isinstance(data, Iterator):
            raise TypeError(
                f"a {type(data).__name__} can be gone through once, and learning may need several "
                f"passes: give a function that makes a fresh one at each call, as {_EXAMPLE}"
            )
        if callable(data):
            return cls(data, whole=False)
        frame = make_native(as_frame(data))
        return cls(lambda: (frame,), whole=True)

    def read(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Each frame after how to call it: nothing, for the only one there is."""
        frames = self.make()
        if isinstance(frames, pd.DataFrame | Mapping | str) or not isinstance(frames, Iterable):
            raise TypeError(
                f"the function must give an iterator of frames, as {_EXAMPLE} does; it gave a "
                f"{type(frames).__name__}"
            )
        try:
            for number, chunk in enumerate(frames, 1):
                where = "" if self.whole else f"chunk {number}"
                with tell_where(where):
                    frame = make_native(as_frame(chunk))
                yield where, frame
        finally:
            # Readers of files that are left early would keep them open.
            close = getattr(frames, "close", None)
            if callable(close):
                close()

    def blocks(self, scan: ColumnScan) -> Blocks:
        """What gives blocks of the complete rows; all of them have `BLOCK` rows but the last."""

        def read_ready() -> Iterator[tuple[CompleteColumns, int]]:
            rows = 0
            for where, frame in self.read():
                with tell_where(where):
                    complete_columns, complete = read_complete(scan.variables, frame)
                rows += len(frame)
                yield complete_columns, int(complete.sum())
            if rows != scan.rows:
                raise ValueError(
                    f"the function gave {scan.rows} rows when called first and {rows} when "
                    "called again: it must make a fresh iterator of the same frames at each call, "
                    f"as {_EXAMPLE} does"
                )

        if not self.whole:
            return lambda: align(read_ready())
        kept = cache(lambda: list(read_ready()))
        return lambda: align(kept())


@contextmanager
def tell_where(where: str) -> Iterator[None]:
    """Put the name of a chunk before what is wrong in it."""
    try:
        yield
    except (TypeError, ValueError) as fault:
        if not where:
            raise
        kind = TypeError if isinstance(fault, TypeError) else ValueError
        raise kind(f"{where}: {fault}") from None


def scan_columns(
    names: Sequence[str],
    frames: Iterable[tuple[str, pd.DataFrame]],
    predictors: Collection[str] = (),
) -> ColumnScan:
    """Learn columns from the rows that miss nothing in any of them, in one pass.

    Predictors have the levels besides of the rows that miss no predictor: their response may be
    predicted.

    Raises
    ------
    TypeError, ValueError
        Naming the column, and the chunk, that is missing or does not go with the others; where
        no row is complete.
    """
    summaries = {name: ColumnSummary(name) for name in names}
    missing = dict.fromkeys(names, 0)
    rows, whole, sample = 0, 0, None
    for where, frame in frames:
        with tell_where(where):
            columns = {name: pick_column(frame, name) for name in names}
            values = {name: read_column(name, column) for name, column in columns.items()}
            complete, predictable = np.ones((2, len(frame)), dtype=bool)
            for name in names:
                blank = find_missing(values[name])
                missing[name] += int(blank.sum())
                complete &= ~blank
                if name in predictors:
                    predictable &= ~blank
            for name in names:
                teaching = predictable if name in predictors else complete
                summaries[name].add(columns[name], values[name], complete, where, teaching)
        rows, whole = rows + len(frame), whole + int(complete.sum())
        if sample is None and complete.any():
            sample = frame.iloc[[int(complete.argmax())]]
    if not rows:
        raise ValueError("the data has no rows: there is nothing to learn from")
    if sample is None:
        counts = ", ".join(f"{cut(name)} {count}" for name, count in missing.items())
        raise ValueError(f"no row of {rows} is complete; missing values: {counts}")
    variables = {name: summary.to_variable() for name, summary in summaries.items()}
    warn_of_levels([*summaries.values()])
    return ColumnScan(variables, read_complete(variables, sample)[0], rows, whole)


def align(pieces: Iterable[tuple[CompleteColumns, int]]) -> Iterator[CompleteColumns]:
    """Cut columns of so many rows anew, into blocks of `BLOCK` rows; the last may have fewer."""
    held: list[CompleteColumns] = []
    count = 0
    for complete_columns, n in pieces:
        start = 0
        while start < n:
            stop = min(n, start + BLOCK - count)
            held.append({name: column[start:stop] for name, column in complete_columns.items()})
            count += stop - start
            start = stop
            if count == BLOCK:
                yield _join(held)
                held, count = [], 0
    if held:
        yield _join(held)


def _join(parts: Sequence[CompleteColumns]) -> CompleteColumns:
    if len(parts) == 1:
        return parts[0]
    return {name: _concatenate([part[name] for part in parts]) for name in parts[0]}


def _concatenate(columns: Sequence[Any]) -> Any:
    first = columns[0]
    if not isinstance(first, pd.Categorical):
        return join(columns)
    codes = np.concatenate([column.codes for column in columns])
    return pd.Categorical.from_codes(codes, dtype=first.dtype)


@dataclass(eq=False)
class TransformFit:
    """What a factor's transforms remember, learned in passes over blocks of complete rows.

    Attributes
    ----------
    factor : Factor
    formula : str
        What errors name.
    watch : callable or None
        Sees the factor's values, block by block, once it has learned.
    state : dict
        What patsy calls the state of a factor.
    n_passes : int
        How often all blocks must go by.
    """

    factor: Factor
    formula: str
    watch: Callable[[Any], None] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    n_passes: int = 0
    _n_learning_passes: int = 0

    def __post_init__(self) -> None:
        with translate_errors(self.formula):
            self._n_learning_passes = self.factor.memorize_passes_needed(self.state, None)
        self.n_passes = self._n_learning_passes + (self.watch is not None)

    def take(self, which: int, complete_columns: CompleteColumns) -> None:
        """Go through one block in such a pass."""
        with translate_errors(self.formula):
            if which < self._n_learning_passes:
                self.factor.memorize_chunk(self.state, which, complete_columns)
                return
            value = self.factor.eval(self.state, complete_columns)
        if self.watch is not None:
            self.watch(value)

    def finish(self, which: int) -> None:
        """All blocks have gone by in such a pass."""
        if which < self._n_learning_passes:
            with translate_errors(self.formula):
                self.factor.memorize_finish(self.state, which)


def fit_transforms(transform_fits: Sequence[TransformFit], blocks: Blocks) -> None:
    """Let all learn side by side, in no more passes than the slowest needs."""
    for which in range(max((fit.n_passes for fit in transform_fits), default=0)):
        learning = [fit for fit in transform_fits if which < fit.n_passes]
        for columns in blocks():
            for fit in learning:
                fit.take(which, columns)
        for fit in learning:
            fit.finish(which)
