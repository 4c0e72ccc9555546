"""The families that can be asked for by name."""

from __future__ import annotations

from typing import Any

from ..errors import find_record
from .binomial import Binomial
from .family import Family
from .gaussian import Gaussian
from .poisson import Poisson
from .softmax import Softmax

FAMILIES: dict[str, Family] = {f.name: f for f in (Softmax(), Binomial(), Gaussian(), Poisson())}


# What the rest of the package asks of a record.
_FAMILY = tuple(name for name in vars(Family) if not name.startswith("_"))


def find_family(family: Any) -> Family | None:
    """A family by its name; None stays None."""
    if family is None:
        return None
    chosen: Family = find_record("family", family, FAMILIES, _FAMILY)
    return chosen
