"""Summary of a fit, in the manner of R's summary of a glm: likelihood, effects, tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import nan
from textwrap import fill, wrap
from typing import Any

import numpy as np
import pandas as pd

from ...errors import cut
from ...model import Model, Table, find_dependencies, render_html, render_text
from ...training import join_words
from ..distributions import t_quantile, t_tail
from ..effects.contrasts import list_predictors
from ..effects.effect_methods import EffectMethods
from ..hypotheses.predictor_tests import run_linearity_tests, run_predictor_tests
from ..weights.covariance import CovarianceKind
from .fit_description import describe_errors, describe_fit, list_notes
from .table_layout import WIDTH, layout_effects, layout_weights

_NOTE_WIDTH = 90

_REFUSED = "No standard errors, effects or tests."
_UNTESTED = (
    "Where a test has no statistic, the rows leave no degrees of freedom for it beside the other "
    "weights."
)
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
            piece for line in self.lines for piece in wrap(line, WIDTH, subsequent_indent="    ")
        ]
        notes = [fill(note, _NOTE_WIDTH) for note in self.notes]
        return "\n\n".join([render_text(pieces, self.tables), *notes])

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return render_html(self.lines, self.tables) + notes


def summarize(
    inference: EffectMethods,
    weights: bool | None,
    intervals: Mapping[str, Any],
    starts: int,
    seed: int,
) -> Summary:
    """Summarize a fit; of one that is refused, the likelihood and the reasons.

    ``weights=None``: those of a model without hidden layers, its coefficients. ``intervals``: the
    arguments ``level``, ``kind`` and ``groups`` of `Inference.comparisons`.
    """
    lines, empty = describe_fit(inference), pd.DataFrame()
    if not inference.judgement.allows:
        reasons = tuple(f"{_REFUSED} {each}" for each in inference.judgement.reasons)
        return Summary(lines, (), reasons, empty, empty, empty)
    model, named, tables = inference.model, pd.DataFrame(), []
    if errors := describe_errors(inference, intervals["kind"], intervals["groups"]):
        lines += (errors,)
    columns = _name_columns(inference, intervals["level"])
    effects = _list_effects(inference, intervals)
    run = partial(_run_tests, model, starts, seed)
    tests = model.compute(run, hessian=True)
    if len(effects) or len(tests):
        layout = layout_effects(model, effects, tests, columns)
        tables.append(Table(_title_effects(inference), layout))
    if weights or (weights is None and not model.perceptron.activations):
        named = tabulate_weights(inference, **intervals)
        tables.append(Table(_title_weights(inference), layout_weights(named, columns)))
    notes = list_notes(inference, has_tests=len(tests) > 0)
    if any(each["std_error"].isna().any() for each in (effects, named) if len(each)):
        notes.append(_explain_unknown(model))
    if len(tests) and tests["statistic"].isna().any():
        notes.append(_UNTESTED)
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


def _list_effects(inference: EffectMethods, intervals: Mapping[str, Any]) -> pd.DataFrame:
    """Changes from quartile to quartile and between levels, and the slopes of numbers."""
    both = [
        call(**intervals)
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


def tabulate_weights(
    inference: EffectMethods, level: float, kind: CovarianceKind = "hessian", groups: Any = None
) -> pd.DataFrame:
    """Tabulate weights: estimate, standard error, statistic, p-value and interval.

    Weights of a network with hidden units have no p-value, as a test of them does not hold its
    size.
    """
    values, df = inference.params, inference.likelihood.df_test
    errors = pd.Series(np.sqrt(np.diag(inference.vcov(kind, groups))), values.index)
    statistic, width = values / errors, t_quantile(0.5 + level / 2.0, df) * errors
    hidden = bool(inference.model.perceptron.activations)
    p = [nan if hidden else 2.0 * t_tail(abs(each), df) for each in statistic]
    columns = {"estimate": values, "std_error": errors, "statistic": statistic, "p_value": p}
    return pd.DataFrame({**columns, "lower": values - width, "upper": values + width})


def _title_effects(inference: EffectMethods) -> str:
    labels, family = inference.model.labels, inference.model.perceptron.family
    if len(labels.classes) > 2:
        return f"Average change of the probability of each class of {cut(labels.response)}"
    if labels.classes:
        return f"Average change of the probability of {cut(labels.response)} {labels.classes[1]}"
    mean = "proportion" if hasattr(family, "trials") else "mean"
    return f"Average change of the {mean} of {cut(labels.response)}"


def _title_weights(inference: EffectMethods) -> str:
    model = inference.model
    title = "Weights" if model.perceptron.activations else "Coefficients"
    if inference.parameters.is_contrast:
        first, *others = map(cut, model.labels.classes)
        which = others[0] if len(others) == 1 else "each class"
        title += f", of {which} against {first}"
    return title


def _name_columns(inference: EffectMethods, level: float) -> list[str]:
    letter = "t" if inference.likelihood.has_dispersion else "z"
    tail = 50.0 * (1.0 - level)
    ends = f"{tail:g} %", f"{100.0 - tail:g} %"
    return ["estimate", "std. error", letter, *ends, "p-value"]
