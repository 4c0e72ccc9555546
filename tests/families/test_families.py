"""Families against algebra, scipy and statsmodels; loss, delta and variance against each other."""

import decimal
import math
import warnings
from itertools import product

import numpy as np
import pytest
import scipy.special
import scipy.stats
import statsmodels.api as sm
from instances import FAMILIES, RESPONSES, differentiate, draw_direction, freeze
from loops import case_by_case

from neuralnet.families import Binomial, Gaussian, GroupedBinomial, Poisson, Softmax

MEANS = {
    "softmax": lambda eta: scipy.special.softmax(eta, axis=1),
    "binomial": scipy.special.expit,
    "gaussian": lambda eta: eta,
    "gaussian in units": lambda eta: eta,
    "poisson": np.exp,
    "grouped binomial": scipy.special.expit,
}
# Scores so large that the loss is only just a number: exp() ends at 709.
EXTREMES = {
    "softmax": 1e307,
    "binomial": 1e307,
    "gaussian": 1e153,
    "gaussian in units": 1e152,
    "poisson": 700.0,
    "grouped binomial": 1e297,
}
# Responses of a row that may come with any scores.
CLASSES, NUMBERS = [0, 1], [0.0, 0.5, 1.0, 3.0, 3e9]
ROWS = {
    "softmax": [*CLASSES, 2],
    "binomial": CLASSES,
    "gaussian": [[number] * 2 for number in NUMBERS],
    "gaussian in units": [[number] * 2 for number in NUMBERS],
    "poisson": [[number] * 2 for number in NUMBERS],
    "grouped binomial": [[0, 1], [1, 0], [3, 1], [1, 2], [1, 10**9]],
}

each = case_by_case("name", FAMILIES)


def draw(name, n=12, seed=5):
    """Scores, an encoded response and weights, all read-only."""
    rng = np.random.default_rng(seed)
    K, respond = RESPONSES[name]
    Y = FAMILIES[name].encode(respond(rng, n))
    return freeze(rng.normal(0.0, 1.5, (n, K))), freeze(Y), freeze(rng.uniform(0.0, 3.0, n))


# The standard deviations of the responses that are counted in units of them.
UNITS = np.array([0.5, 20.0])


def count_trials(name, Y):
    """What a residual of each row is multiplied by."""
    if name == "grouped binomial":
        return Y[:, 1:]
    return UNITS**-2 if name == "gaussian in units" else 1.0


def judge_rows(name, eta, Y):
    """Half the deviance of each row, by other libraries."""
    if name == "grouped binomial":
        mu, (y, trials) = MEANS[name](eta)[:, 0], Y.T
        return trials * (scipy.special.rel_entr(y, mu) + scipy.special.rel_entr(1 - y, 1 - mu))
    if name == "softmax":
        return -scipy.special.log_softmax(eta, axis=1)[np.arange(len(Y)), Y]
    if name == "binomial":
        return np.logaddexp(0.0, np.where(Y == 1, -eta, eta))[:, 0]
    if name == "gaussian in units":
        return judge_rows("gaussian", eta / UNITS, Y / UNITS)
    reference = {"gaussian": sm.families.Gaussian, "poisson": sm.families.Poisson}[name]()
    mu = MEANS[name](eta)
    return np.array([reference.deviance(y, m) / 2 for y, m in zip(Y, mu, strict=True)])


def fit_perfectly(name, Y):
    """Scores whose means are the response, as far as doubles go."""
    family = FAMILIES[name]
    mu = family.observed_means(Y, RESPONSES[name][0])
    if family.name != "gaussian" and name != "poisson":
        inside = np.where((mu > 0) & (mu < 1), mu, 0.5)
        between = np.log(inside) - np.log1p(-inside)
        return np.where(mu == 1, 800.0, np.where(mu == 0, -800.0, between))
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
    residuals = count_trials(name, Y) * (MEANS[name](eta) - family.observed_means(Y, eta.shape[1]))
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
    product = family.variance_product(family.mean(eta), v, Y)
    along = differentiate(lambda e: family.loss_and_delta(e, Y, None)[1], eta, v)
    np.testing.assert_allclose(product, along, rtol=1e-7, atol=1e-10)


