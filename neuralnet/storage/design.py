"""A design as a document, and back: what the training rows taught it, without any row.

Patsy's objects are rebuilt from plain parts. Code is checked before it is tied to anything, and
transforms are made afresh, by name, and given known attributes only.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from patsy import ContrastMatrix
from patsy.desc import Term
from patsy.design_info import DesignInfo, FactorInfo, SubtermInfo

from ..design import Design, Join, Offset, Response, Terms, Variable
from ..errors import quote
from ..formula import (
    FUNCTIONS,
    MOST_COLUMNS,
    STATES,
    Column,
    Expression,
    Factor,
    Formula,
    check_parts,
    parse_expression,
)
from .frames import LEVELS, check_levels, describe_dtype
from .proofs import prove_design
from .values import Reader, Writer, fits

# Raises where an expression from a file is not to be trusted.
Vet = Callable[[Expression, Mapping[str, Any]], None]


def write_design(design: Design, writer: Writer) -> dict[str, Any]:
    """The document of a design.

    Raises
    ------
    TypeError
        Where an object of the user's own would have to stand in it.
    """
    formula, info = design.formula, design.terms.info
    parts = design.response.parts
    states = design.states
    factors = {factor: place for place, factor in enumerate(states)}
    return {
        "formula": formula.text,
        "names": list(formula.columns),
        "factors": [_write_factor(each, states[each], writer) for each in factors],
        "terms": [[factors[each] for each in term.factors] for term in formula.terms],
        "responses": [
            {
                "factor": factors[part.factor],
                "variables": [_write_variable(each, writer) for each in part.variables.values()],
                "dtype": writer.write(part.dtype, "the type of the response"),
                "classes": writer.write(part.classes, "a class"),
                "ordered": part.ordered,
            }
            for part in parts
        ],
        "variables": [_write_variable(each, writer) for each in design.variables.values()],
        "offsets": [[factors[each] for each in offset.factors] for offset in design.offsets],
        "formula_offsets": len(formula.offsets),
        "columns": list(info.column_names),
        "infos": [
            [factors[each.factor], each.type, each.num_columns, writer.write(each.categories)]
            for each in info.factor_infos.values()
        ],
        "codings": [
            [
                [factors[each] for each in term.factors],
                [_write_subterm(subterm, factors, writer) for subterm in some],
            ]
            for term, some in info.term_codings.items()
        ],
    }


def _write_factor(factor: Factor, state: Mapping[str, Any], writer: Writer) -> dict[str, Any]:
    if isinstance(factor, Column):
        return {"column": factor.column}
    own = {name: value for name, value in factor.names.items() if name not in FUNCTIONS}
    return {
        "code": factor.code,
        "places": [list(pair) for pair in factor.places],
        "env": {
            # A file only names them.
            name: [] if writer.own is None else [writer.keep(value, f"env[{quote(name)}]")]
            for name, value in own.items()
        },
        "transforms": {
            name: _write_transform(transform, factor, writer)
            for name, transform in state["transforms"].items()
        },
    }


def _write_transform(transform: Any, factor: Factor, writer: Writer) -> Any:
    if type(transform) not in STATES:
        return writer.write(transform, f"what {factor.name()} remembers")
    parts = {name: getattr(transform, name) for name in STATES[type(transform)]}
    return {
        "class": type(transform).__name__,
        "parts": {name: writer.write(part, factor.name()) for name, part in parts.items()},
    }


def _write_variable(variable: Variable, writer: Writer) -> Any:
    dtype = variable.dtype
    if writer.own is None and describe_dtype(dtype) is None:
        dtype = str(dtype)  # It is only ever shown.
    check_levels(variable.levels)
    strange = [level for level in variable.levels if not isinstance(level, LEVELS)]
    if writer.own is None and strange:
        raise TypeError(
            f"column {quote(variable.name)} has the level {quote(strange[0])}, which a file "
            "cannot hold: make its levels text or numbers, or use pickle"
        )
    return writer.write(replace(variable, dtype=dtype), variable.name)


def _write_subterm(subterm: Any, factors: Mapping[Factor, int], writer: Writer) -> Any:
    contrasts = {
        str(factors[factor]): [writer.write(each.matrix), list(each.column_suffixes)]
        for factor, each in subterm.contrast_matrices.items()
    }
    return [[factors[each] for each in subterm.factors], contrasts, subterm.num_columns]


def list_env(document: Mapping[str, Any]) -> list[str]:
    """Names of the user's own that the formula of a document takes from ``env``."""
    return sorted({str(name) for factor in document["factors"] for name in factor.get("env", ())})


