"""Tail probabilities and quantiles against SciPy, mpmath and closed forms."""

from itertools import product
from math import atan2, erfc, exp, inf, isnan, nan, pi, sqrt, tan

import mpmath
import numpy as np
import pytest
import scipy
import scipy.stats

from neuralnet.inference import (
    chi2_tail,
    f_tail,
    normal_quantile,
    normal_tail,
    t_quantile,
    t_tail,
)

DF = [0.1, 0.5, 1, 1.7, 2, 3.3, 9, 29.6, 100, 1234.5, 1e4]
# SciPy 1.11 has errors above 1e-11 in quantiles of t, and above 1e-9 in tails of F.
EXACT_SCIPY = tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 12)
P = [1e-200, 1e-20, 1e-8, 0.001, 0.025, 0.2, 0.45, 0.5, 0.55, 0.6, 0.9, 0.975, 0.999, 1 - 1e-12]


def approx(expected):
    """Expected numbers up to a relative error of 1e-9 alone."""
    return pytest.approx(expected, rel=1e-9, abs=0.0)


def integrate_beta(a, b, odds):
    """Return mpmath's incomplete beta function of 1 / (1 + odds)."""
    with mpmath.workdps(40):
        return float(mpmath.betainc(a, b, 0, 1 / (1 + odds), regularized=True))


def test_normal_tails_are_scipys():
    z = np.linspace(-8.0, 37.0, 91)
    assert [normal_tail(each) for each in z] == approx(scipy.stats.norm.sf(z))
    assert normal_tail(inf) == 0.0 and normal_tail(-inf) == 1.0
    found = [normal_quantile(p) for p in P]
    assert found == pytest.approx(scipy.stats.norm.ppf(P), rel=1e-12, abs=0.0)


@pytest.mark.parametrize("df", DF)
def test_t_tails_are_scipys(df):
    t = np.array([-inf, -20, -1, -0.1, 0, 0.1, 1, 1.73, 1.74, 2.2, 7, 20, 30, 37, 1e3, 1e6, inf])
    expected = scipy.stats.t.sf(t, df)
    assert [t_tail(each, df) for each in t] == approx(expected)


def judge_f_tails(f, df1, df2):
    """Tails of F by SciPy, or for its older releases by mpmath."""
    if EXACT_SCIPY:
        return scipy.stats.f.sf(f, df1, df2)
    ends = {inf: 0.0} | {each: 1.0 for each in f if each <= 0.0}
    odds = {each: mpmath.mpf(each) * df1 / df2 for each in f if each not in ends}
    tails = {each: integrate_beta(df2 / 2, df1 / 2, odds[each]) for each in odds} | ends
    return [tails[each] for each in f]


def test_f_tails_are_scipys():
    f = np.array([-1, 0, 1e-6, 0.01, 0.5, 0.99, 1, 1.5, 3, 10, 100, 1e4, 1e20, inf])
    for df1, df2 in product([0.1, 0.5, 1, 1.5, 3.7, 10, 49.5, 200], DF):
        found = [f_tail(each, df1, df2) for each in f]
        assert found == approx(judge_f_tails(f, df1, df2)), (df1, df2)


@pytest.mark.parametrize("df", [0.01, *DF])
def test_chi2_tails_are_scipys(df):
    near = df + sqrt(2.0 * df) * np.array([-3, -1, 0, 0.5, 1, 2, 5, 10])
    x = np.array([-1, 0, 1e-8, 0.01, 0.5, 1, 2, 5, 30, 100, 900, inf, *near])
    assert [chi2_tail(each, df) for each in x] == approx(scipy.stats.chi2.sf(x, df))


@pytest.mark.parametrize("df", [1e5, 1e6, 1e8, 1e12])
def test_many_degrees_of_freedom_are_exact(df):
    """Where SciPy's F is wrong by 2 %."""
    for t in (1e-3, 1.0, 1.7, 5.0, 30.0):
        assert t_tail(t, df) == approx(integrate_beta(df / 2, 0.5, mpmath.mpf(t) ** 2 / df) / 2)
    for f, df1 in product([0.5, 1.01, 3.0, 30.0], [1, 10, 49.5]):
        expected = integrate_beta(df / 2, df1 / 2, mpmath.mpf(f) * df1 / df)
        assert f_tail(f, df1, df) == approx(expected)


