"""What multiplies the decay of single terms of a formula: named as in it, told by columns of X.

Knows terms and their columns; nothing of weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..design import Terms
from ..errors import check_number, listing, quote, suggest
from ..formula import Factor, parse

Vector = NDArray[np.float64]

_INTERCEPT = ("1", "Intercept", "(Intercept)")


def read_penalty_factor(
    given: Any, terms: Terms, columns: list[str], env: Mapping[str, Any] | None
) -> Vector | None:
    """What multiplies the decay of the weights of each column of X, (D,); None: nothing does.

    Parameters
    ----------
    given : mapping of str to number, or None
        Terms as they may stand in the formula: blanks and the order of ``a:b`` do not matter.
    terms : Terms
    columns : list of str
        Of the data, which the names of terms may hold.
    env : mapping, optional
        Functions and values that they may hold.

    Raises
    ------
    TypeError, ValueError
        For what is no mapping of terms to numbers of at least 0, naming the nearest term.
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
    """Which of the known terms a text means."""
    names = [name for factors, name in known.items() if factors]
    if not isinstance(text, str):
        raise TypeError(f"penalty_factor must name terms by strings, not {quote(text)}")
    try:
        # What takes the intercept away is more than a term.
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
    """What a term is known by, in whatever order its factors are written."""
    return frozenset(factor.name() for factor in factors)


def name_penalty_factor(multipliers: Vector | None, terms: Terms) -> dict[str, float]:
    """The multipliers other than 1, by the terms that they belong to."""
    if multipliers is None:
        return {}
    told, start = {}, 0
    for name, width in zip(terms.term_names, terms.widths, strict=True):
        if width and multipliers[start] != 1.0:
            told[name] = float(multipliers[start])
        start += width
    return told


def check_penalty_factor(multipliers: Vector, terms: Terms) -> None:
    """Raise ValueError where terms of a formula could not have these."""
    if multipliers.shape != (sum(terms.widths),):
        raise ValueError("multipliers of other columns")
    if not (np.isfinite(multipliers) & (multipliers >= 0)).all():
        raise ValueError("multipliers that are none")
    told = name_penalty_factor(multipliers, terms)
    wanted = np.repeat([told.get(name, 1.0) for name in terms.term_names], terms.widths)
    if not np.array_equal(multipliers, wanted):
        raise ValueError("multipliers that differ within a term")
    if terms.intercept is not None and multipliers[terms.intercept] != 1.0:
        raise ValueError("a multiplier of the intercept")
