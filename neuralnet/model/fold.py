"""A model on some of its training rows, as cross-validation needs it: a fold.

Levels are those of the whole table, and so are the columns of X, the classes and the number of
weights, whatever a fold misses; means, spreads and knots are learned from the fold's rows. Knows
nothing of how rows are dealt to folds, nor of training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from patsy.design_info import DesignInfo, FactorInfo
from patsy.splines import BS

from ..design import (
    ColumnReader,
    CompleteColumns,
    Design,
    ModelFrame,
    ModelMatrices,
    MultiResponse,
    TransformFit,
    cut_blocks,
    find_rows,
    prefix_errors,
    read_complete,
)
from ..errors import DataWarning, cut, warn
from ..formula import Factor
from ..perceptron import Batch, Raw
from .model import Model


class FoldError(ValueError):
    """A term that the rows of a fold do not define, though all rows do."""


def relearn(model: Model, rows: Any) -> Model:
    """The model of a fold: the same formula and settings, learned from some of the training rows.

    Parameters
    ----------
    model : Model
        With its training rows.
    rows : (n,) mask, or distinct positions in any order
        Of ``model.batch`` to train on; they keep the order that they have there.

    Returns
    -------
    Model
        Of the same columns of X, classes and weights, so that a ``theta`` of the one means the
        same in the other where no transform of the formula learned.

    Raises
    ------
    TypeError, ValueError
        Where these are no rows of the model, or hold no weight; naming the term that the formula
        cannot make from them, such as ``scale(x)`` of an ``x`` that is constant there.

    Notes
    -----
    The weights of classes stay those of the whole table: only they make the folds' losses sums
    of the same kind, and ``class_weight="balanced"`` could not weigh a class that a fold misses.
    Columns keep the whole table's range, where the ends of a B-spline lie too: ``bs(x)`` is
    defined nowhere else, and the rows held out must have a value.
    """
    keep = find_rows("rows", rows, model.rows.index)
    if not keep.any():
        raise ValueError("a fold needs a row to train on at least; these are none")
    if model.design.is_rowwise:
        return pick_rows(model, keep)
    model_frame, design = model.model_frame.pick(keep), model.design
    with _tell_fold(f"in a fold of {len(model_frame.frame)} rows"):
        variables = design.all_variables
        complete_columns, _ = read_complete(variables, model_frame.reader)

        def read_all(names: Sequence[str]) -> CompleteColumns:
            wanted = {name: variables[name] for name in names}
            return read_complete(wanted, ColumnReader(model.model_frame.frame))[0]

        design = _relearn_design(design, complete_columns, len(model_frame.frame), read_all)
        read = _read_whole(design, model_frame, complete_columns)
    return _take(replace(model, design=design), read, model_frame)


@contextmanager
def _tell_fold(where: str) -> Iterator[None]:
    try:
        with prefix_errors(where):
            yield
    except ValueError as fault:
        raise FoldError(str(fault)) from None


def part(model: Model, held: Any) -> tuple[Model, Batch]:
    """The model of a fold, and the rows held out as it reads them.

    Where the other rows do not define a term, as ``scale(x)`` of an ``x`` that varies in a row held
    out alone, the fold has the columns of the whole table, and a warning says so.
    """
    try:
        fold = relearn(model, ~held)
        return fold, read_held(fold, model, held)
    except FoldError as fault:
        warn(f"{fault}. This fold takes from all rows what its columns are made by.", DataWarning)
        return pick_rows(model, ~held), model.batch.pick(held)


def pick_rows(model: Model, rows: Any) -> Model:
    """The model with some of its training rows, of which nothing is learned but coordinates.

    Parameters
    ----------
    model : Model
    rows : (n,) mask, or distinct positions in any order
        Of ``model.batch``; they keep the order that they have there.

    Returns
    -------
    Model
        A ``theta`` of the one means the same in the other.
    """
    keep = find_rows("rows", rows, model.rows.index)
    return _take(model, model.rows.pick(keep), model.model_frame.pick(keep))


def _take(model: Model, rows: ModelMatrices, model_frame: ModelFrame) -> Model:
    """The model with other rows, in coordinates of theirs."""
    fold = replace(model, coordinates=Raw()).with_rows(rows, model_frame)
    w = fold.apply_class_weights(fold.batch).w
    if w is not None and not w.any():
        raise ValueError(f"none of the {len(w)} rows of a fold has a weight above 0")
    if isinstance(model.coordinates, Raw):
        return fold
    return replace(fold, coordinates=fold.standard).with_rows(fold.rows, model_frame)


def read_held(fold: Model, model: Model, rows: Any) -> Batch:
    """Training rows of the whole model as the design of a fold reads them.

    Parameters
    ----------
    fold : Model
        What `relearn` made of the model.
    model : Model
    rows : (n,) mask, or distinct positions in any order
        Of ``model.batch``; they keep the order that they have there.

    Returns
    -------
    Batch
        With case weights, class codes and offsets: ``fold.evaluate(theta, batch)`` is the loss of
        the rows held out.

    Raises
    ------
    TypeError, ValueError
        Where these are no rows of the model; naming the term that is not a finite number in one
        of them.
    """
    held = find_rows("rows", rows, model.rows.index)
    if fold.design is model.design:
        return model.batch.pick(held)
    model_frame, design = model.model_frame.pick(held), fold.design
    with _tell_fold(f"in {len(model_frame.frame)} rows held out"):
        complete_columns, _ = read_complete(design.all_variables, model_frame.reader)
        read = _read_whole(design, model_frame, complete_columns)
    family, offset = fold.perceptron.family, read.offset
    if offset is not None:
        offset = family.spread_offset(offset, fold.perceptron.sizes[-1])
    return Batch(read.X, family.encode(read.response, read.index), model_frame.w, offset)


def _read_whole(
    design: Design, model_frame: ModelFrame, complete_columns: CompleteColumns
) -> ModelMatrices:
    """Rows of which the formula makes finite numbers, left side included."""
    rows = design.read_training_rows(model_frame, complete_columns)
    if undefined := int((~rows.complete).sum()):
        raise ValueError(
            f"the response {cut(design.response.name)} is not a number in {undefined} rows"
        )
    return rows


def _relearn_design(
    design: Design,
    complete_columns: CompleteColumns,
    n: int,
    read_all: Callable[[Sequence[str]], CompleteColumns],
) -> Design:
    """The design with what its transforms remember learned anew from n complete rows."""
    blocks = list(cut_blocks([(complete_columns, n)]))
    states = {
        factor: _relearn_state(factor, state, blocks, read_all)
        for factor, state in design.states.items()
    }
    info, response = design.terms.info, design.response
    # Levels stay: they stand beside the states, and in the codings of the terms.
    infos = {
        factor: FactorInfo(factor, each.type, states[factor], each.num_columns, each.categories)
        for factor, each in info.factor_infos.items()
    }
    terms = DesignInfo(info.column_names, infos, info.term_codings)
    parts = tuple(replace(part, state=states[part.factor]) for part in response.parts)
    return replace(
        design,
        response=replace(response, parts=parts)
        if isinstance(response, MultiResponse)
        else parts[0],
        terms=replace(design.terms, info=terms),
        offsets=tuple(
            replace(offset, states=tuple(states[factor] for factor in offset.factors))
            for offset in design.offsets
        ),
    )


def _relearn_state(
    factor: Factor,
    state: Mapping[str, Any],
    blocks: Sequence[CompleteColumns],
    read_all: Callable[[Sequence[str]], CompleteColumns],
) -> Mapping[str, Any]:
    """What a factor's transforms remember of these rows; levels are no part of it."""
    if factor.is_rowwise(state):
        return state
    transform_fit = TransformFit(factor, factor.name())
    for which in range(transform_fit.n_passes):
        for complete_columns in blocks:
            transform_fit.take(which, complete_columns)
        transform_fit.finish(which)
        _stretch_splines(transform_fit, which, read_all)
    return transform_fit.state


def _stretch_splines(
    transform_fit: TransformFit, which: int, read_all: Callable[[Sequence[str]], CompleteColumns]
) -> None:
    """Put the boundary knots of B-splines that have just learned where all rows have them."""
    transforms, factor = transform_fit.state["transforms"], transform_fit.factor
    splines = {
        name for name in transform_fit.state["pass_bins"][which] if isinstance(transforms[name], BS)
    }
    if not splines:
        return
    wide = TransformFit(factor, factor.name())
    others = {name: each for name, each in transforms.items() if name not in splines}
    wide.state["transforms"] |= others
    wide.state["pass_bins"][which] = splines
    wide.take(which, read_all(factor.columns))
    wide.finish(which)
    for name in splines:
        knots, ends = transforms[name]._all_knots, wide.state["transforms"][name]._all_knots
        order = int(transforms[name]._degree) + 1
        knots[:order], knots[-order:] = ends[:order], ends[-order:]
