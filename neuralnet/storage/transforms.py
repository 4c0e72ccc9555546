"""States of a formula's transforms as plain parts: each is filled in by name, never by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..formula import MOST_COLUMNS, TRANSFORM_STATES, Expression, check_transform_state
from .annotations import check_type
from .encoding import Decoder, Encoder

# Raises where an expression from a file is not to be trusted.
SafetyCheck = Callable[[Expression, Mapping[str, Any]], None]


def has_user_functions(expression: Expression) -> bool:
    """Return True where an expression names objects of the caller's ``env``."""
    return bool(expression.user_defined)


def encode_state(
    expression: Expression, state: Mapping[str, Any], encoder: Encoder
) -> dict[str, Any]:
    """Return the document of the transforms of one expression."""
    return {
        name: _encode_transform(transform, expression.name(), encoder)
        for name, transform in state["transforms"].items()
    }


def _encode_transform(transform: Any, shown: str, encoder: Encoder) -> Any:
    if type(transform) not in TRANSFORM_STATES:
        return encoder.encode(transform, f"the state of {shown}")
    parts = {name: getattr(transform, name) for name in TRANSFORM_STATES[type(transform)]}
    return {
        "class": type(transform).__name__,
        "parts": {name: encoder.encode(part, shown) for name, part in parts.items()},
    }


def decode_state(
    expression: Expression,
    document: Mapping[str, Any],
    decoder: Decoder,
    check_safety: SafetyCheck | None,
) -> dict[str, Any]:
    """Return the state of an expression in patsy's protocol, which ``check_safety`` sees first."""
    saved = {name: _decode_transform(each, decoder) for name, each in document.items()}
    if check_safety is not None:
        check_safety(expression, {name: parts for name, (_, parts) in saved.items()})
    state: dict[str, Any] = {}
    expression.memorize_passes_needed(state, None)
    transforms = state["transforms"]
    if set(transforms) != set(saved):
        raise ValueError("other transforms than the expression has")
    # The number of columns that a user-defined function returns is not known beforehand.
    width = MOST_COLUMNS if has_user_functions(expression) else expression.width
    for name, fresh in transforms.items():
        transforms[name] = _fill(fresh, *saved[name], width)
    return state


def _decode_transform(document: Any, decoder: Decoder) -> tuple[str, Any]:
    """Return the class of a transform and its attributes; '' and the object if user-defined."""
    if "class" not in document:
        return "", decoder.decode(document)
    parts = {name: decoder.decode(each) for name, each in document["parts"].items()}
    return document["class"], parts


def _fill(fresh: Any, kind: str, parts: Any, width: int) -> Any:
    """Give a fresh transform of at most ``width`` columns the attributes of a saved one."""
    if type(fresh) not in TRANSFORM_STATES:
        if kind or type(parts) is not type(fresh):
            raise ValueError("a transform of another kind")
        return parts
    wanted = TRANSFORM_STATES[type(fresh)]
    if kind != type(fresh).__name__ or set(parts) != set(wanted):
        raise ValueError("a transform of another kind")
    for name, part in parts.items():
        check_type(part, wanted[name])
    check_transform_state(type(fresh), parts, width)
    for name, part in parts.items():
        # patsy's splines sort their knots in place.
        setattr(fresh, name, part.copy() if isinstance(part, np.ndarray) else part)
    return fresh
