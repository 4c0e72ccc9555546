"""The table of frozen records that a document may hold, each by the name of its class."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from ..activations import RECORDS as ACTIVATIONS
from ..design import RECORDS as DESIGN
from ..families import RECORDS as FAMILIES
from ..model import RECORDS as MODEL
from ..optimizers import RECORDS as OPTIMIZERS
from ..perceptron import RECORDS as PERCEPTRON
from ..selection import RECORDS as SELECTION
from ..training import RECORDS as TRAINING

RECORDS: dict[str, type[Any]] = {
    record.__name__: record
    for record in (
        *(*ACTIVATIONS, *FAMILIES, *OPTIMIZERS, *PERCEPTRON),
        *(*DESIGN, *MODEL, *TRAINING, *SELECTION),
    )
}


def is_record(value: Any) -> bool:
    """Return True for a record of the table that has the name of its class, if that has one."""
    record = type(value).__name__
    if RECORDS.get(record) is not type(value):
        return False
    name = _find_name(record)
    return name is None or value.name == name


@cache
def _find_name(record: str) -> str | None:
    """Return the default of the field ``name``, which all records of such a class have."""
    found = RECORDS[record]
    named = [each for each in fields(found) if each.name == "name"] if is_dataclass(found) else []
    return next((each.default for each in named if each.default is not MISSING), None)


@cache
def list_fields(name: str) -> dict[str, Any]:
    """Return the annotation of each field of a frozen record or a named tuple."""
    record = RECORDS[name]
    hints = get_type_hints(record)
    names = [each.name for each in fields(record)] if is_dataclass(record) else record._fields
    return {name: hints[name] for name in names}
