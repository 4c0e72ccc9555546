"""Fitting of a formula to training rows: levels, names and the state of transforms.

A recipe of the steps; each is in a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from ..formula import Factor, Formula, parse
from .chunks import Chunks
from .column_scan import ColumnScan, scan_columns
from .data_checks import check_columns, check_response
from .dot import find_left_out, warn_of_left_out
from .factor_fits import FactorFits
from .formula_checks import check_dates, check_sides, list_columns, warn_of_built_in
from .imputation import add_indicators, find_fillable
from .matrix import Terms
from .offset import Offset
from .pooled_levels import add_stand_ins
from .response import MultiResponse, Response
from .response_fit import WantsClasses, join_responses
from .size_checks import check_widths
from .transform_fit import fit_transforms
from .variable import Variable

FittedParts = tuple[
    Formula, Response | MultiResponse, Mapping[str, Variable], Terms, tuple[Offset, ...]
]


def fit_formula(
    formula: str,
    data: Any,
    *,
    env: Mapping[str, Any],
    wants_classes: WantsClasses,
    offset: tuple[Factor, ...],
    impute: bool,
) -> FittedParts:
    """Fit a formula to data; see `Design.fit`, whose parts are returned in order."""
    chunks = Chunks.open(data)
    names, frames = chunks.start()
    left_out = find_left_out(formula, names, chunks)
    parsed = parse(formula, names, env, left_out)
    check_sides(parsed)
    warn_of_built_in(parsed, env)
    warn_of_left_out(parsed, left_out)
    offsets = (*parsed.offsets, offset) if offset else parsed.offsets
    check_dates(parsed, offsets)

    scan = _scan(parsed, offsets, chunks, frames, impute)
    blocks = chunks.blocks(scan.variables, scan.rows)
    fits = FactorFits.start(parsed, offsets, scan.variables, wants_classes)
    fit_transforms(fits.transforms, blocks)

    states = fits.term_states
    check_widths(parsed, scan.variables, states, scan.complete)
    response = join_responses(fits.responses)
    check_response(parsed, fits.responses, response, scan, blocks)
    all_states = {fit.factor: fit.state for fit in fits.transforms}
    right = _list_right(parsed, offsets)
    variables = add_stand_ins({name: scan.variables[name] for name in right}, all_states)
    marked = add_indicators(parsed, scan.missing_together)
    terms = Terms.fit(marked, states, scan.sample, blocks)
    return parsed, response, variables, terms, fits.finish_offsets()


def _list_right(formula: Formula, offsets: Iterable[Iterable[Factor]]) -> dict[str, None]:
    """The columns of predictors and offsets, in order of appearance."""
    return dict.fromkeys((*formula.columns, *list_columns(chain(*offsets))))


def _scan(
    formula: Formula,
    offsets: tuple[tuple[Factor, ...], ...],
    chunks: Chunks,
    frames: Any,
    impute: bool,
) -> ColumnScan:
    """Find kinds, levels and ranges of the columns that a formula and offsets name."""
    left, right = list_columns(formula.responses), _list_right(formula, offsets)
    fillable = find_fillable(formula, offsets) if impute else ()
    scan = scan_columns([*(left | right)], frames, right, fillable, formula.dates)
    if fillable:
        scan = scan.impute(formula, chunks.blocks(scan.variables, scan.rows))
    check_columns(formula, offsets, scan)
    return scan