@each
def test_variance_product_takes_several_directions(name):
    eta, Y, _ = draw(name)
    family = FAMILIES[name]
    mu, v = family.mean(eta), np.random.default_rng(2).normal(size=(4, *eta.shape))
    expected = [family.variance_product(mu, one, Y) for one in v]
    np.testing.assert_array_equal(family.variance_product(mu, v, Y), expected)


@each
def test_perfect_fit_has_zero_loss(name):
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


@pytest.mark.parametrize("away", [0.0, 1e-7, -1e-7, 1e-3])
def test_loss_of_proportions_is_exact_near_a_perfect_fit(away):
    Y = np.array([[1e-9, 1.0], [0.1, 7.0], [0.5, 1.0], [0.75, 1e6], [1 - 1e-9, 3.0]])
    y, trials = Y.T
    eta = np.log(y) - np.log1p(-y) + away
    d = eta - (np.log(y) - np.log1p(-y))
    # The cumulants of a yes or no, as the series of log(1 - y + y exp(d)) - y d has them.
    second, third = y * (1 - y), y * (1 - y) * (1 - 2 * y)
    fourth = second * (1 - 6 * second)
    expected = float(trials @ (second * d**2 / 2 + third * d**3 / 6 + fourth * d**4 / 24))
    found = GroupedBinomial().loss_and_delta(eta[:, None], Y, None)[0]
    assert found == pytest.approx(expected, rel=1e-7, abs=0)


@case_by_case("y", [1e-300, 1e-20, 1e-9, 0.3, 0.999])
@case_by_case("eta", [-900.0, -40.0, -1.0, 2.0, 40.0, 900.0])
def test_loss_of_proportions_keeps_its_digits(y, eta):
    with decimal.localcontext(prec=800):
        share, score = decimal.Decimal(y), decimal.Decimal(eta)
        mu = 1 / (1 + (-score).exp())
        expected = float(share * (share / mu).ln() + (1 - share) * ((1 - share) / (1 - mu)).ln())
    found = GroupedBinomial().loss_and_delta(np.array([[eta]]), np.array([[y, 1.0]]), None)[0]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-16 * y * abs(eta))


def test_proportions_of_0_and_1_are_classes():
    eta, codes, w = draw("binomial")
    counts = np.hstack([codes, 1.0 - codes])
    loss, delta = Binomial().loss_and_delta(eta, codes, w)
    for response in (codes[:, 0], counts):
        Y = GroupedBinomial().encode(response)
        same, slope = GroupedBinomial().loss_and_delta(eta, Y, w)
        assert same == pytest.approx(loss, rel=1e-14)
        np.testing.assert_allclose(slope, delta, rtol=1e-14)


def test_trials_count_as_rows_and_as_weights_do():
    rng = np.random.default_rng(3)
    counts, eta = np.array([[3, 1], [0, 2], [2, 0], [0, 0]]), rng.normal(size=(4, 1))
    family, times = GroupedBinomial(), counts.sum(axis=1)
    loss, delta = family.loss_and_delta(eta, family.encode(counts), None)
    shares = counts[:, 0] / np.maximum(times, 1)
    weighted = family.loss_and_delta(eta, family.encode(shares), times.astype(float))
    assert loss == pytest.approx(weighted[0], rel=1e-14)
    np.testing.assert_allclose(delta, weighted[1], rtol=1e-14)
    # One row a trial: the loss differs by that of the best fit of each row, a constant.
    one = np.concatenate([np.repeat([1.0, 0.0], pair) for pair in counts])
    rows = np.repeat(eta, times, axis=0)
    apart = family.loss_and_delta(rows, family.encode(one), None)
    best = scipy.special.entr(shares) + scipy.special.entr(1 - shares)
    assert loss == pytest.approx(apart[0] - times @ best, rel=1e-13)
    assert delta.sum() == pytest.approx(apart[1].sum(), rel=1e-13)