def test_far_tails_have_their_closed_forms():
    for t in (1e-8, 0.3, 1.0, 50.0, 1e9, 1e11, 1e100, 1e199, 1e300):
        assert t_tail(t, 1) == approx(atan2(1.0, t) / pi)
        assert t_tail(-t, 1) == approx(1.0 - atan2(1.0, t) / pi)
    for x in (1e-3, 1.0, 4.0, 10.0, 900.0, 1400.0):
        assert chi2_tail(x, 2) == approx(exp(-x / 2.0))
        assert chi2_tail(x, 1) == approx(erfc(sqrt(x / 2.0)))
    for f, df in product((0.01, 1.0, 1e3, 1e60), (0.7, 2, 31.4)):
        assert f_tail(f, 2, df) == approx((1.0 + 2.0 * f / df) ** (-df / 2.0))


def test_distributions_are_limits_and_powers_of_each_other():
    for t, df in product((0.01, 1.0, 2.2, 12.0, 1e40), DF):
        assert f_tail(t**2, 1, df) == approx(2.0 * t_tail(t, df))
    for z in (-1.0, 0.0, 2.0, 30.0):
        assert t_tail(z, inf) == normal_tail(z)
        assert t_tail(z, 1e15) == approx(normal_tail(z))
        assert f_tail(z**2, 3, inf) == chi2_tail(3 * z**2, 3)
        assert f_tail(z**2, 3, 1e15) == approx(chi2_tail(3 * z**2, 3))


@pytest.mark.parametrize("df", DF)
def test_t_quantiles_invert_tails(df):
    for p in P:
        t = t_quantile(p, df)
        if abs(t) == inf:
            # The tail at the largest float is still heavier.
            assert t_tail(1.7e308, df) > min(p, 1.0 - p)
            continue
        tail, upper = t_tail(abs(t), df), min(p, 1.0 - p)
        assert tail == pytest.approx(upper, rel=1e-12 * (1.0 + df), abs=0.0)
        assert (t > 0.0) == (p > 0.5)
        # SciPy's are cut off further out. Of older releases the tail above is the judge.
        if EXACT_SCIPY and abs(t) < 1e100 and p > 1e-100:
            assert t == pytest.approx(scipy.stats.t.ppf(p, df), rel=1e-11, abs=1e-15)


def test_t_quantiles_have_their_closed_forms():
    for p in P:
        assert t_quantile(p, inf) == normal_quantile(p)
        upper = min(p, 1.0 - p)
        cauchy = 1.0 / tan(pi * upper)
        assert abs(t_quantile(p, 1)) == pytest.approx(cauchy, rel=1e-12, abs=1e-15)
    assert t_quantile(1e-4, 0.01) == -inf and t_quantile(0.9999, 0.01) == inf


@pytest.mark.parametrize("a", [1e-6, 0.3, 1.0, 20.5, 1e7, 1e12])
@pytest.mark.parametrize("b", [1e-6, 0.3, 1.0, 20.5, 1e7, 1e12])
def test_any_arguments_give_a_probability(a, b):
    for x in (0.0, 1e-300, 1e-9, 0.5, 1.0, 1.5, 1e9, 1e300, inf):
        assert 0.0 <= t_tail(x, a) <= 0.5
        assert 0.0 <= chi2_tail(x, a) <= 1.0
        assert 0.0 <= f_tail(x, a, b) <= 1.0


def test_nan_gives_nan():
    found = [
        normal_tail(nan),
        normal_quantile(nan),
        *(t_tail(nan, 3), t_tail(1.0, nan), t_quantile(nan, 3), t_quantile(0.3, nan)),
        *(f_tail(nan, 1, 2), f_tail(1.0, nan, 2), f_tail(1.0, 1, nan)),
        *(chi2_tail(nan, 1), chi2_tail(1.0, nan)),
    ]
    assert all(map(isnan, found))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: t_tail(1.0, 0), "df, the degrees of freedom, must be .* above 0.*, not 0"),
        (lambda: t_quantile(0.5, -1.5), "df, .* must be a number above 0, .* not -1.5"),
        (lambda: f_tail(1.0, inf, 3), "df1, .* must be a finite number above 0, not inf"),
        (lambda: f_tail(1.0, 3, -2), "df2, .* must be a number above 0, .* not -2"),
        (lambda: chi2_tail(1.0, inf), "df, .* must be a finite number above 0, not inf"),
        (lambda: normal_quantile(0.0), "p must be a number above 0 and below 1, not 0.0"),
        (lambda: t_quantile(1.0, 3), "p must be a number above 0 and below 1, not 1.0"),
    ],
)
def test_arguments_out_of_range_are_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
