"""Layout of a summary's tables as text: labels, digits, p-values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, isfinite, log10, nan
from typing import Any

import pandas as pd

from ...errors import visible
from ...model import Model
from ..effects.contrasts import find_quartiles, list_predictors

# Significant digits of a standard error; the estimate has as many decimals.
_DIGITS = 3
_MOST_DECIMALS = 8
# The smallest p-value that is printed as a number, R's.
_SMALLEST = 2.2e-16
# Labels are cut to the first of these lengths with which a table is not wider than a line, ...
_LENGTHS = (60, 40, 30, 24, 18, 12, 8)
WIDTH = 100
# ... but those of contrasts and tests to no fewer characters than this.
_CONTRAST = 20


def layout_effects(
    model: Model, effects: pd.DataFrame, tests: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Lay out effects and tests as text, in a block for each predictor.

    Of two classes only the effects on the second: those on the first are minus these.
    """
    classes = model.labels.classes
    if len(classes) == 2 and "group" in effects:
        effects = effects[effects["group"] == classes[1]].drop(columns="group")
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


def layout_weights(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
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
        if found.to_string().index("\n") <= WIDTH:
            break
    return found


def _format_number(value: float) -> str:
    """Format a value of a column, with four significant digits of those below 10,000."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


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
        label, statistic = kind, ""
        if isfinite(row["statistic"]):
            label += f", {_name_distribution(row['df'], row.get('df_resid', nan))}"
            statistic = f"{row['statistic']:.2f}"
        yield label, ["", "", statistic, "", "", format_p(row["p_value"])]


def _name_distribution(df: float, df_resid: float) -> str:
    return f"F({df:.0f}, {df_resid:.0f})" if isfinite(df_resid) else f"chi2({df:.0f})"


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