@each
def test_loss_of_a_row_is_never_negative(name):
    family, (K, _) = FAMILIES[name], RESPONSES[name]
    far, near = EXTREMES[name], math.log(3.0)
    ends = [0.0, 5e-324, 1e-9, near, math.nextafter(near, 9.0), 36.7, far]
    scores = [*ends, *(-end for end in ends)]
    for row in product(scores, repeat=K):
        for response in ROWS[name]:
            Y = family.encode(np.array([response]))
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


@pytest.mark.parametrize("family", [Gaussian(), Poisson(), GroupedBinomial()])
def test_numbers_have_no_classes(family):
    Y = family.encode(np.array([1.0, 0.25]))
    assert family.classify(Y) is None
    assert family.codes(Y) is None
    np.testing.assert_array_equal(family.probabilities(Y), Y)


@pytest.mark.parametrize("family", [Softmax(), Binomial()])
def test_codes_are_recovered_from_the_encoding(family):
    codes = np.array([0, 1, 1, 0])
    np.testing.assert_array_equal(family.codes(family.encode(codes)), codes)


@case_by_case(
    ("family", "response", "expected"),
    [
        (Softmax(), [2, 0], [[0, 0, 1], [1, 0, 0]]),
        (Binomial(), [1, 0], [[1], [0]]),
        (Gaussian(), [1.5, -2.0], [[1.5], [-2.0]]),
        (Gaussian(), [[1.5, 0.5], [-2.0, 3.0]], [[1.5, 0.5], [-2.0, 3.0]]),
        (Poisson(), [3, 0], [[3], [0]]),
        (GroupedBinomial(), [[3, 1], [0, 0], [0, 2]], [[0.75], [0], [0]]),
        (GroupedBinomial(), [0.75, 0.0, 1.0], [[0.75], [0], [1]]),
    ],
)
def test_observed_means_are_the_response_on_the_scale_of_the_means(family, response, expected):
    Y = family.encode(np.array(response))
    indicator = family.observed_means(Y, len(expected[0]))
    assert indicator.dtype == np.float64
    np.testing.assert_array_equal(indicator, expected)


@each
def test_mean_response_is_the_weighted_mean(name):
    eta, Y, w = draw(name)
    family, K = FAMILIES[name], eta.shape[1]
    for weights in (None, w):
        trials = Y[:, 1:] if name == "grouped binomial" else 1.0
        counted = trials * (np.ones((len(Y), 1)) if weights is None else w[:, None])
        expected = np.average(family.observed_means(Y, K), axis=0, weights=counted[:, 0])
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
def test_only_a_mean_that_is_the_score_has_a_scalable_response(name):
    Y = draw(name)[1]
    targets = FAMILIES[name].scalable_response(Y)
    if "gaussian" in name:
        np.testing.assert_array_equal(targets, Y)
    else:
        assert targets is None


@case_by_case(
    ("name", "responses", "classes", "outputs"),
    [
        ("softmax", ["y"], ["a", "b", "c"], ["a", "b", "c"]),
        ("binomial", ["y"], ["no", "yes"], ["yes"]),
        ("gaussian", ["y"], [], ["y"]),
        ("gaussian", ["y1", "log(y2)"], [], ["y1", "log(y2)"]),
        ("gaussian in units", ["y1", "y2"], [], ["y1", "y2"]),
        ("poisson", ["y"], [], ["y"]),
        ("poisson", ["y1", "y2"], [], ["y1", "y2"]),
        ("grouped binomial", ["y"], [], ["y"]),
        ("grouped binomial", ["won", "lost"], [], ["won"]),
    ],
)
def test_outputs_have_names(name, responses, classes, outputs):
    assert FAMILIES[name].output_names(responses, classes) == outputs
    assert FAMILIES[name].name == name.removeprefix("grouped ").removesuffix(" in units")
    assert FAMILIES[name].for_classes(classes) == FAMILIES[name]


