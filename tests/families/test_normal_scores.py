"""Normal scores: SciPy's distribution functions, and their own distribution, which is normal."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
from loops import case_by_case

from neuralnet.families import Binomial, Gaussian, GroupedBinomial, Poisson, Softmax
from neuralnet.families.normal_scores import (
    draw_normal_scores,
    find_binomial_tails,
    find_poisson_tails,
)

# The family, its mean, all responses with more than rounding of the probability, and these.
COUNTS = np.arange(60)
CASES = {
    "poisson": (Poisson(), [3.7], COUNTS[:, None] * 1.0, scipy.stats.poisson.pmf(COUNTS, 3.7)),
    "grouped": (
        GroupedBinomial(),
        [0.3],
        np.column_stack([np.arange(9) / 8, np.full(9, 8.0)]),
        scipy.stats.binom.pmf(np.arange(9), 8, 0.3),
    ),
    "binomial": (Binomial(), [0.8], np.array([[0.0], [1.0]]), np.array([0.2, 0.8])),
    "softmax": (Softmax(), [0.2, 0.5, 0.3], np.arange(3), np.array([0.2, 0.5, 0.3])),
}


class Fixed:
    """A generator that draws one number."""

    def __init__(self, number):
        self.number = number

    def random(self, shape):
        return np.full(shape, self.number)


@case_by_case("name", CASES)
def test_scores_are_normal_over_all_responses_and_draws(name):
    """Exactly: over a grid of m draws, each response is at most one draw off, which is 1 / m."""
    family, mean, Y, probability = CASES[name]
    mu, m = np.tile(mean, (len(Y), 1)), 200
    scores = np.hstack(
        [family.quantile_residuals(mu, Y, 1.0, Fixed((i + 0.5) / m)) for i in range(m)]
    )
    for z in (-2.5, -1.0, 0.0, 0.4, 1.9):
        below = float(probability @ (scores <= z).mean(axis=1))
        assert below == pytest.approx(scipy.stats.norm.cdf(z), abs=0.5 / m * probability.max())


COUNT = np.array([0, 1, 3, 12, 400, 7, 50, 0], dtype=float)
MU = np.array([1e-9, 0.4, 3.0, 80.0, 390.0, 0.01, 1e4, 700.0])


def test_tails_of_counts_are_scipys():
    trials, p = COUNT + np.array([1, 0, 5, 9, 100, 3, 2, 9]), MU / (1.0 + MU)
    for found, judge in [
        (find_poisson_tails(COUNT[:, None], MU[:, None]), scipy.stats.poisson(MU)),
        (
            find_binomial_tails(COUNT[:, None], trials[:, None], p[:, None]),
            scipy.stats.binom(trials, p),
        ),
    ]:
        exact = [np.array([f(COUNT - 1), f(COUNT)]) for f in (judge.cdf, judge.sf)]
        for tail, expected in zip(found, exact, strict=True):
            assert tail.shape == (2, len(COUNT), 1)
            np.testing.assert_allclose(tail[:, :, 0], expected, rtol=1e-9, atol=1e-300)
        np.testing.assert_allclose(sum(found), 1.0, rtol=1e-14)


def test_scores_far_out_are_finite():
    generator = np.random.default_rng(1)
    Y, mu = np.array([[0.0], [0.0], [9.0], [80.0]]), np.array([[600.0], [1e6], [0.0], [0.01]])
    low, lowest, highest, high = Poisson().quantile_residuals(mu, Y, 1.0, generator).ravel()
    # exp(-600) times the draw.
    assert scipy.stats.norm.logcdf(low) == pytest.approx(-600.0, abs=7.0)
    assert -38.6 < lowest < -38.4 and 38.4 < highest < 38.6
    assert 20.0 < high < 38.0
    sure = Binomial().quantile_residuals(np.array([[1.0], [1.0]]), np.eye(2)[:, :1], 1.0, generator)
    assert np.isfinite(sure).all() and sure[1] < -38.4
    # A mean that overflowed is known by its residual.
    assert np.isnan(Poisson().quantile_residuals(mu * np.nan, Y, 1.0, generator)).all()


def test_continuous_scores_are_quantiles_of_the_distribution_function():
    rng = np.random.default_rng(2)
    Y, mu = rng.normal(size=(2, 9, 1))
    found = Gaussian().quantile_residuals(mu, Y, 2.5, rng)
    expected = scipy.stats.norm.ppf(scipy.stats.norm.cdf(Y, mu, np.sqrt(2.5)))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    # Where both limits are one number, nothing is drawn.
    tails = np.stack([scipy.stats.expon.cdf(Y**2)] * 2), np.stack([scipy.stats.expon.sf(Y**2)] * 2)
    expected = scipy.stats.norm.ppf(scipy.stats.expon.cdf(Y**2))
    np.testing.assert_allclose(draw_normal_scores(*tails, rng), expected, rtol=1e-9)


def test_fractions_have_no_distribution():
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match=r"whole counts.* there is 1\.5: take kind='deviance'"):
        Poisson().quantile_residuals(np.ones((2, 1)), np.array([[1.0], [1.5]]), 1.0, rng)
    shares = np.array([[0.5, 4.0], [0.3, 4.0]])
    with pytest.raises(ValueError, match=r"whole counts.* there is 1\.2: take"):
        GroupedBinomial().quantile_residuals(np.full((2, 1), 0.4), shares, 1.0, rng)