def read_design(
    document: Mapping[str, Any], reader: Reader, env: Mapping[str, Any], vet: Vet | None
) -> Design:
    """The design of a document; raises where anything in it is strange.

    ``env`` holds the user's own functions, which a document only names.
    """
    text = _check(document["formula"], str)
    made = [_read_factor(each, reader, env, text, vet) for each in document["factors"]]
    factors, states = [one for one, _ in made], [state for _, state in made]

    def pick(places: Any) -> tuple[Factor, ...]:
        return tuple(factors[range(len(factors))[place]] for place in places)

    parts = tuple(_read_response(each, reader, factors, states) for each in document["responses"])
    offsets = tuple(
        Offset(pick(places), tuple(states[place] for place in places))
        for places in document["offsets"]
    )
    formula = Formula(
        text,
        tuple(part.factor for part in parts),
        tuple(Term(pick(places)) for places in document["terms"]),
        tuple(_check(name, str) for name in document["names"]),
        tuple(offset.factors for offset in offsets[: _check(document["formula_offsets"], int)]),
    )
    infos = {
        factors[place]: FactorInfo(
            factors[place],
            kind,
            states[place],
            num_columns=columns,
            categories=_check_many(reader.read(categories, tuple[Any, ...] | None)),
        )
        for place, kind, columns, categories in document["infos"]
    }
    codings = OrderedDict(
        (Term(pick(places)), [_read_subterm(each, factors, reader) for each in subterms])
        for places, subterms in document["codings"]
    )
    names = [_check(name, str) for name in document["columns"]]
    info = DesignInfo(names, infos, codings)
    variables = {each.name: each for each in _read_variables(document["variables"], reader)}
    design = Design(
        formula,
        Join(parts) if len(parts) > 1 else parts[0],
        variables,
        Terms(formula, info),
        offsets,
    )
    _check_whole(design)
    prove_design(design)
    return design


def _read_factor(
    parts: Mapping[str, Any],
    reader: Reader,
    env: Mapping[str, Any],
    text: str,
    vet: Vet | None,
) -> tuple[Factor, dict[str, Any]]:
    """A factor, and the state of its transforms."""
    if "column" in parts:
        return Column(_check(parts["column"], str)), {}
    code = _check(parts["code"], str)
    places = {_check(place, str): _check(column, str) for place, column in parts["places"]}
    own = {
        name: reader.read(*written) if written else env[name]
        for name, written in parts["env"].items()
    }
    saved = {name: _read_transform(each, reader) for name, each in parts["transforms"].items()}
    if vet is not None:
        vet(
            Expression(code, tuple(places.items()), own),
            {n: each for n, (_, each) in saved.items()},
        )
    factor = parse_expression(code, places, list(places.values()), own, text)
    if factor.code != code or dict(factor.places) != places:
        raise ValueError("an expression with other columns than it names")
    state: dict[str, Any] = {}
    factor.memorize_passes_needed(state, None)
    transforms = state["transforms"]
    if set(transforms) != set(saved):
        raise ValueError("other transforms than the expression has")
    # Of the caller's own functions nobody knows how many columns they make.
    width = MOST_COLUMNS if own else factor.width
    for name, fresh in transforms.items():
        transforms[name] = _fill(fresh, *saved[name], width)
    return factor, state