@pytest.mark.parametrize(
    ("name", "responses", "classes", "message"),
    [
        ("binomial", ["y"], ["a", "b", "c"], r"y has 3: 'a', 'b', 'c'.*cbind\(succ.*softmax"),
        ("softmax", ["y1", "y2"], [], "one response of classes; cbind joins 2.* 'y1', 'y2'"),
        ("grouped binomial", ["a", "b", "c"], [], r"cbind\(successes, failures\).* 3: 'a', 'b'"),
    ],
)
def test_left_side_that_does_not_fit_is_refused(name, responses, classes, message):
    with pytest.raises(ValueError, match=message):
        FAMILIES[name].output_names(responses, classes)


@case_by_case(
    ("numbers", "classes"),
    [
        (None, True),
        ([0, 1, 1], True),
        ([1, 2, 2], True),
        ([3, 3], True),
        ([0, 1, 2], True),  # one class too many, an error of the family
        ([1.5, 2.5], True),
        ([0, 0.5], False),
        ([0.5, 1.5], False),
        ([0.3, 0.3], False),
        ([0.2, 0.4, 1], False),
        ([1.5, 2.5, 3.5], False),
    ],
)
def test_binomial_distinguishes_classes_from_proportions(numbers, classes):
    given = None if numbers is None else np.array(numbers, dtype=float)
    assert Binomial().wants_classes(given) is classes
    assert Softmax().wants_classes(given)
    assert not any(one.wants_classes(given) for one in (Gaussian(), Poisson(), GroupedBinomial()))


def test_binomial_of_numbers_is_the_record_for_proportions():
    assert Binomial().for_classes([]) == GroupedBinomial()
    assert Binomial().for_classes(["a", "b"]) == Binomial()


@case_by_case(
    ("family", "response", "message"),
    [
        (Poisson(), [0.0, 1.0, -3.0, -4.0], "row 2 has -3"),
        (Poisson(), [[0.0, 1.0], [2.0, -5.0]], "row 1 has -5"),
        (GroupedBinomial(), [0.5, 1.0, 1.5, -1.0], r"proportions in \[0, 1\]; row 2 has 1.5"),
        (GroupedBinomial(), [0.5, -0.1], "row 1 has -0.1"),
        (GroupedBinomial(), [[1, 2], [3, -1]], "whole numbers of 0 or more .*; row 1 has 3, -1"),
        (GroupedBinomial(), [[1, 2], [2.5, 1], [3, -1]], "row 1 has 2.5, 1"),
        (GroupedBinomial(), [[0, 0], [0, 0]], "0 and 0 in every row"),
    ],
)
def test_first_bad_row_is_named(family, response, message):
    with pytest.raises(ValueError, match=message):
        family.encode(np.array(response))
    index = ["i", "j", "k", "l"]
    named = message
    for place, label in enumerate(index):
        named = named.replace(f"row {place}", f"row {label}")
    with pytest.raises(ValueError, match=named):
        family.encode(np.array(response), index)


@pytest.mark.parametrize("name", ["binomial", "gaussian", "poisson", "grouped binomial"])
def test_offset_of_one_column_serves_every_output(name):
    column, K = np.array([[1.0], [2.0]]), 1 if "binomial" in name else 3
    np.testing.assert_array_equal(FAMILIES[name].spread_offset(column, K), [[1] * K, [2] * K])
    with pytest.raises(ValueError, match=rf"offset has 2 columns and the network {K} output"):
        FAMILIES[name].spread_offset(np.ones((4, 2)), K)


def test_offset_of_softmax_has_a_column_for_each_class():
    offset = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(Softmax().spread_offset(offset, 3), offset)
    with pytest.raises(ValueError, match="cancels out: give a column for each of the 3 classes"):
        Softmax().spread_offset(offset[:, :1], 3)
    with pytest.raises(ValueError, match="offset has 2 columns and the network 3 outputs"):
        Softmax().spread_offset(offset[:, :2], 3)


@each
def test_mean_product_is_the_derivative_of_the_means(name):
    eta, _, _ = draw(name)
    family = FAMILIES[name]
    V = np.random.default_rng(2).normal(size=(3, *eta.shape))
    found = family.mean_product(family.mean(eta), V)
    assert found.shape == V.shape
    for v, actual in zip(V, found, strict=True):
        along = differentiate(family.mean, eta, v)
        np.testing.assert_allclose(actual, along, rtol=1e-7, atol=1e-10)


