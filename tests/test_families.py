"""Families against algebra, scipy and statsmodels; loss, delta and variance against each other."""

import math
import warnings
from itertools import product

import numpy as np
import pytest
import scipy.special
import statsmodels.api as sm
from instances import RESPONSES, differentiate, draw_direction, freeze

from neuralnet.families import FAMILIES, Binomial, Gaussian, Poisson, Softmax

MEANS = {
    "softmax": lambda eta: scipy.special.softmax(eta, axis=1),
    "binomial": scipy.special.expit,
    "gaussian": lambda eta: eta,
    "poisson": np.exp,
}
# Scores so large that the loss is only just a number: exp() ends at 709.
EXTREMES = {"softmax": 1e307, "binomial": 1e307, "gaussian": 1e153, "poisson": 700.0}

each = pytest.mark.parametrize("name", FAMILIES)


def draw(name, n=12, seed=5):
    """Scores, an encoded response and weights, all read-only."""
    rng = np.random.default_rng(seed)
    K, respond = RESPONSES[name]
    Y = FAMILIES[name].encode(respond(rng, n))
    return freeze(rng.normal(0.0, 1.5, (n, K))), freeze(Y), freeze(rng.uniform(0.0, 3.0, n))


def judge_rows(name, eta, Y):
    """Half the deviance of each row, by other libraries."""
    if name == "softmax":
        return -scipy.special.log_softmax(eta, axis=1)[np.arange(len(Y)), Y]
    if name == "binomial":
        return np.logaddexp(0.0, np.where(Y == 1, -eta, eta))[:, 0]
    judge = {"gaussian": sm.families.Gaussian, "poisson": sm.families.Poisson}[name]()
    mu = MEANS[name](eta)
    return np.array([judge.deviance(y, m) / 2 for y, m in zip(Y, mu, strict=True)])


def fit_perfectly(name, Y):
    """Scores whose means are the response, as far as doubles go."""
    family = FAMILIES[name]
    mu = family.indicator(Y, RESPONSES[name][0])
    if family.wants_classes:
        return np.where(mu == 1, 800.0, -800.0)
    if name == "poisson":
        return np.where(mu > 0, np.log(np.maximum(mu, 1.0)), -800.0)
    return mu


@each
def test_mean_agrees_with_scipy(name):
    eta, _, _ = draw(name)
    np.testing.assert_allclose(FAMILIES[name].mean(eta), MEANS[name](eta), rtol=1e-14)


@each
def test_loss_is_half_the_weighted_deviance(name):
    eta, Y, w = draw(name)
    rows = judge_rows(name, eta, Y)
    for weights, expected in [(None, rows.sum()), (w, w @ rows)]:
        loss, _ = FAMILIES[name].loss_and_delta(eta, Y, weights)
        assert isinstance(loss, float)
        assert loss == pytest.approx(expected, rel=1e-13)


@each
def test_delta_is_the_weighted_mean_minus_response(name):
    eta, Y, w = draw(name)
    family = FAMILIES[name]
    residuals = MEANS[name](eta) - family.indicator(Y, eta.shape[1])
    for weights, expected in [(None, residuals), (w, w[:, None] * residuals)]:
        _, delta = family.loss_and_delta(eta, Y, weights)
        np.testing.assert_allclose(delta, expected, rtol=1e-12, atol=1e-15)


@each
@pytest.mark.parametrize("seed", range(3))
def test_delta_and_variance_are_derivatives(name, seed):
    eta, Y, w = draw(name)
    family, v = FAMILIES[name], draw_direction(eta.size, seed).reshape(eta.shape)
    _, delta = family.loss_and_delta(eta, Y, w)
    along = differentiate(lambda e: family.loss_and_delta(e, Y, w)[0], eta, v)
    assert (delta * v).sum() == pytest.approx(along, rel=1e-7)
    product = family.variance_product(family.mean(eta), v)
    np.testing.assert_allclose(product, differentiate(family.mean, eta, v), rtol=1e-7, atol=1e-11)


@each
def test_variance_product_takes_several_directions(name):
    eta, _, _ = draw(name)
    family = FAMILIES[name]
    mu, v = family.mean(eta), np.random.default_rng(2).normal(size=(4, *eta.shape))
    expected = [family.variance_product(mu, one) for one in v]
    np.testing.assert_array_equal(family.variance_product(mu, v), expected)


