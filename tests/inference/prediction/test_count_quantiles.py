"""Quantiles of counts, judged by SciPy's Poisson and negative binomial distributions."""

from math import inf, isnan, nan

from loops import case_by_case
from scipy.stats import nbinom, poisson

from neuralnet.inference.prediction.count_quantiles import count_quantile

LEVELS = (0.005, 0.025, 0.3, 0.5, 0.975, 0.999)
MEANS = (1e-8, 0.03, 0.7, 3.0, 40.5, 1234.5, 1e6)


@case_by_case("p", LEVELS)
@case_by_case("mean", MEANS)
@case_by_case("error", (0.0, 1e-8, 0.05, 0.4, 3.0))
def test_quantiles_are_those_of_scipy(p, mean, error):
    if error < 1e-6:
        wanted = poisson.ppf(p, mean)
    else:
        shape = 1.0 / error**2
        wanted = nbinom.ppf(p, shape, shape / (shape + mean))
    assert count_quantile(p, mean, error) == wanted


def test_a_mean_that_is_no_number_has_no_quantile():
    assert count_quantile(0.5, inf, 0.1) == inf
    assert isnan(count_quantile(0.5, nan, 0.1)) and isnan(count_quantile(0.5, 2.0, nan))
