"""Whether what a document shows is what runs: its formula, and the names of the columns of X.

The text of a formula is read again, and its terms are coded again by patsy, with stand-ins for the
factors, which run nothing. Where another thing comes out, somebody wrote the document by hand.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from keyword import iskeyword
from typing import Any

import numpy as np
import pandas as pd
import patsy
from patsy import EvalEnvironment
from patsy.desc import Term
from patsy.design_info import DesignInfo, FactorInfo, SubtermInfo

from ..design import Design
from ..formula import (
    FUNCTIONS,
    Column,
    Expression,
    Factor,
    Formula,
    box_categories,
    find_names,
    parse,
)


def prove_design(design: Design) -> None:
    """Raise ValueError where a design shows another formula, or other names, than it runs."""
    _prove_formula(design.formula)
    beside = design.offsets[len(design.formula.offsets) :]
    if len(beside) > 1 or not all(isinstance(f, Column) for each in beside for f in each.factors):
        raise ValueError("an offset that neither the formula nor offset= could have named")
    _prove_codings(design)


def _prove_formula(formula: Formula) -> None:
    terms = formula.terms
    if formula.columns != _list_columns(chain.from_iterable(term.factors for term in terms)):
        raise ValueError("other columns than the terms have")
    wanted = _take_apart(formula)
    for builtin in (False, True):
        found = _read_again(formula, builtin=builtin)
        if found is not None and _take_apart(found) == wanted:
            return
    raise ValueError("a formula that says other than its terms")


def _take_apart(formula: Formula) -> tuple[Any, ...]:
    """What a formula says, but for the order of its terms and the spelling of its code."""
    terms = sorted(sorted(map(_spell, term.factors)) for term in formula.terms)
    offsets = [[_spell(factor) for factor in offset] for offset in formula.offsets]
    return [_spell(factor) for factor in formula.responses], terms, offsets


def _spell(factor: Factor) -> str:
    """What stands for the same factor however it is written."""
    if isinstance(factor, Column):
        return repr(factor.column)
    tree, places = ast.parse(factor.code, mode="eval"), dict(factor.places)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in places:
            # No name of a program has quotes.
            node.id = repr(places[node.id])
    return ast.dump(tree)


def _read_again(formula: Formula, *, builtin: bool) -> Formula | None:
    """What the text says; None where it cannot be read.

    A column that the formula names only to leave it out is not in a document: so what is neither a
    column nor a function counts for one, with ``builtin`` also what bears the name of a function.
    """
    offsets = chain.from_iterable(formula.offsets)
    known = dict.fromkeys(formula.columns)
    known |= dict.fromkeys(_list_columns((*formula.responses, *offsets)))
    env: dict[str, Any] = {
        name: value
        for factor in _list_factors(formula)
        for name, value in getattr(factor, "names", {}).items()
        if name not in FUNCTIONS
    }
    for name, may_be_column in find_names(formula.text).items():
        head = name.partition(".")[0]
        if may_be_column and name not in env and (builtin or not _means_something(head)):
            known.setdefault(name)
        elif not may_be_column and name not in known:
            env.setdefault(name, _stand_in)
    try:
        return parse(formula.text, list(known), env)
    except ValueError:
        return None


def _means_something(name: str) -> bool:
    return name in FUNCTIONS or iskeyword(name)


def _stand_in(*given: Any) -> None:
    """For functions that stand in no term; nothing is called."""


def _list_factors(formula: Formula) -> Iterable[Factor]:
    factors = chain.from_iterable(term.factors for term in formula.terms)
    return (*formula.responses, *factors, *chain.from_iterable(formula.offsets))


def _list_columns(factors: Iterable[Factor]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column for factor in factors for column in factor.columns))


class _StandIn:
    """A factor of such a name, kind and width, in patsy's protocol."""

    origin = None

    def __init__(self, factor: Factor, info: FactorInfo, design: Design) -> None:
        self.factor = factor
        if info.type == "numerical":
            width = info.num_columns
            self.value: Any = np.zeros(1) if width == 1 else np.zeros((1, width))
        else:
            self.value = _code_levels(factor, info.categories, design)

    def name(self) -> str:
        """As of the factor itself."""
        return self.factor.name()

    def memorize_passes_needed(self, state: dict[str, Any], eval_env: Any) -> int:
        """None."""
        return 0

    def eval(self, state: dict[str, Any], data: Any) -> Any:
        """One row, whatever the data."""
        return self.value


