"""Stepwise selection: the loops that a user would write by hand, and statsmodels' tests."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from loops import case_by_case
from networks import make_net, make_table
from r_models import infer, read_table
from scipy.stats import chi2
from statsmodels.genmod.families import Binomial, Poisson

from neuralnet import NeuralNetwork

TRAINING = {"optimizer": "newton", "trace": 0}
OPTIONS = {"hidden": 2, "activation": "tanh", "decay": 0.5, "scale": True, "seed": 1}


def make_noisy_table(n=120):
    """The table of all families, and a column that plays no part."""
    return make_table(n).assign(idle=np.random.default_rng(1).normal(size=n))


def drop_by_hand(net, level):
    """Drop the term of the highest p-value, train the updated network, and test it again."""
    rows = []
    while True:
        tests = net.inference().test_terms().drop(index="<none>", errors="ignore")
        if not len(tests) or tests["p_value"].max() <= level:
            return net, pd.DataFrame(rows), tests
        name = tests["p_value"].idxmax()
        rows.append(tests.loc[name])
        net = net.update(f". ~ . - {name}").train(**TRAINING, restarts=4)


def assert_same_steps(net, level):
    found = net.inference().step(level=level)
    updated, steps, tests = drop_by_hand(net, level)
    assert found.steps.index.tolist() == steps.index.tolist() == [*found.steps.index]
    for ours, theirs in ((found.steps, steps), (found.tests, tests)):
        for column in ("df", "statistic", "p_value", "deviance"):
            if len(ours):
                np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-5)
    again = net.update(found.formula)
    assert again.x_names == updated.x_names
    return found


@case_by_case("family", ["gaussian", "binomial", "softmax", "poisson"])
def test_an_idle_column_of_a_network_goes_as_by_hand(family):
    responses = {"gaussian": "cost", "binomial": "win", "softmax": "species", "poisson": "count"}
    formula = f"{responses[family]} ~ x1 + x2 + idle"
    net = NeuralNetwork(formula, make_noisy_table(), family=family, **OPTIONS)
    found = assert_same_steps(net.train(**TRAINING, restarts=4), 0.05)
    assert found.dropped == ("idle",) and found.kept == ("x1", "x2")
    assert found.formula == f"{responses[family]} ~ x1 + x2"


@case_by_case("level", [0.05, 1e-6])
def test_terms_of_glms_go_as_by_the_tests_of_statsmodels(level):
    for name, family in [("mtcars", None), ("pima_tr", Binomial()), ("warpbreaks", Poisson())]:
        formula, table = infer(name).model.design.formula.text, read_table(name)
        if family is not None:
            response = formula.split(" ~ ")[0]
            codes = table[response] == "Yes" if name == "pima_tr" else table[response]
            table = table.assign(**{response: codes.astype(float)})
        found = infer(name).step(level=level)
        wanted, terms = [], [*infer(name).test_terms().index[1:]]
        every = [*found.kept, *found.dropped]
        left, p_values = drop_by_statsmodels(formula, every, table, family, level)
        assert {*found.kept} == {*left} and terms
        assert found.steps.index.tolist() == [term for term, _ in p_values]
        wanted = [p for _, p in p_values]
        np.testing.assert_allclose(found.steps["p_value"], wanted, rtol=1e-5)


def drop_by_statsmodels(formula, terms, table, family, level):
    """Backward elimination by F tests of OLS or likelihood ratios of a GLM."""
    response, steps, terms = formula.split(" ~ ")[0], [], [*terms]

    def fit(names):
        text = f"{response} ~ {' + '.join(['1', *names])}"
        if family is None:
            return smf.ols(text, table).fit()
        return smf.glm(text, table, family=family).fit(tol=1e-13)

    def compare(small, large):
        if family is None:
            return large.compare_f_test(small)[1]
        return chi2.sf(small.deviance - large.deviance, small.df_resid - large.df_resid)

    while True:
        free = [a for a in terms if not any({*a.split(":")} < {*b.split(":")} for b in terms)]
        whole = fit(terms)
        found = {each: compare(fit([t for t in terms if t != each]), whole) for each in free}
        worst = max(found, key=found.get, default=None)
        if worst is None or found[worst] <= level:
            return terms, steps
        steps.append((worst, found[worst]))
        terms.remove(worst)


def test_a_term_that_was_dropped_may_enter_again():
    rng = np.random.default_rng(2)
    u, v, w = rng.normal(size=(3, 30))
    t = u + v + w + 0.5 * rng.normal(size=30)
    y = 0.4 * (u + v + w) + rng.normal(size=30)
    net = NeuralNetwork("y ~ t + u + v + w", {"y": y, "t": t, "u": u, "v": v, "w": w}, hidden=0)
    record = net.train(**TRAINING).inference()
    found = record.step("both")
    last = found.steps.iloc[-1]
    assert found.steps["action"].tolist() == [*["drop"] * 4, "add"] and found.kept == ("t",)
    assert found.steps.index.tolist()[0] == "t" == last.name and last["p_value"] < 0.05
    smaller = net.update(found.formula).train(**TRAINING).inference()
    assert last["p_value"] == pytest.approx(smaller.test_terms().loc["t", "p_value"], rel=1e-9)
    backward = record.step()
    assert backward.kept == () and backward.formula == "y ~ 1"


def test_a_term_goes_after_those_that_contain_it():
    table = make_noisy_table()
    rng = np.random.default_rng(3)
    table["noise"] = rng.normal(size=120)
    net = NeuralNetwork("noise ~ x1 * kind + idle", table, hidden=0).train(**TRAINING)
    order = net.inference().step(level=1e-9).steps.index.tolist()
    assert order.index("x1:kind") < min(order.index("x1"), order.index("kind"))
    assert len(order) == 4
    assert_same_steps(net, 0.5)


def test_scope_names_the_terms_that_may_go():
    record = infer("pima_tr")
    found = record.step(level=0.01, scope=["bmi", "glu"])
    assert found.dropped == ("bmi",) and found.tests.index.tolist() == ["glu"]
    assert record.step(level=0.01, scope="glu").dropped == ()


def test_a_term_that_adds_nothing_goes_first():
    table = make_table()
    table["twice"] = 2.0 * table["x1"]
    with pytest.warns(Warning, match="linear combination"):
        net = NeuralNetwork("cost ~ x1 + twice + x2", table, hidden=0).train(**TRAINING)
    found = net.inference().step()
    assert found.steps.index[0] in ("x1", "twice") and np.isnan(found.steps["p_value"].iloc[0])
    assert len(found.kept) == 2 and "x2" in found.kept


@pytest.mark.filterwarnings("ignore::neuralnet.DataWarning")
def test_columns_that_say_what_was_missing_go_with_their_predictor():
    table = make_noisy_table()
    table.loc[table.index[::7], "idle"] = np.nan
    table.loc[table.index[1::9], "x1"] = np.nan
    net = NeuralNetwork("cost ~ x1 + x2 + idle", table, hidden=0, na_action="impute")
    net = net.train(**TRAINING)
    found = net.inference().step()
    assert found.dropped == ("idle",)
    again = net.update(found.formula).train(**TRAINING)
    assert len(net.x_names) == 6 and len(again.x_names) == 4
    tests = again.inference().test_terms(scope=["x1", "x2"])
    np.testing.assert_allclose(
        found.tests.loc["x2", "p_value"], tests.loc["x2", "p_value"], rtol=1e-6
    )


def test_selection_prints_its_steps_and_a_warning():
    found = infer("pima_tr").step(level=0.01)
    text = repr(found)
    assert text.startswith("Stepwise selection at level 0.01  type ~ glu + ped + age")
    assert "p-values after a selection are too small" in text and "'npreg', 'bmi'" in text
    assert "<table" in found._repr_html_()
    assert "dropped: no term" in repr(infer("warpbreaks").step())


def test_wrong_arguments_are_named():
    record = infer("pima_tr")
    for options, error, words in [
        ({"direction": "forward"}, ValueError, "direction must be one of 'backward', 'both'"),
        ({"level": 5}, ValueError, "level must be"),
        ({"scope": "bim"}, ValueError, "is no term of the formula. Did you mean 'bmi'"),
        ({"scope": 3}, TypeError, "scope must be the name of a term"),
        ({"starts": 0}, ValueError, "starts must be a whole number of at least 1"),
    ]:
        with pytest.raises(error, match=words):
            record.step(**options)
    refused = make_net("gaussian", hidden=0).train(2, 1e-4, trace=0).inference()
    with pytest.raises(ValueError, match="tests of terms cannot be given"):
        refused.step()
