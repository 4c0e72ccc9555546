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

from ..design import Cases, Design, Join, Memory, Rows, align, find_rows, read_complete, tell_where
from ..errors import DataWarning, cut, warn
from ..formula import Factor
from ..perceptron import Batch, Unscaled
from .model import Model


class FoldError(ValueError):
    """A term that is defined in all rows together, but not in the rows of a fold."""


# Complete columns by name.
Ready = Mapping[str, Any]


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
    cases, design = model.cases.pick(keep), model.design
    with _name_fold_in_errors(f"in a fold of {len(cases.frame)} rows"):
        variables = {**design.response.variables, **design.variables}
        ready, _ = read_complete(variables, cases.frame)

        def read_all(names: Sequence[str]) -> Ready:
            wanted = {name: variables[name] for name in names}
            return read_complete(wanted, model.cases.frame)[0]

        design = _refit_design(design, ready, len(cases.frame), read_all)
        read = _read_whole(design, cases, ready)
    return _take(replace(model, design=design), read, cases)


@contextmanager
def _name_fold_in_errors(where: str) -> Iterator[None]:
    try:
        with tell_where(where):
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
        warn(f"{fault}. This fold takes from all rows what its columns are made by.", DataWarning)
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
    return _take(model, model.rows.pick(keep), model.cases.pick(keep))


def _take(model: Model, rows: Rows, cases: Cases) -> Model:
    """Return the model with other rows, and with the scaling of these rows."""
    fold = replace(model, scaling=Unscaled()).take(rows, cases)
    w = fold.weigh(fold.batch).w
    if w is not None and not w.any():
        raise ValueError(f"none of the {len(w)} rows of a fold has a weight above 0")
    if isinstance(model.scaling, Unscaled):
        return fold
    return replace(fold, scaling=fold.standard).take(fold.rows, cases)


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
    cases, design = model.cases.pick(held), fold.design
    with _name_fold_in_errors(f"in {len(cases.frame)} rows held out"):
        ready, _ = read_complete(design.variables, cases.frame)
        read = _read_whole(design, cases, ready)
    family, offset = fold.perceptron.family, read.offset
    if offset is not None:
        offset = family.spread_offset(offset, fold.perceptron.sizes[-1])
    return Batch(read.X, family.encode(read.response, read.index), cases.w, offset)


def _read_whole(design: Design, cases: Cases, ready: Ready) -> Rows:
    """Read rows in which all terms and the response are finite."""
    rows = design.read_kept(cases, ready)
    if undefined := int((~rows.complete).sum()):
        raise ValueError(
            f"the response {cut(design.response.name)} is not a number in {undefined} rows"
        )
    return rows


def _refit_design(
    design: Design, ready: Ready, n: int, read_all: Callable[[Sequence[str]], Ready]
) -> Design:
    """Return the design with its transforms refitted to n complete rows."""
    blocks = list(align([(ready, n)]))
    states = {
        factor: _refit_state(factor, state, blocks, read_all)
        for factor, state in design.states.items()
    }
    info, response = design.terms.info, design.response
    # Levels are no part of the states, so they stay.
    infos = {
        factor: FactorInfo(factor, each.type, states[factor], each.num_columns, each.categories)
        for factor, each in info.factor_infos.items()
    }
    terms = DesignInfo(info.column_names, infos, info.term_codings)
    parts = tuple(replace(part, state=states[part.factor]) for part in response.parts)
    return replace(
        design,
        response=replace(response, parts=parts) if isinstance(response, Join) else parts[0],
        terms=replace(design.terms, info=terms),
        offsets=tuple(
            replace(offset, states=tuple(states[factor] for factor in offset.factors))
            for offset in design.offsets
        ),
    )


def _refit_state(
    factor: Factor,
    state: Mapping[str, Any],
    blocks: Sequence[Ready],
    read_all: Callable[[Sequence[str]], Ready],
) -> Mapping[str, Any]:
    """Return the state of a factor's transforms, fitted to these rows; it contains no levels."""
    if factor.is_rowwise(state):
        return state
    memory = Memory(factor, factor.name())
    for which in range(memory.passes):
        for ready in blocks:
            memory.take(which, ready)
        memory.finish(which)
        _stretch_splines(memory, which, read_all)
    return memory.state


def _stretch_splines(
    memory: Memory, which: int, read_all: Callable[[Sequence[str]], Ready]
) -> None:
    """Move the boundary knots of B-splines that were just fitted to the range of all rows."""
    transforms, factor = memory.state["transforms"], memory.factor
    splines = {
        name for name in memory.state["pass_bins"][which] if isinstance(transforms[name], BS)
    }
    if not splines:
        return
    wide = Memory(factor, factor.name())
    others = {name: each for name, each in transforms.items() if name not in splines}
    wide.state["transforms"] |= others
    wide.state["pass_bins"][which] = splines
    wide.take(which, read_all(factor.columns))
    wide.finish(which)
    for name in splines:
        knots, ends = transforms[name]._all_knots, wide.state["transforms"][name]._all_knots
        order = int(transforms[name]._degree) + 1
        knots[:order], knots[-order:] = ends[:order], ends[-order:]