@each
def test_perfect_fit_costs_nothing(name):
    _, Y, w = draw(name)
    loss, delta = FAMILIES[name].loss_and_delta(fit_perfectly(name, Y), Y, w)
    assert loss == 0.0
    np.testing.assert_allclose(delta, 0.0, atol=1e-14)


@pytest.mark.parametrize("away", [0.0, 1e-7, -1e-7, 1e-3])
def test_poisson_loss_is_exact_near_a_perfect_fit_of_large_counts(away):
    Y = np.array([[1.0], [7.0], [123_457.0], [1e9]])
    eta = np.log(Y) + away
    # The series of y (exp(d) - 1 - d); d is what is left of ``away`` after rounding.
    d = eta - np.log(Y)
    expected = float((Y * (d**2 / 2 + d**3 / 6 + d**4 / 24)).sum())
    assert Poisson().loss_and_delta(eta, Y, None)[0] == pytest.approx(expected, rel=1e-7, abs=0)


@each
def test_loss_of_a_row_is_never_negative(name):
    family, (K, _) = FAMILIES[name], RESPONSES[name]
    far, near = EXTREMES[name], math.log(3.0)
    ends = [0.0, 5e-324, 1e-9, near, math.nextafter(near, 9.0), 36.7, far]
    scores = [*ends, *(-end for end in ends)]
    responses = range(max(K, 2)) if family.wants_classes else [0.0, 0.5, 1.0, 3.0, 3e9]
    for row in product(scores, repeat=K):
        for response in responses:
            Y = family.encode(np.array([response if family.wants_classes else [response] * K]))
            loss, delta = family.loss_and_delta(np.array([row]), Y, None)
            assert 0.0 <= loss < np.inf
            assert np.isfinite(delta).all()


