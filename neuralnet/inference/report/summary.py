"""Summary of a fit, in the manner of R's summary of a glm: likelihood, effects, tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import floor, isfinite, log10, nan
from textwrap import fill, wrap
from typing import Any

import numpy as np
import pandas as pd

from ...errors import cut, visible
from ...model import Model, Table, find_dependencies, render_html, render_text
from ...training import join_words
from ..distributions import t_quantile, t_tail
from ..effects.contrasts import find_quartiles, list_predictors
from ..effects.effect_methods import EffectMethods
from ..hypotheses.predictor_tests import run_linearity_tests, run_predictor_tests
from .fit_description import describe_fit, list_notes

# Significant digits of a standard error; the estimate has as many decimals.
_DIGITS = 3
_MOST_DECIMALS = 8
# The smallest p-value that is printed as a number, R's.
_SMALLEST = 2.2e-16
_WIDTH, _NOTE_WIDTH = 100, 90
# Labels are cut to the first of these lengths with which a table is not too wide, ...
_LENGTHS = (60, 40, 30, 24, 18, 12, 8)
# ... but those of contrasts and tests to no fewer characters than this.
_CONTRAST = 20

_REFUSED = "No standard errors, effects or tests."
_UNKNOWN = "Where a standard error is missing, the data do not determine the estimate"


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """Summary of a fit; it prints as text, and as HTML in a notebook.

    Attributes
    ----------
    lines : tuple of str
        Formula, sizes, decay, likelihood and the judgement of the fit.
    tables : tuple of Table
        What is printed of the tables below.
    notes : tuple of str
        What a reader of the tables has to know; of a fit that is refused, why it has none.
    effects : DataFrame
        Average changes and slopes of the mean, with standard errors; empty where the fit is
        refused.
    tests : DataFrame
        A test of each predictor, and of the linearity of each numeric one.
    weights : DataFrame
        Weights with standard errors; empty where they were not asked for.
    """

    lines: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    effects: pd.DataFrame
    tests: pd.DataFrame
    weights: pd.DataFrame

    def __repr__(self) -> str:
        pieces = [
            piece for line in self.lines for piece in wrap(line, _WIDTH, subsequent_indent="    ")
        ]
        notes = [fill(note, _NOTE_WIDTH) for note in self.notes]
        return "\n\n".join([render_text(pieces, self.tables), *notes])

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return render_html(self.lines, self.tables) + notes


def summarize(
    inference: EffectMethods, weights: bool | None, level: float, starts: int, seed: int
) -> Summary:
    """Summarize a fit; of one that is refused, the likelihood and the reasons.

    ``weights=None``: those of a model without hidden layers, its coefficients.
    """
    lines, empty = describe_fit(inference), pd.DataFrame()
    if not inference.judgement.allows:
        reasons = tuple(f"{_REFUSED} {each}" for each in inference.judgement.reasons)
        return Summary(lines, (), reasons, empty, empty, empty)
    model, named, tables = inference.model, pd.DataFrame(), []
    columns = _name_columns(inference, level)
    effects = _list_effects(inference, level)
    run = partial(_run_tests, model, starts, seed)
    tests = model.compute(run, hessian=True)
    if len(effects) or len(tests):
        layout = _layout_effects(model, effects, tests, columns)
        tables.append(Table(_title_effects(inference), layout))
    if weights or (weights is None and not model.perceptron.activations):
        named = tabulate_weights(inference, level)
        tables.append(Table(_title_weights(inference), _layout_weights(named, columns)))
    notes = list_notes(inference, has_tests=len(tests) > 0)
    if any(each["std_error"].isna().any() for each in (effects, named) if len(each)):
        notes.append(_explain_unknown(model))
    return Summary(lines, tuple(tables), tuple(notes), effects, tests, named)


def _explain_unknown(model: Model) -> str:
    """Say why standard errors are missing, with the columns that depend linearly on others."""
    X, names = model.rows.X, model.design.x_names
    found = find_dependencies(X, model.design.terms.intercept, np.arange(X.shape[1]))
    parts = [
        f"{cut(names[column])} is a linear combination of "
        f"{join_words([cut(names[each]) for each in others], 'and')}"
        if others
        else f"{cut(names[column])} is 0 in every row"
        for column, others in found
    ]
    return f"{_UNKNOWN}{': ' if parts else ''}{'; '.join(parts)}."


def _run_tests(model: Model, starts: int, seed: int) -> pd.DataFrame:
    """Tests of each predictor, and of its linearity, indexed by predictor and kind of test."""
    parts = {
        "overall": run_predictor_tests(model, starts, seed),
        "nonlinear": run_linearity_tests(model, starts, seed),
    }
    if not any(map(len, parts.values())):
        return pd.DataFrame()
    tests = pd.concat({name: part for name, part in parts.items() if len(part)})
    return tests.swaplevel().rename_axis(["term", "test"])


def _list_effects(inference: EffectMethods, level: float) -> pd.DataFrame:
    """Changes from quartile to quartile and between levels, and the slopes of numbers."""
    both = [
        call(level=level)
        for slopes, call in enumerate([inference.comparisons, inference.slopes])
        if list_predictors(inference.model, None, bool(slopes)).order
    ]
    if not both:
        return pd.DataFrame()
    keys = [name for name in ("term", "contrast", "group") if name in both[0]]
    effects = pd.concat(both).drop_duplicates(subset=keys)
    order = {term: place for place, term in enumerate(effects["term"].unique())}
    return effects.sort_values("term", key=lambda each: each.map(order), kind="stable").reset_index(
        drop=True
    )


def tabulate_weights(inference: EffectMethods, level: float) -> pd.DataFrame:
    """Tabulate weights: estimate, standard error, statistic, p-value and interval.

    Weights of a network with hidden units have no p-value, as a test of them does not hold its
    size.
    """
    values, errors, df = inference.params, inference.bse, inference.likelihood.df_test
    statistic, width = values / errors, t_quantile(0.5 + level / 2.0, df) * errors
    hidden = bool(inference.model.perceptron.activations)
    p = [nan if hidden else 2.0 * t_tail(abs(each), df) for each in statistic]
    columns = {"estimate": values, "std_error": errors, "statistic": statistic, "p_value": p}
    return pd.DataFrame({**columns, "lower": values - width, "upper": values + width})


def _title_effects(inference: EffectMethods) -> str:
    labels, family = inference.model.labels, inference.model.perceptron.family
    if family.name == "softmax":
        return f"Average change of the probability of each class of {cut(labels.response)}"
    if labels.classes:
        return f"Average change of the probability of {cut(labels.response)} {labels.classes[1]}"
    mean = "proportion" if family.name == "binomial" else "mean"
    return f"Average change of the {mean} of {cut(labels.response)}"


def _title_weights(inference: EffectMethods) -> str:
    model = inference.model
    title = "Weights" if model.perceptron.activations else "Coefficients"
    if inference.parameters.is_contrast:
        title += f", of each class against {cut(model.labels.classes[0])}"
    return title


def _layout_effects(
    model: Model, effects: pd.DataFrame, tests: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Lay out effects and tests as text, in a block for each predictor."""
    numbers, by_class = list_predictors(model, None, slopes=False).numbers, "group" in effects
    labels: list[tuple[str, ...]] = []
    rows: list[list[str]] = []
    for term in model.design.formula.columns:
        block = effects[effects["term"] == term] if len(effects) else effects
        for row in block.itertuples(index=False):
            change = str(row.contrast)
            if change == "dY/dX":
                change = "slope"
            elif term in numbers:
                change = " to ".join(map(_format_number, find_quartiles(model, term)))
            labels.append((term, change, *([str(row.group)] if by_class else [])))
            rows.append(_format_row(row))
        for label, cells in _format_tests(tests, term):
            labels.append((term, label, *([""] if by_class else [])))
            rows.append(cells)
    index = pd.MultiIndex.from_tuples(labels)
    return _fit_labels(pd.DataFrame(rows, index=index, columns=pd.Index(columns)))