def _code_levels(factor: Factor, levels: Sequence[Any], design: Design) -> Any:
    """One row of a factor of such levels, boxed as the factor itself would box it."""
    boxed, ordered, coding = isinstance(factor, Column), False, None
    node: ast.expr = ast.Constant(None)
    if isinstance(factor, Expression):
        node = ast.parse(factor.code, mode="eval").body
        while isinstance(node, ast.Call) and ast.unparse(node.func) in ("C", "factor"):
            given = dict(zip(("data", "contrast"), node.args, strict=False))
            given |= {each.arg or "": each.value for each in node.keywords}
            if coding is None and "contrast" in given:
                coding = _read_coding(given["contrast"], factor.names)
            boxed, node = True, given["data"]
    column = factor.column if isinstance(factor, Column) else _find_column(node, factor)
    if column is not None:
        ordered = design.variables[column].ordered
    values = pd.Categorical(levels[:1], list(levels), ordered=ordered)
    return box_categories(values, coding) if boxed else values


def _find_column(node: ast.expr, factor: Expression) -> str | None:
    """The column that a part of an expression is, if it is one."""
    return dict(factor.places).get(node.id) if isinstance(node, ast.Name) else None


def _read_coding(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """What ``Sum``, ``Treatment('a')`` or a matrix behind a column stands for."""
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.Call):
        coding = names[ast.unparse(node.func)]
        if not hasattr(coding, "code_without_intercept"):
            raise ValueError("a coding that is none")
        given = [ast.literal_eval(each) for each in node.args]
        options = {each.arg or "": ast.literal_eval(each.value) for each in node.keywords}
        return coding(*given, **options)
    return ast.literal_eval(node)


def _prove_codings(design: Design) -> None:
    info, terms = design.terms.info, design.formula.terms
    infos = info.factor_infos
    if set(infos) != {factor for term in terms for factor in term.factors}:
        raise ValueError("other factors than the terms have")
    # How the caller's own function codes what it gives, only that function knows.
    own = {
        factor
        for factor, each in infos.items()
        if each.type == "categorical" and not set(getattr(factor, "names", ())) <= set(FUNCTIONS)
    }
    told = [term for term in terms if not own.intersection(term.factors)]
    known = set(infos) - own
    stand_ins = {factor: _StandIn(factor, infos[factor], design) for factor in known}
    for factor in known:
        if infos[factor].type == "categorical":
            _check_sizes(stand_ins[factor], info)
    twins = [Term([stand_ins[factor] for factor in term.factors]) for term in told]
    (fresh,) = patsy.design_matrix_builders([twins], lambda: iter([{}]), EvalEnvironment([]))
    # Patsy makes the list of names at each look.
    shown, wanted = info.column_names, fresh.column_names
    for term, twin in zip(told, twins, strict=True):
        if shown[info.term_slices[term]] != wanted[fresh.term_slices[twin]]:
            raise ValueError("columns under the names of others")
        for some in zip(info.term_codings[term], fresh.term_codings[twin], strict=True):
            _compare_codings(*some)


def _check_sizes(stand_in: _StandIn, info: DesignInfo) -> None:
    """Raise before patsy makes a matrix of other size than the one that is there."""
    factor, coding = stand_in.factor, getattr(stand_in.value, "contrast", None)
    count = len(info.factor_infos[factor].categories)
    fits = {(count, count - 1), (count, count)}
    if isinstance(coding, list | tuple | np.ndarray):
        fits = {np.shape(coding)}
    subterms = chain.from_iterable(info.term_codings.values())
    found = {
        each.contrast_matrices[factor].matrix.shape
        for each in subterms
        if factor in each.contrast_matrices
    }
    if not found or not found <= fits:
        raise ValueError("levels coded by a matrix of another size")


def _compare_codings(saved: SubtermInfo, fresh: SubtermInfo) -> None:
    """Raise where a part of a term is coded by other numbers than its name says."""
    factors = [stand_in.factor for stand_in in fresh.factors]
    matrices = {each.factor: coding for each, coding in fresh.contrast_matrices.items()}
    same = factors == list(saved.factors) and set(matrices) == set(saved.contrast_matrices)
    if not same or saved.num_columns != fresh.num_columns:
        raise ValueError("terms of other factors than their names say")
    for factor, coding in saved.contrast_matrices.items():
        wanted = matrices[factor]
        if list(coding.column_suffixes) != list(wanted.column_suffixes):
            raise ValueError("levels under the names of others")
        # Polynomials differ in their last digits from machine to machine.
        alike = coding.matrix.shape == wanted.matrix.shape
        if not alike or not np.allclose(coding.matrix, wanted.matrix, rtol=1e-9, atol=1e-9):
            raise ValueError("levels coded by other numbers than their names say")
