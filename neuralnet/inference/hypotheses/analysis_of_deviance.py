"""Analysis of deviance: a smaller model against a larger one, as R's ``anova(small, large)``."""

from __future__ import annotations

from math import nan
from typing import Any, Literal, Protocol, get_args

import numpy as np
import pandas as pd

from ...errors import check_statistic, check_whole, check_word, shorten
from ..fit.requirements import check_requirements
from ..inference import Inference
from .glm import fit_glm
from .parametric_bootstrap import bootstrap_ratio
from .refits import Refit, Specification, spans, specify
from .score_tests import HypothesisTest
from .term_tests import LIKELIHOOD_OF_NETS, WALD, compare_fits, score_columns

DevianceTestMethod = Literal["likelihood", "score", "bootstrap"]


class Trained(Protocol):
    """A trained network."""

    def inference(self) -> Inference: ...


@check_statistic
def anova(
    small: Trained | Inference,
    large: Trained | Inference,
    *,
    method: DevianceTestMethod | None = None,
    n: int = 99,
    starts: int = 4,
    seed: int = 1,
) -> pd.DataFrame:
    """Test a smaller model against a larger one that contains it.

    Parameters
    ----------
    small, large : NeuralNetwork or Inference
        Trained on the same rows.
    method : {"likelihood", "score", "bootstrap"}, optional
        ``"likelihood"``, for two models without hidden units and without decay, and their default:
        the F test, or the likelihood ratio against chi-squared, as R's ``anova``. ``"score"``, the
        default else: tests the columns that only the larger network has, beside the Jacobian of
        the smaller one, as `Inference.test_terms`. ``"bootstrap"``: the likelihood ratio among
        those of responses drawn from the smaller fit, with both networks refitted to each from
        fresh random starts. A network without ``skip`` contains a model without hidden units only
        nearly, as far as its units can be straight over the data.
    n : int
        Number of resamples of the bootstrap.
    starts : int
        Number of random starts of each of its fits.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        A row for each model: residual degrees of freedom, deviance; and in the second row the
        difference in degrees of freedom, the statistic and the p-value.

    Raises
    ------
    ValueError
        For models of other rows, other responses or other families, models that are not nested,
        and tests that do not hold their size.

    Examples
    --------
    >>> from neuralnet import NeuralNetwork, load_iris
    >>> iris = load_iris()
    >>> small, large = (
    ...     NeuralNetwork(formula, iris, hidden=0).train(optimizer="newton", trace=0)
    ...     for formula in ("Sepal.Length ~ Petal.Length", "Sepal.Length ~ Petal.Length + Species")
    ... )
    >>> anova(small, large)[["df_resid", "deviance", "df", "statistic"]].round(3)
           df_resid  deviance   df  statistic
    model
    small     148.0    24.525  NaN        NaN
    large     146.0    16.682  2.0     34.323
    """
    first, second = read_record(small, "small"), read_record(large, "large")
    for each in (first, second):
        check_requirements(each.model)
    a, b = specify(first.model), specify(second.model)
    _check_same_rows(a, b)
    method = _choose_method(method, a, b)
    check_whole("starts", starts, least=1)
    if method == "likelihood":
        return _compare_likelihoods(a, b)
    first.judgement.require("a test against the larger model")
    if method == "bootstrap":
        _check_sizes(a, b)
        ratio = bootstrap_ratio(a, b, check_whole("n", n, least=1), starts, check_seed(seed))
        test = HypothesisTest(ratio.statistic, 0, nan, ratio.p_value)
        return _tabulate(first, second, test._replace(df=nan))  # type: ignore[arg-type]
    columns = _find_added(a, b)
    fit = Refit(first.theta, nan, first.deviance / 2.0)
    return _tabulate(first, second, score_columns("", b, columns, a, fit).test)


def read_record(given: Any, name: str) -> Inference:
    """Return the record of inference of a network, or a record as it is."""
    if isinstance(given, Inference):
        return given
    if not callable(inference := getattr(given, "inference", None)):
        raise TypeError(
            f"{name} must be a trained network, or what its inference() returns, not "
            f"{shorten(given)}"
        )
    record = inference()
    assert isinstance(record, Inference)
    return record


def check_seed(seed: Any) -> int:
    """Return a seed: a whole number, so that the same call gives the same numbers."""
    return check_whole("seed", seed)


