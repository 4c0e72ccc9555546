"""The penalty of a model, and penalty factors: multipliers of the decay for single terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..design import Terms
from ..errors import check_number, listing, quote, suggest
from ..formula import Factor, parse
from ..perceptron import Penalty, Perceptron, expand_decay
from .settings import Settings
from .training_rows import freeze

Vector = NDArray[np.float64]

_INTERCEPT = ("1", "Intercept", "(Intercept)")


def make_penalty(
    used: Settings,
    perceptron: Perceptron,
    intercept: int | None,
    factor: Vector | None,
    mixture: float,
) -> Penalty:
    """Make the penalty of the weights, with biases unpenalized unless they are to be."""
    biases = [intercept, *[0] * (len(perceptron.shapes) - 1)]
    spread = expand_decay(
        used.decays,
        perceptron.shapes,
        unpenalized=[] if used.penalize_bias else biases,
        factor=factor,
        skip=perceptron.skip,
    )
    return Penalty(freeze(spread) if isinstance(spread, np.ndarray) else spread, mixture)


def read_penalty_factor(
    given: Any, terms: Terms, columns: list[str], env: Mapping[str, Any] | None
) -> Vector | None:
    """Read the multipliers of the decay for each column of X, (D,); None: all are 1.

    Parameters
    ----------
    given : mapping of str to number, or None
        Terms as in the formula; blanks and the order of ``a:b`` do not matter.
    terms : Terms
    columns : list of str
        Names of the columns of the data, which terms may contain.
    env : mapping, optional
        User-defined functions and values that terms may contain.

    Raises
    ------
    TypeError, ValueError
        If it is no mapping of terms to numbers of at least 0; the closest term is named.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise TypeError(
            "penalty_factor must be a dict of terms of the formula to numbers, such as "
            f"{{'age': 0}}, not {quote(given)}"
        )
    keys = [_list_names(term.factors) for term in terms.formula.terms]
    known = dict(zip(keys, terms.term_names, strict=True))
    found: dict[str, float] = {}
    for text, number in given.items():
        name = _find_term(text, known, columns, env)
        if name in found:
            raise ValueError(f"penalty_factor names the term {quote(name)} twice")
        found[name] = check_number(f"penalty_factor[{quote(text)}]", number)
    multipliers = [found.get(name, 1.0) for name in terms.term_names]
    return np.repeat(multipliers, terms.widths)


def _find_term(
    text: Any,
    known: Mapping[frozenset[str], str],
    columns: list[str],
    env: Mapping[str, Any] | None,
) -> str:
    """Find the known term that a text means."""
    names = [name for factors, name in known.items() if factors]
    if not isinstance(text, str):
        raise TypeError(f"penalty_factor must name terms by strings, not {quote(text)}")
    # A name as it is displayed; no formula reads that of an indicator of missing values.
    for name in names:
        if "".join(text.split()) == "".join(name.split()):
            return name
    try:
        # A text such as "0 + a" is more than a term: it removes the intercept.
        terms = parse(f"~ 1 + {text}", columns, env).terms
    except ValueError:
        terms = ()
    keys = [_list_names(term.factors) for term in terms]
    meant = [known[key] for key in keys if key and key in known]
    if len(keys) == 2 and len(meant) == 1 and not keys[0]:
        return meant[0]
    if text.strip() in _INTERCEPT or keys == [frozenset()]:
        raise ValueError(
            f"penalty_factor names the intercept, {quote(text)}: penalize_bias=False leaves it and "
            "the biases of all layers without a penalty, and True gives them that of the others"
        )
    if len(meant) > 1:
        raise ValueError(
            f"penalty_factor names several terms at once, {quote(text)}: give a number to each of "
            f"{listing(meant)}"
        )
    raise ValueError(
        f"penalty_factor names {quote(text)}, which is no term of the formula."
        f"{suggest(text, names)} The terms are {listing(names)}"
    )


def _list_names(factors: Iterable[Factor]) -> frozenset[str]:
    """Return a key of a term that does not depend on the order of its factors."""
    return frozenset(factor.name() for factor in factors)


def name_penalty_factor(multipliers: Vector | None, terms: Terms) -> dict[str, float]:
    """Return the multipliers other than 1 by term."""
    if multipliers is None:
        return {}
    named, start = {}, 0
    for name, width in zip(terms.term_names, terms.widths, strict=True):
        if width and multipliers[start] != 1.0:
            named[name] = float(multipliers[start])
        start += width
    return named


def check_penalty_factor(multipliers: Vector, terms: Terms) -> None:
    """Raise ValueError if these cannot be the multipliers of a formula's terms."""
    if multipliers.shape != (sum(terms.widths),):
        raise ValueError("multipliers of other columns")
    if not (np.isfinite(multipliers) & (multipliers >= 0)).all():
        raise ValueError("invalid multipliers")
    named = name_penalty_factor(multipliers, terms)
    wanted = np.repeat([named.get(name, 1.0) for name in terms.term_names], terms.widths)
    if not np.array_equal(multipliers, wanted):
        raise ValueError("multipliers that differ within a term")
    if terms.intercept is not None and multipliers[terms.intercept] != 1.0:
        raise ValueError("a multiplier of the intercept")
