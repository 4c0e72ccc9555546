"""R's functions that make or change factors, as a part of the table of functions."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import patsy

from .signatures import (
    BREAKS,
    COLUMN,
    FACTOR,
    FLAG,
    LABELS,
    MOST_KNOTS,
    REFERENCE,
    TEXT,
    ColumnValue,
    Function,
    read_list,
    whole,
)
from .transforms.cut import Cut
from .transforms.interaction import Interaction
from .transforms.ntile import Ntile
from .transforms.pool import Pool
from .transforms.relevel import Relevel


def _count_intervals(arguments: Mapping[str, Any]) -> ColumnValue:
    """Bound the columns of cut by its number of intervals."""
    breaks = read_list(arguments["breaks"])
    count = int(arguments["breaks"]) if breaks is None else len(breaks) - 1
    return ColumnValue(max(1, count), categorical=True)


def _count_factor(arguments: Mapping[str, Any]) -> ColumnValue:
    """Bound the columns of a factor of other factors; the levels of columns are unknown."""
    widths = [each.width for each in arguments.values() if isinstance(each, ColumnValue)]
    return ColumnValue(prod(widths), categorical=True)


FACTOR_FUNCTIONS: dict[str, Function] = {
    "relevel": Function(
        patsy.stateful_transform(Relevel),
        {"x": FACTOR, "ref": REFERENCE},
        _count_factor,
        required=2,
    ),
    "cut": Function(
        patsy.stateful_transform(Cut),
        {
            "x": COLUMN,
            "breaks": BREAKS,
            "labels": LABELS,
            "include_lowest": FLAG,
            "right": FLAG,
            "dig_lab": whole(1, 15),
            "ordered_result": FLAG,
        },
        _count_intervals,
        required=2,
    ),
    "ntile": Function(
        patsy.stateful_transform(Ntile),
        {"x": COLUMN, "n": whole(2, MOST_KNOTS)},
        lambda arguments: ColumnValue(),
        required=2,
    ),
    "interaction": Function(
        patsy.stateful_transform(Interaction),
        {"sep": TEXT, "drop": FLAG},
        _count_factor,
        required=0,
        positional=0,
        variadic=FACTOR,
    ),
    "pool": Function(
        patsy.stateful_transform(Pool),
        {"x": FACTOR, "n": whole(2, 2**31 - 1)},
        _count_factor,
        required=2,
    ),
}
