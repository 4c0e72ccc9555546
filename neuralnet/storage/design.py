"""A design as a document and back: its formula, its columns, and the states of its transforms.

The terms are parsed from the formula and coded again, so that the formula that is shown is the
one that runs. The document holds no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from ..design import (
    KINDS,
    Design,
    MultiResponse,
    Offset,
    Response,
    Variable,
    add_indicators,
    check_zone,
    read_dates,
)
from ..errors import quote
from ..formula import Column, Expression, Factor, Formula, find_names, parse
from .annotations import check_type
from .encoding import Decoder, Encoder
from .frames import LEVELS, check_levels, encode_dtype
from .terms import Size, measure_sizes, rebuild_terms
from .transforms import SafetyCheck, decode_state, encode_state


def encode_design(design: Design, encoder: Encoder) -> dict[str, Any]:
    """Return the document of a design.

    Raises
    ------
    TypeError
        Where a user-defined object would have to be in it.
    """
    formula, states, sizes = design.formula, design.states, measure_sizes(design.terms)
    beside = design.offsets[len(formula.offsets) :]
    return {
        "formula": formula.text,
        "table_columns": list(formula.table_columns),
        "left_out": list(formula.left_out),
        "env": _encode_env(formula, encoder),
        "variables": [_encode_variable(each, encoder) for each in design.variables.values()],
        "responses": [_encode_response(each, encoder) for each in design.response.parts],
        "expressions": [
            {
                "code": each.name(),
                "size": encoder.encode(sizes.get(each)),
                "transforms": encode_state(each, states[each], encoder),
            }
            for each in _list_expressions(formula)
        ],
        "missing_together": [[*each.columns] for each in design.terms.indicators],
        "offset": [name for offset in beside for each in offset.factors for name in each.columns],
    }


def _list_expressions(formula: Formula) -> list[Expression]:
    return [each for each in formula.factors if isinstance(each, Expression)]


def _encode_env(formula: Formula, encoder: Encoder) -> dict[str, Any]:
    """Return user-defined functions and values by name; a file holds the names alone."""
    own = {
        name: value
        for each in _list_expressions(formula)
        for name, value in each.user_defined.items()
    }
    if encoder.external_objects is None:
        return dict.fromkeys(own)
    return {name: encoder.keep(value, f"env[{quote(name)}]") for name, value in own.items()}


def _encode_response(response: Response, encoder: Encoder) -> dict[str, Any]:
    return {
        "variables": [_encode_variable(each, encoder) for each in response.variables.values()],
        "dtype": encoder.encode(response.dtype, "the type of the response"),
        "classes": encoder.encode(response.classes, "a class"),
        "ordered": response.ordered,
    }


def _encode_variable(variable: Variable, encoder: Encoder) -> Any:
    dtype = variable.dtype
    if encoder.external_objects is None and encode_dtype(dtype) is None:
        dtype = str(dtype)  # It is only ever shown.
    check_levels(variable.levels)
    strange = [level for level in variable.levels if not isinstance(level, LEVELS)]
    if encoder.external_objects is None and strange:
        raise TypeError(
            f"column {quote(variable.name)} has the level {quote(strange[0])}, which a file "
            "cannot hold: make its levels text or numbers, or use pickle"
        )
    return encoder.encode(replace(variable, dtype=dtype), variable.name)


def list_env(document: Mapping[str, Any]) -> list[str]:
    """Return the names that the formula of a document takes from ``env``."""
    return sorted(map(str, document["env"]))


def decode_design(
    document: Mapping[str, Any],
    decoder: Decoder,
    env: Mapping[str, Any],
    check_safety: SafetyCheck | None,
    inputs: int,
) -> Design:
    """Return the design of a document; raise if anything in it is invalid.

    Parameters
    ----------
    document : mapping
    decoder : Decoder
    env : mapping
        User-defined functions and values, of which a file holds the names alone.
    check_safety : callable or None
        Raises where an expression is not to be trusted.
    inputs : int
        The number of columns of X.
    """
    names = tuple(check_type(name, str) for name in document["table_columns"])
    left_out = tuple(check_type(name, str) for name in document.get("left_out", ()))
    own = {
        name: env[name] if node is None else decoder.decode(node)
        for name, node in document["env"].items()
    }
    formula = _parse(check_type(document["formula"], str), names, own, left_out)
    variables = {each.name: each for each in _decode_variables(document["variables"], decoder)}
    states: dict[Factor, dict[str, Any]] = {}
    sizes: dict[Factor, Size] = {}
    for each, parts in zip(_list_expressions(formula), document["expressions"], strict=True):
        if parts["code"] != each.name():
            raise ValueError("other expressions than the formula has")
        states[each] = decode_state(each, parts["transforms"], decoder, check_safety)
        sizes[each] = decoder.decode(parts["size"], int | tuple[Any, ...] | None)
    offsets = _decode_offsets(formula, document["offset"], states)
    # Files of networks before imputation do not have them.
    extended = _add_indicators(formula, document.get("missing_together", []), variables)
    responses = tuple(
        _decode_response(factor, parts, states, decoder)
        for factor, parts in zip(formula.responses, document["responses"], strict=True)
    )
    _check_columns(formula, offsets, variables, responses)
    return Design(
        formula,
        MultiResponse(responses) if len(responses) > 1 else responses[0],
        variables,
        rebuild_terms(extended, variables, states, sizes, inputs),
        offsets,
    )


class _Removed:
    """A stand-in for user-defined objects that the formula names only in terms it removes."""

    def __call__(self, *values: Any) -> Any:
        """Fail: nothing that remains in a formula may call it."""
        raise ValueError("a function that no file holds")


def _parse(
    text: str, names: tuple[str, ...], env: Mapping[str, Any], left_out: tuple[str, ...]
) -> Formula:
    """Parse the text of a formula; raise where it has other columns, or unknown names."""
    removed = _Removed()
    formula = parse(text, names, {**dict.fromkeys(find_names(text), removed), **env}, left_out)
    if (formula.table_columns, formula.left_out) != (names, left_out):
        raise ValueError("a formula of other columns")
    if not formula.terms or not formula.responses:
        raise ValueError("a formula of other columns")
    for each in _list_expressions(formula):
        if any(value is removed for value in each.names.values()):
            raise ValueError("a formula with unknown names")
    return formula


def _pick_state(factor: Factor, states: Mapping[Factor, dict[str, Any]]) -> dict[str, Any]:
    return states[factor] if isinstance(factor, Expression) else {}


def _decode_offsets(
    formula: Formula, names: Any, states: Mapping[Factor, dict[str, Any]]
) -> tuple[Offset, ...]:
    """Return the offsets of the formula, then that of the named columns, if any."""
    beside = tuple(Column(check_type(name, str)) for name in names)
    return tuple(
        Offset(factors, tuple(_pick_state(each, states) for each in factors))
        for factors in (*formula.offsets, *([beside] if beside else []))
    )


def _check_columns(
    formula: Formula,
    offsets: tuple[Offset, ...],
    variables: Mapping[str, Variable],
    responses: tuple[Response, ...],
) -> None:
    """Raise where the variables are not the columns of terms and offsets, or not dates as there."""
    used = set(formula.columns)
    for offset in offsets:
        used.update(column for factor in offset.factors for column in factor.columns)
    if used != variables.keys():
        raise ValueError("other columns than the formula has")
    every = chain(variables.values(), *(each.variables.values() for each in responses))
    if {each.name for each in every if each.kind == "date"} != formula.dates:
        raise ValueError("other dates than the formula has")


def _add_indicators(formula: Formula, groups: Any, variables: Mapping[str, Variable]) -> Formula:
    """Return the formula with its indicators of missing values; raise for impossible ones."""
    names = [check_type(name, str) for group in groups for name in check_type(group, list)]
    filled = {name for name, variable in variables.items() if variable.fill is not None}
    if len(set(names)) < len(names) or not set(names) <= filled or [] in groups:
        raise ValueError("indicators of other columns than are imputed")
    return add_indicators(formula, groups)


def _decode_response(
    factor: Factor,
    document: Mapping[str, Any],
    states: Mapping[Factor, dict[str, Any]],
    decoder: Decoder,
) -> Response:
    variables = {each.name: each for each in _decode_variables(document["variables"], decoder)}
    if set(factor.columns) != set(variables):
        raise ValueError("a response of other columns than it names")
    if any(each.fill is not None for each in variables.values()):
        raise ValueError("a response that is imputed")
    classes = decoder.decode(document["classes"], tuple[Any, ...])
    check_levels(classes)
    return Response(
        factor,
        variables,
        _pick_state(factor, states),
        decoder.decode(document["dtype"]),
        classes,
        check_type(document["ordered"], bool),
    )


def _decode_variables(documents: Any, decoder: Decoder) -> list[Variable]:
    variables = [decoder.decode(each, Variable) for each in documents]
    for each in variables:
        if each.kind not in KINDS or KINDS[each.kind] != bool(each.levels):
            raise ValueError("a column of no known kind")
        if each.kind == "date":
            _check_dates(each)
        check_levels(each.levels)
        if len(set(each.levels)) < len(each.levels):
            raise ValueError("a level that is there twice")
        if each.fill is not None and not _is_value(each.fill, each):
            raise ValueError("a value to fill in that the column cannot hold")
        if each.stand_in is not None and each.stand_in not in each.levels:
            raise ValueError("a level in place of others that is none")
    return variables


def _is_value(fill: Any, variable: Variable) -> bool:
    """Return whether a column can hold a value: one of its levels, or a finite number."""
    if variable.levels:
        return fill in variable.places
    is_number = variable.kind == "number" and type(fill) in (int, float)
    return is_number and bool(np.isfinite(float(fill)))


def _check_dates(variable: Variable) -> None:
    """Raise where a column of dates has an impossible range, mean or time zone."""
    # Seconds from the year -9999 to 9999.
    if not -4e11 < variable.low <= variable.high < 4e11:
        raise ValueError("dates beyond all calendars")
    read_dates(variable.name, pd.Series([check_type(variable.typical, str)]))
    check_zone(variable.zone)
