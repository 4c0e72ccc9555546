"""Stepwise selection of the terms of a formula, by the tests of single terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf, isnan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import cut, listing
from ...model import MatrixHead, Model, render_html, render_text
from .glm import fit_glm
from .refits import Specification, specify
from .term_tests import TermTest, compare_fits, read_scope, score_columns, tabulate_tests

Columns = NDArray[np.intp]
Terms = frozenset[str]


@dataclass(frozen=True, eq=False, repr=False)
class StepwiseSelection:
    """The terms that stepwise selection keeps.

    Attributes
    ----------
    formula : str
        With these terms, for ``net.update(formula)``.
    kept, dropped : tuple of str
        The terms of the formula that it was given.
    steps : DataFrame
        A row for each term that was dropped or added, in this order, with its ``action`` and test.
    tests : DataFrame
        The tests of the terms that could be dropped at the end, as of `Inference.test_terms`.
    level : float
        The p-value above which a term is dropped.
    """

    formula: str
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    steps: pd.DataFrame
    tests: pd.DataFrame
    level: float

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        lines = [
            f"Stepwise selection at level {self.level:g}  {cut(self.formula)}",
            f"dropped: {listing(self.dropped) or 'no term'}",
            "p-values after a selection are too small: the terms were chosen by them",
        ]
        tables = {"steps": self.steps, "tests of what is left": self.tests}
        heads = [MatrixHead(name, each.shape, each) for name, each in tables.items() if len(each)]
        return lines, heads


class TermSets:
    """The terms of a model, and the networks that some of them make.

    Parameters
    ----------
    model : Model
    starts, seed : int
        Of each smaller network.
    """

    def __init__(self, model: Model, starts: int, seed: int) -> None:
        self.specification: Specification = specify(model)
        self.starts: int = starts
        self.seed: int = seed
        self._formula = model.design.formula
        matrix = model.design.terms
        ends = np.cumsum(matrix.widths)
        # With imputation, columns that say where values were missing are terms too, ...
        self.columns: dict[Any, Columns] = {
            term: np.arange(end - width, end)
            for term, end, width in zip(matrix.formula.terms, ends, matrix.widths, strict=True)
        }
        self.terms: dict[str, Any] = {
            term.name(): term for term in self._formula.terms if term.factors
        }
        self.tested: dict[tuple[Terms, Terms], TermTest] = {}

    def drop(self, names: Terms, scope: Iterable[str]) -> list[TermTest]:
        """Test the terms of some that are in no other one, each against the network without it."""
        inside = {name for name in names for other in names if self._is_part(name, other)}
        free = [name for name in self.terms if name in names & {*scope} and name not in inside]
        return [self._test(name, names - {name}, names) for name in free]

    def add(self, names: Terms) -> list[TermTest]:
        """Test the terms that are left out, of which every part is there."""
        free = [
            name
            for name in self.terms
            if name not in names
            and all(other in names for other in self.terms if self._is_part(other, name))
        ]
        return [self._test(name, names, names | {name}) for name in free]

    def write(self, names: Terms) -> str:
        """Write the formula with these terms alone."""
        kept = [each for each in self._formula.terms if not each.factors or each.name() in names]
        text = replace(self._formula, terms=tuple(kept)).expanded
        return text.replace("~ 1 + ", "~ ", 1)

    def _is_part(self, name: str, other: str) -> bool:
        return {*self.terms[name].factors} < {*self.terms[other].factors}

    def _find_left_out(self, names: Terms) -> Columns:
        """Columns of X that go with the terms that are not among these."""
        used = {c for name in names for factor in self.terms[name].factors for c in factor.columns}
        left_out = [
            places for term, places in self.columns.items() if not self._is_in(term, names, used)
        ]
        return np.concatenate([np.zeros(0, dtype=np.intp), *left_out])

    def _is_in(self, term: Any, names: Terms, used: set[str]) -> bool:
        if not term.factors or term.name() in self.terms:
            return not term.factors or term.name() in names
        # ... and go with the last term of their column.
        return any({*factor.columns} & used for factor in term.factors)

    def _test(self, name: str, small: Terms, large: Terms) -> TermTest:
        if (small, large) not in self.tested:
            self.tested[small, large] = self._run_test(name, small, large)
        return self.tested[small, large]

    def _run_test(self, name: str, small: Terms, large: Terms) -> TermTest:
        left_out = self._find_left_out(large)
        larger = self.specification.without(left_out)
        kept = np.setdiff1d(np.arange(self.specification.batch.X.shape[1]), left_out)
        more = np.setdiff1d(self._find_left_out(small), left_out)
        # A constant that only the others gave stands first.
        shift = larger.batch.X.shape[1] - len(kept)
        columns = np.searchsorted(kept, more) + shift
        if larger.is_glm and self.specification.is_glm:
            return _compare(name, larger, columns)
        smaller = larger.without(columns)
        fit = smaller.fit(self.starts, np.random.default_rng(self.seed))
        return score_columns(name, larger, columns, smaller, fit)


def _compare(name: str, larger: Specification, columns: Columns) -> TermTest:
    """R's test of columns of a GLM, as `compare_glms` makes it."""
    fit = fit_glm(larger.without(columns, keep_constant=False))
    return TermTest(name, compare_fits(fit, fit_glm(larger)), fit.deviance, fit.aic)


def select_terms(
    model: Model, scope: Any, both: bool, level: float, starts: int, seed: int
) -> StepwiseSelection:
    """Drop terms, and with ``both`` add dropped ones again; see `Inference.step`."""
    sets = TermSets(model, starts, seed)
    every = frozenset(sets.terms)
    may_go = read_scope(scope, sets.terms) if scope is not None else [*every]
    names, seen, steps, actions = every, {every}, [], []
    while True:
        tests = sets.drop(names, may_go)
        worst = max(tests, key=_rank, default=None)
        action, chosen = "drop", worst if worst and _rank(worst) > level else None
        if chosen is None and both:
            best = min(sets.add(names), key=_rank, default=None)
            action, chosen = "add", best if best and _rank(best) < level else None
        if chosen is None or names ^ {chosen.term} in seen:
            break
        names = names ^ {chosen.term}
        seen.add(names)
        steps.append(chosen)
        actions.append(action)
    table = tabulate_tests(steps)
    table.insert(0, "action", actions)
    return StepwiseSelection(
        sets.write(names),
        tuple(name for name in sets.terms if name in names),
        tuple(name for name in sets.terms if name not in names),
        table,
        tabulate_tests(tests),
        level,
    )


def _rank(test: TermTest) -> float:
    """The p-value; of a term that adds nothing to the others more than any."""
    if not test.test.df:
        return inf
    return 0.0 if isnan(test.test.p_value) else test.test.p_value
