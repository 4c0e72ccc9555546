"""Tidy tables of a fit, with the columns of R's broom: coefficients or effects, and one row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import nan
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...errors import check_choice
from ...model import Model
from ..effects.contrasts import list_predictors
from ..effects.effect_methods import EffectMethods
from ..hypotheses.predictor_tests import run_predictor_tests
from .summary import tabulate_weights

# What the rows are: effects of predictors, or weights.
TidyRows = Literal["weights", "effects"]
_ROWS: dict[TidyRows, bool] = {"weights": False, "effects": True}
_NUMBERS = ["estimate", "std_error", "statistic", "p_value"]
_LIMITS = {"lower": "conf_low", "upper": "conf_high"}
# Random starts of the smaller networks that tests fit, as of a summary.
_STARTS, _SEED = 4, 1


def tidy(
    record: EffectMethods, what: str | None, conf_int: bool, level: float, exponentiate: bool
) -> pd.DataFrame:
    """Tabulate coefficients, or effects of predictors, one row each; see `Inference.tidy`."""
    is_net = bool(record.model.perceptron.activations)
    default = "effects" if is_net else "weights"
    wanted = check_choice("what", default if what is None else what, _ROWS)
    if exponentiate and (is_net or wanted):
        raise ValueError(
            "exponentiate=True is for the coefficients of a model without hidden units, which are "
            "changes of the score: effects are changes of the mean, and weights into and out of "
            "hidden units are neither. Leave it out"
        )
    record.judgement.require("standard errors")
    table = _list_effects(record, level) if wanted else _list_weights(record, level)
    if exponentiate:
        changed = ["estimate", *_LIMITS.values()]
        table[changed] = np.exp(table[changed])
    return table if conf_int else table.drop(columns=[*_LIMITS.values()])


def _list_weights(record: EffectMethods, level: float) -> pd.DataFrame:
    """Coefficients with their tests, class by class as broom lists those of multinom."""
    model = record.model
    table = tabulate_weights(record, level).rename(columns=_LIMITS)
    labels = record.parameters.labels
    if labels.names == ["matrix", "from", "to"]:
        terms = [f"{source}->{target}" for _, source, target in labels]
        table = table.reset_index(drop=True)
        table.insert(0, "term", terms)
        return table
    if labels.nlevels == 1:
        return table.reset_index()
    outputs = list(labels.get_level_values("output"))
    order = np.argsort(pd.factorize(np.array(outputs, dtype=object))[0], kind="stable")
    table = table.iloc[order].reset_index("term").reset_index(drop=True)
    found = _label_outputs(model, [outputs[place] for place in order])
    table.insert(0, _name_outputs(model), found)
    return table


def _name_outputs(model: Model) -> str:
    """The column of classes is multinom's, that of several responses that of an lm of several."""
    return "y_level" if model.labels.classes else "response"


def _label_outputs(model: Model, outputs: Sequence[Any]) -> pd.Series:
    labels = model.labels
    if not labels.classes:
        return pd.Series(outputs)
    codes = np.array([labels.classes.index(each) for each in outputs], dtype=np.intp)
    return labels.classify(codes, pd.RangeIndex(len(codes)))


def _list_effects(record: EffectMethods, level: float) -> pd.DataFrame:
    """Average changes of the mean, each with the test of its predictor.

    A predictor without effects, such as a date, has a row with its test.
    """
    model, parts = record.model, []
    run = partial(run_predictor_tests, model, _STARTS, _SEED)
    tests = model.compute(run, hessian=True)
    known = list_predictors(model, None, slopes=False).order
    for name, test in tests.iterrows():
        part = pd.DataFrame({"term": [name], "contrast": [""], "estimate": nan, "std_error": nan})
        if name in known:
            part = record.comparisons(str(name), level=level)
        part[["statistic", "p_value"]] = float(test["statistic"]), float(test["p_value"])
        parts.append(part)
    if not parts:
        raise ValueError("the formula has no predictor, and so no effects: ask for tidy('weights')")
    table = pd.concat(parts, ignore_index=True).rename(columns=_LIMITS)
    first = [_name_outputs(model)] * ("group" in table)
    table = table.rename(columns={"group": _name_outputs(model)})
    return table.reindex(columns=[*first, "term", "contrast", *_NUMBERS, *_LIMITS.values()])


def glance(record: EffectMethods) -> pd.DataFrame:
    """Tabulate measures of a fit in one row; see `Inference.glance`."""
    found, decays = record.likelihood, np.unique(np.ravel(record.model.used.decays))
    row = {
        "null_deviance": found.null_deviance,
        "df_null": found.nobs - found.n_intercepts,
        "logLik": found.llf,
        "AIC": found.aic,
        "BIC": found.bic,
        "deviance": found.deviance,
        "df_residual": found.df_resid,
        "nobs": found.nobs,
        "edf": found.edf,
        "dispersion": found.dispersion,
        "decay": decays[0] if len(decays) == 1 else nan,
        "log_evidence": record.log_evidence,
    }
    return pd.DataFrame([row], dtype=float)