def _layout_weights(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Lay out weights as text; coefficients of several classes class by class, as R does."""
    if table.index.names == ["output", "term"]:
        outputs = table.index.get_level_values("output")
        table = pd.concat([table[outputs == each] for each in outputs.unique()])
    rows = [
        [*_format_row(row)[:-1], format_p(float(row.p_value))]  # type: ignore[arg-type]
        for row in table.itertuples(index=False)
    ]
    index = table.index.set_names([None] * table.index.nlevels)
    return _fit_labels(pd.DataFrame(rows, index=index, columns=pd.Index(columns)))


def _fit_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Cut long labels, so that all columns of a table fit in a line."""
    labels = [each if isinstance(each, tuple) else (each,) for each in table.index]
    found = table
    for most in _LENGTHS:
        shortest = [most, max(most, _CONTRAST), *[most] * table.index.nlevels]
        cuts = [tuple(map(visible, each, shortest)) for each in labels]
        found = table.set_axis(
            pd.MultiIndex.from_tuples(cuts)
            if table.index.nlevels > 1
            else pd.Index([each for (each,) in cuts])
        )
        if found.to_string().index("\n") <= _WIDTH:
            break
    return found


def _format_number(value: float) -> str:
    """Format a value of a column, with four significant digits of those below 10,000."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


def _name_columns(inference: EffectMethods, level: float) -> list[str]:
    letter = "t" if inference.likelihood.has_dispersion else "z"
    tail = 50.0 * (1.0 - level)
    ends = f"{tail:g} %", f"{100.0 - tail:g} %"
    return ["estimate", "std. error", letter, *ends, "p-value"]


def _format_row(row: Any) -> list[str]:
    """Format estimate, standard error, statistic and interval; the p-value is left blank."""
    numbers = [row.estimate, row.std_error, row.lower, row.upper]
    estimate, error, lower, upper = format_estimates(numbers, row.std_error)
    statistic = f"{row.statistic:.2f}" if isfinite(row.statistic) else ""
    return [estimate, error, statistic, lower, upper, ""]


def _format_tests(tests: pd.DataFrame, term: str) -> Iterator[tuple[str, list[str]]]:
    """Format the tests of a predictor: a label with the distribution, and the cells."""
    names, rows = tests.index.to_list(), tests.to_dict("records")
    for (name, kind), row in zip(names, rows, strict=True):
        if name != term:
            continue
        label = f"{kind}, chi2({row['df']:.0f})"
        if isfinite(row.get("df_resid", nan)):
            label = f"{kind}, F({row['df']:.0f}, {row['df_resid']:.0f})"
        statistic = f"{row['statistic']:.2f}" if isfinite(row["statistic"]) else ""
        yield label, ["", "", statistic, "", "", format_p(row["p_value"])]


def format_p(p: float) -> str:
    """Format a p-value with three significant digits, and the smallest as R does.

    Examples
    --------
    >>> format_p(0.01234), format_p(1e-20), format_p(float("nan"))
    ('0.0123', '<2e-16', '')
    """
    if not isfinite(p):
        return ""
    return "<2e-16" if p < _SMALLEST else f"{p:.3g}"


def format_estimates(values: Sequence[float], error: float) -> list[str]:
    """Format numbers with the decimals that give a standard error three significant digits.

    Examples
    --------
    >>> format_estimates([1.23456, -0.5], 0.0312)
    ['1.2346', '-0.5000']
    """
    form = f".{_DIGITS + 1}g"
    if isfinite(error) and error > 0.0:
        decimals = max(0, _DIGITS - 1 - floor(log10(error)))
        form = f",.{decimals}f" if decimals <= _MOST_DECIMALS else form
    return [f"{value:{form}}" if isfinite(value) else "" for value in values]