def _check_same_rows(a: Specification, b: Specification) -> None:
    """Check that two models have the same family, rows and response."""
    names = [each.perceptron.family.name for each in (a, b)]
    if type(a.perceptron.family) is not type(b.perceptron.family):
        raise ValueError(
            f"the models have the families {names[0]!r} and {names[1]!r}, whose likelihoods, and "
            "so AIC and deviance, are on other scales: compare models of one family, or their "
            "predictions with net.compare(other)"
        )
    sizes = [len(each.batch.X) for each in (a, b)]
    if sizes[0] != sizes[1]:
        raise ValueError(
            f"the models were fitted to {sizes[0]:,} and {sizes[1]:,} rows: rows with a missing "
            "value are left out of each. Give both the rows that are complete in all columns"
        )
    for word, one, other in (
        ("response", a.batch.Y, b.batch.Y),
        ("weights", a.batch.w, b.batch.w),
    ):
        if not _are_equal(one, other):
            raise ValueError(
                f"the {word} of the two models differ: fit both to the same rows of the same "
                "table, in the same order"
            )


def _are_equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


def _choose_method(
    method: DevianceTestMethod | None, a: Specification, b: Specification
) -> DevianceTestMethod:
    """Check the method; by default that of R for two GLMs, else the score test."""
    are_glms = a.is_glm and b.is_glm
    if method is None:
        return "likelihood" if are_glms else "score"
    if method in ("wald", "Wald"):
        raise ValueError(WALD)
    check_word("method", method, get_args(DevianceTestMethod))
    if method == "likelihood" and not are_glms:
        raise ValueError(f"{LIKELIHOOD_OF_NETS}, or method='bootstrap'")
    return method


def _compare_likelihoods(a: Specification, b: Specification) -> pd.DataFrame:
    """R's ``anova`` of two GLMs."""
    small, large = fit_glm(a), fit_glm(b)
    _check_nested(a, b)
    if small.rank == large.rank:
        raise ValueError("the models are the same: their columns span the same space")
    test = compare_fits(small, large)
    index = pd.Index(["small", "large"], name="model")
    return pd.DataFrame(
        {
            "df_resid": [small.df_resid, large.df_resid],
            "deviance": [small.deviance, large.deviance],
            "aic": [small.aic, large.aic],
            "df": [nan, test.df],
            "deviance_change": [nan, small.deviance - large.deviance],
            "statistic": [nan, test.statistic],
            "p_value": [nan, test.p_value],
        },
        index,
    )


def _check_nested(a: Specification, b: Specification) -> None:
    if not _are_equal(a.batch.offset, b.batch.offset):
        raise ValueError("the offsets of the two models differ, so that neither contains the other")
    if spans(b.batch, a.batch.X):
        return
    if spans(a.batch, b.batch.X):
        raise ValueError("the first model contains the second: call anova(small, large)")
    raise ValueError(
        "the models are not nested: columns of the first are no combinations of those of the "
        "second. Compare their AIC, or their predictions with net.compare(other)"
    )


def _check_sizes(a: Specification, b: Specification) -> None:
    """Check that the smaller network is inside the larger one, as far as that can be told."""
    _check_nested(a, b)
    small, large = (each.perceptron.sizes[1:-1] for each in (a, b))
    pairs = zip(small, large, strict=False)
    if len(small) > len(large) or any(one > other for one, other in pairs):
        raise ValueError(
            f"the first network has the hidden layers {list(small)}, the second {list(large)}: the "
            "second must have at least as many units"
        )


def _find_added(a: Specification, b: Specification) -> Any:
    """Columns of the larger network that the smaller one cannot compute from its own."""
    _check_sizes(a, b)
    X = b.batch.X
    added = [place for place in range(X.shape[1]) if not spans(a.batch, X[:, [place]])]
    if not added:
        raise ValueError(
            "the larger network has no column that the smaller one lacks, and the score test is "
            "one of columns. Whether hidden units are needed: inference().nonlinearity(), or "
            "method='bootstrap'"
        )
    return np.array(added)


def _tabulate(first: Inference, second: Inference, test: HypothesisTest) -> pd.DataFrame:
    index = pd.Index(["small", "large"], name="model")
    return pd.DataFrame(
        {
            "df_resid": [first.df_resid, second.df_resid],
            "deviance": [first.deviance, second.deviance],
            "df": [nan, test.df],
            "statistic": [nan, test.statistic],
            "p_value": [nan, test.p_value],
        },
        index,
        dtype=float,
    )