def _read_transform(parts: Any, reader: Reader) -> tuple[str, Any]:
    """The class of a transform and its attributes; no class and the thing itself, if it is own."""
    if "class" not in parts:
        return "", reader.read(parts)
    return parts["class"], {name: reader.read(each) for name, each in parts["parts"].items()}


def _fill(fresh: Any, kind: str, parts: Any, width: int) -> Any:
    """A fresh transform with what another one remembered, of no more than so many columns."""
    if type(fresh) not in STATES:
        if kind or type(parts) is not type(fresh):
            raise ValueError("a transform of another kind")
        return parts
    wanted = STATES[type(fresh)]
    if kind != type(fresh).__name__ or set(parts) != set(wanted):
        raise ValueError("a transform of another kind")
    for name, part in parts.items():
        if not fits(part, wanted[name]):
            raise TypeError(f"a {type(part).__name__} in place of {wanted[name]}")
    check_parts(type(fresh), parts, width)
    for name, part in parts.items():
        # Patsy's splines sort their knots in place.
        setattr(fresh, name, part.copy() if isinstance(part, np.ndarray) else part)
    return fresh


def _read_response(
    parts: Mapping[str, Any], reader: Reader, factors: list[Factor], states: list[dict[str, Any]]
) -> Response:
    place = range(len(factors))[parts["factor"]]
    return Response(
        factors[place],
        {each.name: each for each in _read_variables(parts["variables"], reader)},
        states[place],
        reader.read(parts["dtype"]),
        _check_many(reader.read(parts["classes"], tuple[Any, ...])),
        _check(parts["ordered"], bool),
    )


def _check_many(levels: tuple[Any, ...] | None) -> Any:
    check_levels(levels or ())
    return levels


def _read_variables(parts: Any, reader: Reader) -> list[Variable]:
    variables = [reader.read(each, Variable) for each in parts]
    for each in variables:
        numbers = each.kind == "number"
        if each.kind not in ("number", "boolean", "category") or numbers != (not each.levels):
            raise ValueError("a column of no known kind")
        check_levels(each.levels)
        if len(set(each.levels)) < len(each.levels):
            raise ValueError("a level that stands twice")
    return variables


def _read_subterm(parts: Any, factors: list[Factor], reader: Reader) -> SubtermInfo:
    places, contrasts, columns = parts
    codings = {}
    for place, (matrix, suffixes) in contrasts.items():
        coding = reader.read(matrix, NDArray[np.generic])
        if coding.ndim != 2 or coding.shape[1] != len(suffixes):
            raise ValueError("a coding of another shape")
        codings[factors[range(len(factors))[int(place)]]] = ContrastMatrix(coding, suffixes)
    some = [factors[range(len(factors))[place]] for place in places]
    return SubtermInfo(some, codings, columns)


def _check(value: Any, wanted: type) -> Any:
    if not fits(value, wanted):
        raise TypeError(f"a {type(value).__name__} in place of {wanted.__name__}")
    return value


def _check_whole(design: Design) -> None:
    """Raise where parts of a design do not belong together."""
    formula, info = design.formula, design.terms.info
    if not formula.terms or set(formula.terms) != set(info.term_codings):
        raise ValueError("other terms than the formula has")
    if any(not term.factors for term in formula.terms[1:]):
        raise ValueError("an intercept that is not first")
    used = {column for factor in info.factor_infos for column in factor.columns}
    used |= {c for offset in design.offsets for factor in offset.factors for c in factor.columns}
    if used != set(design.variables) or not set(formula.columns) <= used:
        raise ValueError("other columns than the formula has")
    for part in design.response.parts:
        if set(part.factor.columns) != set(part.variables):
            raise ValueError("a response of other columns than it names")
    for factor, each in info.factor_infos.items():
        if isinstance(factor, Column):
            variable = design.variables[factor.column]
            levels = None if variable.kind == "number" else variable.levels
            if levels != each.categories:
                raise ValueError("a column whose levels differ from its coding")