def judge_likelihood(name, eta, Y):
    """Log-likelihood of each row, by SciPy; gaussian at the variance of highest likelihood."""
    mu = MEANS[name](eta)
    if name == "softmax":
        return np.log(mu[np.arange(len(Y)), Y])
    if name == "binomial":
        return scipy.stats.bernoulli.logpmf(Y[:, 0], mu[:, 0])
    if name == "poisson":
        return scipy.stats.poisson.logpmf(Y, mu).sum(axis=1)
    if name == "grouped binomial":
        y, trials = Y.T
        return scipy.stats.binom.logpmf(np.rint(y * trials), trials, mu[:, 0])
    raise AssertionError(name)


@pytest.mark.parametrize("name", ["softmax", "binomial", "poisson", "grouped binomial"])
def test_log_likelihood_agrees_with_scipy(name):
    eta, Y, w = draw(name)
    rows = judge_likelihood(name, eta, Y)
    for weights, expected in [(np.ones(len(Y)), rows.sum()), (w, w @ rows)]:
        loss, _ = FAMILIES[name].loss_and_delta(eta, Y, weights)
        found = FAMILIES[name].log_likelihood(loss, Y, weights)
        assert found == pytest.approx(expected, rel=1e-12)


def test_log_likelihood_of_numbers_agrees_with_scipy():
    rng = np.random.default_rng(4)
    Y, eta, w = *rng.normal(size=(2, 9, 1)), rng.uniform(0.0, 3.0, 9)
    for weights in (np.ones(9), w):
        variance = np.average((Y - eta)[:, 0] ** 2, weights=weights)
        expected = weights @ scipy.stats.norm.logpdf(Y, eta, np.sqrt(variance))[:, 0]
        loss, _ = Gaussian().loss_and_delta(eta, Y, weights)
        assert Gaussian().log_likelihood(loss, Y, weights) == pytest.approx(expected, rel=1e-13)
    assert Gaussian().log_likelihood(0.0, Y, w) == np.inf


def test_log_likelihood_agrees_with_statsmodels():
    rng = np.random.default_rng(4)
    X = np.column_stack([np.ones(40), rng.normal(size=40)])
    counts, trials = rng.poisson(np.exp(X @ [0.5, 0.3])), rng.integers(1, 6, 40)
    successes = rng.binomial(trials, 0.4)
    pairs = np.column_stack([successes, trials - successes])
    for family, judge, y, response in [
        (Poisson(), sm.families.Poisson(), counts, counts),
        (GroupedBinomial(), sm.families.Binomial(), pairs, pairs),
        (Binomial(), sm.families.Binomial(), counts > 1, counts > 1),
    ]:
        fit = sm.GLM(y, X, family=judge).fit(tol=1e-14)
        eta, Y = (X @ fit.params)[:, None], family.encode(response)
        loss, _ = family.loss_and_delta(eta, Y, None)
        assert family.log_likelihood(loss, Y, np.ones(40)) == pytest.approx(fit.llf, rel=1e-12)
    y = X @ [1.0, 2.0] + rng.normal(size=40)
    fit = sm.OLS(y, X).fit()
    loss, _ = Gaussian().loss_and_delta(fit.fittedvalues[:, None], y[:, None], None)
    found = Gaussian().log_likelihood(loss, y[:, None], np.ones(40))
    assert found == pytest.approx(fit.llf, rel=1e-12)


def test_weights_of_proportions_are_trials():
    counts = np.array([[3, 1], [0, 2], [2, 0], [1, 4]])
    family, trials = GroupedBinomial(), counts.sum(axis=1).astype(float)
    Y, w = family.move_trials(family.encode(counts[:, 0] / trials), trials)
    assert w is None
    np.testing.assert_allclose(Y, family.encode(counts), rtol=1e-15)
    # Of counts they are rows.
    same, weights = family.move_trials(family.encode(counts), trials)
    np.testing.assert_array_equal(same, family.encode(counts))
    np.testing.assert_array_equal(weights, trials)
