"""The table of families by name, and the argument ``family``."""

from __future__ import annotations

from typing import Any, Literal

from ..errors import find_record
from .binomial import Binomial
from .family import Family
from .gaussian import Gaussian
from .poisson import Poisson
from .softmax import Softmax

FamilyName = Literal["softmax", "binomial", "gaussian", "poisson"]

FAMILIES: dict[str, Family] = {f.name: f for f in (Softmax(), Binomial(), Gaussian(), Poisson())}
"""The families by the names that the argument ``family`` takes."""

# The attributes that a user-defined family must have.
_REQUIRED = tuple(name for name in vars(Family) if not name.startswith("_"))


def find_family(family: Any) -> Family | None:
    """Return a family from its name or a family record; None stays None."""
    if family is None:
        return None
    chosen: Family = find_record("family", family, FAMILIES, _REQUIRED, Family)
    return chosen
