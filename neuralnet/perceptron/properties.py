"""Properties of activations and families: their optional attributes, with the defaults.

A user-defined activation or family declares only those in which it differs from the defaults here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ..activations import Activation
from ..families import Family

# Properties that follow from the methods of a part.
_FOUND = ("has_curvature", "has_likelihood")


@dataclass(frozen=True, slots=True)
class ActivationProperties:
    """The optional attributes of an activation.

    Attributes
    ----------
    name : str
        By default that of its class.
    kinked : bool
        Whether the slope has jumps.
    is_odd : bool
        Whether ``value(-z) = -value(z)``.
    is_linear : bool
        Whether the slope is constant.
    has_curvature : bool
        Whether it has the method ``curvature``.
    """

    name: str
    kinked: bool = False
    is_odd: bool = False
    is_linear: bool = False
    has_curvature: bool = False

    @property
    def is_smooth(self) -> bool:
        """True if the loss has second derivatives everywhere, and they are known."""
        return self.has_curvature and not self.kinked


@dataclass(frozen=True, slots=True)
class FamilyProperties:
    """The optional attributes of a family that inference reads.

    Attributes
    ----------
    has_dispersion : bool
        Whether the variance is an unknown multiple of the variance function.
    is_shift_invariant : bool
        Whether a number added to all scores of a row changes no mean.
    is_count : bool
        Whether responses are counts with the mean as their variance.
    has_likelihood : bool
        Whether it has the methods ``log_likelihood`` and ``mean_product``.
    """

    has_dispersion: bool = False
    is_shift_invariant: bool = False
    is_count: bool = False
    has_likelihood: bool = False


def read_activation(activation: Activation) -> ActivationProperties:
    """Read the optional attributes of an activation, with the default of each one it lacks."""
    declared = {"name": type(activation).__name__} | _read(activation, ActivationProperties)
    return ActivationProperties(**declared, has_curvature=hasattr(activation, "curvature"))


def read_family(family: Family) -> FamilyProperties:
    """Read the optional attributes of a family, with the default of each one it lacks."""
    methods = ("log_likelihood", "mean_product")
    has_likelihood = all(hasattr(family, each) for each in methods)
    return FamilyProperties(**_read(family, FamilyProperties), has_likelihood=has_likelihood)


def _read(part: Any, properties: Any) -> dict[str, Any]:
    """Read the attributes that a part declares itself."""
    names = [each.name for each in fields(properties) if each.name not in _FOUND]
    return {name: getattr(part, name) for name in names if hasattr(part, name)}
