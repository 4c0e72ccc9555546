"""Hints for names of R and statsmodels on the record of inference."""

import re

import numpy as np
import pytest
from loops import case_by_case
from networks import make_net

from neuralnet.errors import statistical_terms as tables
from neuralnet.errors.method_arguments import RECORD_ARGUMENTS
from neuralnet.errors.statistical_terms import explain_statistic
from neuralnet.inference import Inference, anova


@pytest.fixture(scope="module")
def found():
    return make_net("gaussian", hidden=0).train(optimizer="newton", trace=0).inference()


@case_by_case(
    ("name", "said"),
    [
        ("cov_params", ". Did you mean 'vcov'?"),
        ("conf_int", ". Did you mean 'confint'?"),
        ("conf.int", ". Did you mean 'confint'?"),
        ("AIC", ". Did you mean 'aic'?"),
        ("logLik", ". Did you mean 'llf'?"),
        ("df_residual", ". Did you mean 'df_resid'?"),
        ("slope", ". Did you mean 'slopes'?"),
        ("tvalues", ": statistics and p-values are in summary().weights"),
        ("resid", ". Did you mean 'residuals'?"),
        ("sigma", ": the residual standard error is dispersion ** 0.5"),
        ("anova", ": neuralnet.inference.anova(small, large) compares two networks"),
        ("wald_test", "have no Wald test that holds its size: test_terms()"),
    ],
)
def test_attributes_of_others_have_a_hint(found, name, said):
    with pytest.raises(AttributeError, match=re.escape(said)) as caught:
        getattr(found, name)
    assert str(caught.value).startswith(f"'Inference' object has no attribute {name!r}")


def test_unlike_names_have_no_hint(found):
    with pytest.raises(AttributeError, match=r"no attribute 'zzz'$"):
        _ = found.zzz
    assert explain_statistic("zzz", dir(found)) == ""


@case_by_case(
    ("method", "name", "said"),
    [
        ("vcov", "type", "vcov() has no argument 'type'; did you mean kind=?"),
        ("slopes", "vcov", "slopes() has no argument 'vcov'; did you mean kind=?"),
        ("vcov", "cluster", "vcov() has no argument 'cluster'; did you mean groups=?"),
        ("slopes", "newdata", "slopes() has no argument 'newdata'; did you mean data=?"),
        ("confint", "alpha", "the coverage of an interval, 1 - alpha."),
        ("confint", "parm", "take rows of the result by their labels."),
        ("drop1", "test", "drop1() has no argument 'test': the family chooses the distribution"),
        ("summary", "correlation", "correlations of the weights follow from vcov()."),
        ("comparisons", "kinds", "comparisons() has no argument 'kinds'; did you mean kind=?"),
    ],
)
def test_arguments_of_others_have_a_hint(found, method, name, said):
    with pytest.raises(TypeError, match=re.escape(said)):
        getattr(found, method)(**{name: 1})


def test_functions_of_records_have_hints_too(found):
    with pytest.raises(TypeError, match="does for test='F' and test='Chisq'; method= is "):
        anova(found, found, test="Chisq")
    with pytest.raises(TypeError, match=r"confint\(\) takes 3 arguments by position"):
        found.confint(0.95, "HC0", None, True)


def test_hints_of_the_network_are_as_before(found):
    net = make_net("gaussian", hidden=0)
    with pytest.raises(TypeError, match="has no argument 'alpha'; did you mean decay="):
        net.update(alpha=0.1)
    with pytest.raises(TypeError, match=r"follow from net\.inference\(\)\.vcov\(\)"):
        net.summary(correlation=True)


def test_every_hint_names_an_existing_argument_or_attribute(found):
    known = {each for names in RECORD_ARGUMENTS.values() for each in names}
    for ours in tables._ARGUMENTS:
        assert " " in ours or ours in known, ours
    for ours in tables._ATTRIBUTES:
        assert " " in ours or hasattr(Inference, ours), ours
    for table in (tables._ARGUMENTS, tables._ATTRIBUTES):
        words = [word for row in table.values() for word in row.split()]
        assert len(words) == len(set(words))
        assert all(word == word.casefold() for word in words)
    assert not set(dir(found)) & set(tables._KNOWN)


def test_valid_calls_are_not_changed(found):
    V = found.vcov(kind="HC0")
    np.testing.assert_array_equal(V, found.vcov("sandwich"))
    assert Inference.vcov.__doc__.startswith("Covariance of `params`")
