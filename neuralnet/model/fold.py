"""The model of a fold in cross-validation: refitted to some of the training rows.

Levels, columns of X, classes and the number of weights are those of the whole table; means,
standard deviations and knots are learned from the rows of the fold.
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
from ..errors import DataWarning, cut, pluralize, warn
from ..formula import Factor
from ..perceptron import Batch, Unscaled
from .model import Model


class FoldError(ValueError):
    """A term that is defined in all rows together, but not in the rows of a fold."""


def refit(model: Model, rows: Any) -> Model:
    """Refit a model to some of its training rows, with the same formula and settings.

    Parameters
    ----------
    model : Model
        With its training rows.
    rows : (n,) mask, or distinct positions in any order
        The rows of ``model.batch`` to train on; they keep their order.

    Returns
    -------
    Model
        With the same columns of X, classes and weights: a ``theta`` has the same meaning in both
        if no transform of the formula is stateful.

    Raises
    ------
    TypeError, ValueError
        If these are no rows of the model, or have no weight; and, naming the term, if a term cannot
        be computed from them, such as ``scale(x)`` of an ``x`` that is constant there.

    Notes
    -----
    Class weights are those of the whole table: only so the losses of folds are comparable, and
    ``class_weight="balanced"`` has no weight for a class without a row in the fold. Columns keep
    the range of the whole table, and so do the boundary knots of B-splines: ``bs(x)`` is undefined
    outside them, and the rows held out need a value.
    """
    keep = find_rows("rows", rows, model.rows.index)
    if not keep.any():
        raise ValueError("a fold needs at least one row to train on; these are none")
    if model.design.is_rowwise:
        return pick_rows(model, keep)
    model_frame, design = model.model_frame.pick(keep), model.design
    with _name_fold_in_errors(f"in a fold of {pluralize(len(model_frame.frame), 'row')}"):
        design = design.refit_fills(model_frame)
        variables = design.all_variables
        columns, _ = read_complete(variables, model_frame.reader)

        def read_all(names: Sequence[str]) -> CompleteColumns:
            some = {name: variables[name] for name in names}
            return read_complete(some, ColumnReader(model.model_frame.frame))[0]

        design = _refit_design(design, columns, len(model_frame.frame), read_all)
        read = _read_whole(design, model_frame, columns)
    return _take(replace(model, design=design), read, model_frame)


@contextmanager
def _name_fold_in_errors(where: str) -> Iterator[None]:
    try:
        with prefix_errors(where):
            yield
    except ValueError as fault:
        raise FoldError(str(fault)) from None


def part(model: Model, held: Any) -> tuple[Model, Batch]:
    """Return the model of a fold, and the held-out rows as its design reads them.

    If a term is not defined in the rows of the fold, such as ``scale(x)`` of an ``x`` that is
    constant there, the fold uses the columns of the whole table, with a warning.
    """
    try:
        fold = refit(model, ~held)
        return fold, read_held(fold, model, held)
    except FoldError as fault:
        warn(
            f"{fault}. In this fold, means, medians, deviations and knots are those of all rows.",
            DataWarning,
        )
        return pick_rows(model, ~held), model.batch.pick(held)


def pick_rows(model: Model, rows: Any) -> Model:
    """Return the model with some of its training rows; only its scaling is refitted.

    Parameters
    ----------
    model : Model
    rows : (n,) mask, or distinct positions in any order
        Rows of ``model.batch``; they keep their order.

    Returns
    -------
    Model
        A ``theta`` has the same meaning in both.
    """
    keep = find_rows("rows", rows, model.rows.index)
    return _take(model, model.rows.pick(keep), model.model_frame.pick(keep))


def _take(model: Model, rows: ModelMatrices, model_frame: ModelFrame) -> Model:
    """Return the model with other rows, and with the scaling of these rows."""
    fold = replace(model, scaling=Unscaled()).with_rows(rows, model_frame)
    w = fold.apply_class_weights(fold.batch).w
    if w is not None and not w.any():
        raise ValueError(f"none of the {pluralize(len(w), 'row')} of a fold has a weight above 0")
    if isinstance(model.scaling, Unscaled):
        return fold
    return replace(fold, scaling=fold.standard).with_rows(fold.rows, model_frame)


def read_held(fold: Model, model: Model, rows: Any) -> Batch:
    """Read training rows of the whole model with the design of a fold.

    Parameters
    ----------
    fold : Model
        Made by `refit`.
    model : Model
    rows : (n,) mask, or distinct positions in any order
        Rows of ``model.batch``; they keep their order.

    Returns
    -------
    Batch
        With case weights, class codes and offsets: ``fold.evaluate(theta, batch)`` has the loss of
        the held-out rows.

    Raises
    ------
    TypeError, ValueError
        If these are no rows of the model; and, naming the term, if a term is not finite in one of
        them.
    """
    held = find_rows("rows", rows, model.rows.index)
    if fold.design is model.design:
        return model.batch.pick(held)
    model_frame, design = model.model_frame.pick(held), fold.design
    with _name_fold_in_errors(f"in {pluralize(len(model_frame.frame), 'row')} held out"):
        columns, _ = read_complete(design.all_variables, model_frame.reader)
        read = _read_whole(design, model_frame, columns)
    family, offset = fold.perceptron.family, read.offset
    if offset is not None:
        offset = family.spread_offset(offset, fold.perceptron.sizes[-1])
    return Batch(read.X, family.encode(read.response, read.index), model_frame.w, offset)


def _read_whole(design: Design, model_frame: ModelFrame, columns: CompleteColumns) -> ModelMatrices:
    """Read rows in which all terms and the response are finite."""
    rows = design.read_training_rows(model_frame, columns)
    if undefined := int((~rows.complete).sum()):
        raise ValueError(
            f"the response {cut(design.response.name)} is not a number, or a term has no level, in "
            f"{pluralize(undefined, 'row')}"
        )
    return rows


def _refit_design(
    design: Design,
    columns: CompleteColumns,
    n: int,
    read_all: Callable[[Sequence[str]], CompleteColumns],
) -> Design:
    """Return the design with its transforms refitted to n complete rows."""
    blocks = list(cut_blocks([(columns, n)]))
    info, response = design.terms.info, design.response
    # What a class is, as in cut(y, 3) ~ x, is the same in all folds.
    fixed = {part.factor for part in response.parts if part.classes}
    states = {
        factor: state if factor in fixed else _refit_state(factor, state, blocks, read_all)
        for factor, state in design.states.items()
    }
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


def _refit_state(
    factor: Factor,
    state: Mapping[str, Any],
    blocks: Sequence[CompleteColumns],
    read_all: Callable[[Sequence[str]], CompleteColumns],
) -> Mapping[str, Any]:
    """Return the state of a factor's transforms, fitted to these rows, with the same levels."""
    if factor.is_rowwise(state):
        return state
    fit = TransformFit(factor, factor.name())
    for which in range(fit.n_passes):
        for columns in blocks:
            fit.take(which, columns)
        fit.finish(which)
        _keep_levels(fit, which, state)
        _stretch_splines(fit, which, read_all)
    return fit.state


def _keep_levels(fit: TransformFit, which: int, whole: Mapping[str, Any]) -> None:
    """Give factors that were just fitted the levels, and intervals the labels, of all rows."""
    for name in fit.state["pass_bins"][which]:
        transform = fit.state["transforms"][name]
        if hasattr(transform, "keep_levels"):
            transform.keep_levels(whole["transforms"][name])


def _stretch_splines(
    fit: TransformFit, which: int, read_all: Callable[[Sequence[str]], CompleteColumns]
) -> None:
    """Move the boundary knots of B-splines that were just fitted to the range of all rows."""
    transforms, factor = fit.state["transforms"], fit.factor
    splines = {name for name in fit.state["pass_bins"][which] if isinstance(transforms[name], BS)}
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
