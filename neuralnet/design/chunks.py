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
from ..formula import Factor, concatenate_numbers
from .columns import Variable, find_missing, read_column, read_complete
from .frames import as_frame, make_native, pick_column
from .matrix import translate_errors
from .summaries import BLOCK, Tally, warn_of_levels

# Complete columns by name.
Ready = Mapping[str, Any]
Blocks = Callable[[], Iterator[Ready]]
_EXAMPLE = "lambda: pd.read_csv(path, chunksize=100_000)"


@dataclass(frozen=True, eq=False)
class Survey:
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
    sample: Ready
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

    def blocks(self, survey: Survey) -> Blocks:
        """What gives blocks of the complete rows; all of them have `BLOCK` rows but the last."""

        def read_ready() -> Iterator[tuple[Ready, int]]:
            rows = 0
            for where, frame in self.read():
                with tell_where(where):
                    ready, complete = read_complete(survey.variables, frame)
                rows += len(frame)
                yield ready, int(complete.sum())
            if rows != survey.rows:
                raise ValueError(
                    f"the function gave {survey.rows} rows when called first and {rows} when "
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


def survey_columns(
    names: Sequence[str],
    frames: Iterable[tuple[str, pd.DataFrame]],
    predictors: Collection[str] = (),
) -> Survey:
    """Learn columns from the rows that miss nothing in any of them, in one pass.

    Predictors have the levels besides of the rows that miss no predictor: their response may be
    predicted.

    Raises
    ------
    TypeError, ValueError
        Naming the column, and the chunk, that is missing or does not go with the others; where
        no row is complete.
    """
    tallies = {name: Tally(name) for name in names}
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
                tallies[name].add(columns[name], values[name], complete, where, teaching)
        rows, whole = rows + len(frame), whole + int(complete.sum())
        if sample is None and complete.any():
            sample = frame.iloc[[int(complete.argmax())]]
    if not rows:
        raise ValueError("the data has no rows: there is nothing to learn from")
    if sample is None:
        counts = ", ".join(f"{cut(name)} {count}" for name, count in missing.items())
        raise ValueError(f"no row of {rows} is complete; missing values: {counts}")
    variables = {name: tally.learn() for name, tally in tallies.items()}
    warn_of_levels([*tallies.values()])
    return Survey(variables, read_complete(variables, sample)[0], rows, whole)


def align(pieces: Iterable[tuple[Ready, int]]) -> Iterator[Ready]:
    """Cut columns of so many rows anew, into blocks of `BLOCK` rows; the last may have fewer."""
    held: list[Ready] = []
    count = 0
    for ready, n in pieces:
        start = 0
        while start < n:
            stop = min(n, start + BLOCK - count)
            held.append({name: column[start:stop] for name, column in ready.items()})
            count += stop - start
            start = stop
            if count == BLOCK:
                yield _join(held)
                held, count = [], 0
    if held:
        yield _join(held)


def _join(parts: Sequence[Ready]) -> Ready:
    if len(parts) == 1:
        return parts[0]
    return {name: _concatenate([part[name] for part in parts]) for name in parts[0]}


def _concatenate(columns: Sequence[Any]) -> Any:
    first = columns[0]
    if not isinstance(first, pd.Categorical):
        return concatenate_numbers(columns)
    codes = np.concatenate([column.codes for column in columns])
    return pd.Categorical.from_codes(codes, dtype=first.dtype)


@dataclass(eq=False)
class Memory:
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
    passes : int
        How often all blocks must go by.
    """

    factor: Factor
    formula: str
    watch: Callable[[Any], None] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    passes: int = 0
    _lessons: int = 0

    def __post_init__(self) -> None:
        with translate_errors(self.formula):
            self._lessons = self.factor.memorize_passes_needed(self.state, None)
        self.passes = self._lessons + (self.watch is not None)

    def take(self, which: int, ready: Ready) -> None:
        """Go through one block in such a pass."""
        with translate_errors(self.formula):
            if which < self._lessons:
                self.factor.memorize_chunk(self.state, which, ready)
                return
            value = self.factor.eval(self.state, ready)
        if self.watch is not None:
            self.watch(value)

    def finish(self, which: int) -> None:
        """All blocks have gone by in such a pass."""
        if which < self._lessons:
            with translate_errors(self.formula):
                self.factor.memorize_finish(self.state, which)


def teach(memories: Sequence[Memory], blocks: Blocks) -> None:
    """Let all learn side by side, in no more passes than the slowest needs."""
    for which in range(max((memory.passes for memory in memories), default=0)):
        learning = [memory for memory in memories if which < memory.passes]
        for ready in blocks():
            for memory in learning:
                memory.take(which, ready)
        for memory in learning:
            memory.finish(which)
