"""The factors of a formula while they are fitted: of its response, terms and offsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ..formula import Factor, Formula
from .formula_checks import list_factors
from .offset import Offset
from .response_fit import ResponseFit, WantsClasses, start_response_fits
from .transform_fit import TransformFit
from .variable import Variable


@dataclass(frozen=True, eq=False)
class FactorFits:
    """All factors of a design while their transforms are fitted.

    Attributes
    ----------
    responses : list of ResponseFit
    terms : list of TransformFit
    shifts : list of lists of TransformFit
        Of each offset one for all outputs, or one for each.
    """

    responses: list[ResponseFit]
    terms: list[TransformFit]
    shifts: list[list[TransformFit]]

    @classmethod
    def start(
        cls,
        formula: Formula,
        offsets: Sequence[Sequence[Factor]],
        variables: Mapping[str, Variable],
        wants_classes: WantsClasses,
    ) -> FactorFits:
        """Start to fit the factors of a formula, and of offsets instead of the formula's own."""
        terms = [TransformFit(factor, formula.text) for factor in list_factors(formula)]
        shifts = [[TransformFit(factor, factor.name()) for factor in each] for each in offsets]
        return cls(start_response_fits(formula.responses, variables, wants_classes), terms, shifts)

    @property
    def transforms(self) -> list[TransformFit]:
        """The fits of all factors."""
        return [*(each.transform_fit for each in self.responses), *self.terms, *chain(*self.shifts)]

    @property
    def term_states(self) -> dict[Factor, Mapping[str, Any]]:
        """The states of the factors of terms."""
        return {fit.factor: fit.state for fit in self.terms}

    def finish_offsets(self) -> tuple[Offset, ...]:
        """The fitted offsets, once all blocks were processed."""
        return tuple(
            Offset(tuple(fit.factor for fit in fits), tuple(fit.state for fit in fits))
            for fits in self.shifts
        )