@pytest.mark.parametrize("size", [30.0, 800.0, 1e154, 1e307])
def test_largest_scores_of_classes_give_finite_losses(size):
    three, one = np.array([[size, -size, 0.0]] * 2), np.array([[size], [size], [-size], [-size]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        softmax, delta = Softmax().loss_and_delta(three, np.array([0, 1]), None)
        binomial, slope = Binomial().loss_and_delta(one, np.array([[1.0], [0], [1], [0]]), None)
        probabilities, chances = Softmax().mean(three), Binomial().mean(one)
    # A row that is right costs at most exp(-30), one that is wrong the distance of its scores.
    assert softmax == pytest.approx(2 * size, rel=1e-12)
    assert binomial == pytest.approx(2 * size, rel=1e-12)
    np.testing.assert_allclose(delta, [[0, 0, 0], [1, -1, 0]], atol=1e-12)
    np.testing.assert_allclose(slope, [[0], [1], [-1], [0]], atol=1e-12)
    np.testing.assert_allclose(probabilities, [[1, 0, 0]] * 2, atol=1e-12)
    np.testing.assert_allclose(chances, [[1], [1], [0], [0]], atol=1e-12)


def test_binomial_loss_keeps_its_digits_where_the_mean_rounds_to_one():
    loss, _ = Binomial().loss_and_delta(np.array([[50.0]]), np.array([[1.0]]), None)
    assert loss == pytest.approx(np.exp(-50.0), rel=1e-14, abs=0)


def test_softmax_is_the_same_for_scores_shifted_by_a_row():
    eta, Y, w = draw("softmax")
    shift = np.arange(len(eta))[:, None] * 64.0
    expected, delta = Softmax().loss_and_delta(eta, Y, w)
    shifted, same = Softmax().loss_and_delta(eta + shift, Y, w)
    assert shifted == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(same, delta, atol=1e-12)


def test_binomial_is_a_softmax_of_two_classes():
    eta, Y, w = draw("binomial")
    pair = np.hstack([np.zeros_like(eta), eta])
    loss, delta = Softmax().loss_and_delta(pair, Y[:, 0].astype(int), w)
    ours, slope = Binomial().loss_and_delta(eta, Y, w)
    assert ours == pytest.approx(loss, rel=1e-13)
    np.testing.assert_allclose(slope[:, 0], delta[:, 1], atol=1e-15)
    np.testing.assert_allclose(
        Binomial().probabilities(Binomial().mean(eta)), Softmax().mean(pair), atol=1e-15
    )


@pytest.mark.parametrize(
    ("family", "eta", "codes"),
    [
        (Softmax(), [[1, 1, 1], [0, 2, 2], [-1, -3, -1], [0, 1, 3]], [0, 1, 0, 2]),
        (Binomial(), [[0.0], [-0.0], [1e-300], [-1e-300]], [0, 0, 1, 0]),
    ],
)
def test_ties_go_to_the_first_class(family, eta, codes):
    np.testing.assert_array_equal(family.classify(np.array(eta, dtype=float)), codes)


@pytest.mark.parametrize("family", [Gaussian(), Poisson()])
def test_numbers_have_no_classes(family):
    Y = family.encode(np.array([1.0, 2.0]))
    assert family.classify(Y) is None
    assert family.codes(Y) is None
    np.testing.assert_array_equal(family.probabilities(Y), Y)


@pytest.mark.parametrize("family", [Softmax(), Binomial()])
def test_codes_are_what_was_encoded(family):
    codes = np.array([0, 1, 1, 0])
    np.testing.assert_array_equal(family.codes(family.encode(codes)), codes)


@pytest.mark.parametrize(
    ("family", "response", "expected"),
    [
        (Softmax(), [2, 0], [[0, 0, 1], [1, 0, 0]]),
        (Binomial(), [1, 0], [[1], [0]]),
        (Gaussian(), [1.5, -2.0], [[1.5], [-2.0]]),
        (Gaussian(), [[1.5, 0.5], [-2.0, 3.0]], [[1.5, 0.5], [-2.0, 3.0]]),
        (Poisson(), [3, 0], [[3], [0]]),
    ],
)
def test_indicator_is_the_response_on_the_scale_of_the_means(family, response, expected):
    Y = family.encode(np.array(response))
    indicator = family.indicator(Y, len(expected[0]))
    assert indicator.dtype == np.float64
    np.testing.assert_array_equal(indicator, expected)


@each
def test_mean_response_is_the_weighted_mean(name):
    eta, Y, w = draw(name)
    family, K = FAMILIES[name], eta.shape[1]
    for weights in (None, w):
        expected = np.average(family.indicator(Y, K), axis=0, weights=weights)
        np.testing.assert_allclose(family.mean_response(Y, weights, K), expected, rtol=1e-14)


def test_mean_response_counts_a_class_without_rows():
    np.testing.assert_array_equal(Softmax().mean_response(np.array([0, 1]), None, 3), [0.5, 0.5, 0])


@each
def test_link_undoes_the_mean(name):
    family = FAMILIES[name]
    mu = MEANS[name](draw(name)[0])
    np.testing.assert_allclose(family.mean(family.link(mu)), mu, rtol=1e-13)


@pytest.mark.parametrize(
    ("family", "mu"), [(Softmax(), [0.0, 1.0]), (Binomial(), [0.0]), (Binomial(), [1.0])]
)
def test_link_of_a_certain_class_is_finite(family, mu):
    eta = family.link(np.array(mu))
    assert np.isfinite(eta).all()
    np.testing.assert_allclose(family.mean(eta[None]), [mu], rtol=0, atol=1e-300)


@each
def test_only_a_mean_that_is_the_score_has_targets(name):
    Y = draw(name)[1]
    targets = FAMILIES[name].targets(Y)
    if name == "gaussian":
        np.testing.assert_array_equal(targets, Y)
    else:
        assert targets is None


@pytest.mark.parametrize(
    ("name", "classes", "outputs"),
    [
        ("softmax", ["a", "b", "c"], ["a", "b", "c"]),
        ("binomial", ["no", "yes"], ["yes"]),
        ("gaussian", [], ["y"]),
        ("poisson", [], ["y"]),
    ],
)
def test_outputs_have_names(name, classes, outputs):
    assert FAMILIES[name].output_names("y", classes) == outputs
    assert FAMILIES[name].name == name
    assert FAMILIES[name].wants_classes == bool(classes)


def test_binomial_refuses_three_classes():
    with pytest.raises(ValueError, match=r"y has 3: 'a', 'b', 'c'.*softmax"):
        Binomial().output_names("y", ["a", "b", "c"])


def test_poisson_names_the_first_negative_row():
    with pytest.raises(ValueError, match="row 2 has -3"):
        Poisson().encode(np.array([0.0, 1.0, -3.0, -4.0]))
