"""Diagnostics as methods of the record of inference: labels, draws, and what is refused."""

import numpy as np
import pytest
import scipy.stats
from loops import case_by_case
from networks import make_net, make_table
from r_models import GLMS, assert_agrees, fit, infer

from neuralnet import NeuralNetwork
from neuralnet.families import Poisson

TRAINING = {"optimizer": "newton", "trace": 0}
ALL = ("response", "pearson", "deviance", "working", "quantile")


@case_by_case("name", GLMS)
def test_quantile_residuals_lie_between_the_limits_of_the_distribution(name):
    found, batch = infer(name), infer(name).model.batch
    mu, y = fit(name).output[:, 0], batch.Y[:, 0]
    trials = batch.Y[:, 1] if batch.Y.shape[1] == 2 else np.ones(len(y))
    judge, continuous = {
        "gaussian": (lambda: scipy.stats.norm(mu, np.sqrt(found.dispersion)), True),
        "binomial": (lambda: scipy.stats.binom(trials, mu), False),
        "poisson": (lambda: scipy.stats.poisson(mu), False),
    }[found.model.perceptron.family.name]
    residuals = found.residuals("quantile")
    level, k = scipy.stats.norm.cdf(residuals), np.rint(trials * y)
    if continuous:
        return np.testing.assert_allclose(level, judge().cdf(y), rtol=1e-9)
    low, high = judge().cdf(k - 1.0), judge().cdf(k)
    assert ((low - 1e-12 <= level) & (level <= high + 1e-12)).all()
    # Drawn anew by another seed, and by nothing else.
    assert residuals.equals(found.residuals("quantile", seed=1))
    assert not np.isclose(residuals, found.residuals("quantile", seed=2)).any()


def test_quantile_residuals_of_classes_go_by_their_order():
    found, net = infer("survey"), fit("survey")
    level = scipy.stats.norm.cdf(found.residuals("quantile"))
    up_to, codes = net.output.cumsum(axis=1), net.Y.cat.codes.to_numpy()
    rows = np.arange(len(codes))
    assert (level <= up_to[rows, codes] + 1e-12).all()
    assert (level >= up_to[rows, codes] - net.output[rows, codes] - 1e-12).all()


def test_residuals_have_the_labels_of_the_rows_used():
    table = make_table()
    table.loc[[101, 120], "x1"] = np.nan
    formulas = {"species": "softmax", "win": "binomial", "cost": "gaussian", "count": "poisson"}
    with pytest.warns(UserWarning, match="2 of 36 rows"):
        found = {
            name: NeuralNetwork(f"{name} ~ x1 + x2", table, 0, family=family)
            .train(**TRAINING)
            .inference()
            for name, family in formulas.items()
        }
    used = table.index.drop([101, 120])
    for name, each in found.items():
        several = name == "species"
        for kind in ALL:
            if several and kind == "working":
                continue
            residuals = each.residuals(kind)
            assert residuals.index.equals(used)
            if several and kind in ("response", "pearson"):
                assert [*residuals.columns] == [*table["species"].cat.categories]
            else:
                assert residuals.name == {"win": True}.get(name, name)
        assert each.leverage.index.equals(used) and each.leverage.name == "leverage"
        assert each.cooks_distance.index.equals(used)
    # The property of the network is the same.
    net = NeuralNetwork("cost ~ x1 + x2", make_table(), 0).train(**TRAINING)
    assert_agrees(net.inference().residuals("response"), net.residuals, 1e-12)


def test_several_counts_have_a_column_each():
    table = make_table().assign(other=lambda each: each["count"] + 1)
    net = NeuralNetwork("cbind(count, other) ~ x1", table, 0, family="poisson").train(**TRAINING)
    one = NeuralNetwork("other ~ x1", table, 0, family="poisson").train(**TRAINING).inference()
    found = net.inference()
    for kind in ALL[:-1]:
        assert_agrees(found.residuals(kind)["other"], one.residuals(kind), 1e-5)
    both = found.residuals(standardized=True)
    assert_agrees(both["other"], one.residuals(standardized=True), 1e-5)
    assert found.residuals("quantile").shape == (36, 2)
    assert [*found.calibration(bins=2)["group"]] == ["count", "count", "other", "other"]


def test_choices_that_have_no_meaning_are_refused():
    found = infer("survey")
    with pytest.raises(ValueError, match=r"kind must be one of .*Did you mean 'pearson'\?"):
        found.residuals("person")
    with pytest.raises(ValueError, match=r"of several classes is one number.*'pearson'"):
        found.residuals("deviance", standardized=True)
    with pytest.raises(ValueError, match="for kind='deviance' and kind='pearson', not 'working'"):
        infer("mtcars").residuals("working", standardized=True)
    with pytest.raises(TypeError, match="standardized must be True or False"):
        found.residuals(standardized=1)
    with pytest.raises(TypeError, match="seed must be an int"):
        found.residuals("quantile", seed="a")


def test_without_a_residual_variance_there_is_nothing_to_standardize():
    table = make_table().head(3)
    found = NeuralNetwork("cost ~ x1 + x2", table, 0).train(**TRAINING).inference()
    for call in (
        lambda: found.residuals("quantile"),
        lambda: found.residuals("pearson", standardized=True),
    ):
        with pytest.raises(ValueError, match="need the residual variance, which is not known"):
            call()
    assert np.isfinite(found.residuals("pearson")).all()


def test_kinks_leave_residuals_and_leverage():
    """Neither needs standard errors of weights."""
    found = make_net("gaussian", 2, activation="relu", decay=0.1).train(trace=0).inference()
    assert found.leverage.sum() == pytest.approx(found.edf)
    assert np.isfinite(found.residuals("quantile")).all()


def test_a_family_names_what_it_lacks():
    class Silent(Poisson):
        """A family of a user, without this method."""

        quantile_residuals = None

    net = NeuralNetwork("count ~ x1", make_table(), 0, family=Silent()).train(**TRAINING)
    with pytest.raises(ValueError, match="'poisson' has no quantile residuals: give it the method"):
        net.inference().residuals("quantile")
