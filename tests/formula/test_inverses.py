"""Inverse functions of expressions: they undo what the expression did, or say why they cannot."""

import re

import hypothesis.strategies as st
import numpy as np
import pytest
from extent import count_examples
from hypothesis import given, settings
from loops import case_by_case
from numpy.testing import assert_allclose

from neuralnet.formula import invert_expression, parse

# (expression, whether it is linear); all are defined and increase or decrease from 0.1 to 20.
CASES = [
    ("log(y)", False),
    ("np.log(y)", False),
    ("log2(y)", False),
    ("log10(y)", False),
    ("log(y, 2)", False),
    ("log(y, base=0.5)", False),
    ("log1p(y)", False),
    ("sqrt(y)", False),
    ("exp(y)", False),
    ("expm1(y)", False),
    ("np.exp2(y)", False),
    ("np.cbrt(y)", False),
    ("np.arcsinh(y)", False),
    ("np.sinh(y)", False),
    ("I(y ** 0.3)", False),
    ("I(y ** 1.5)", False),
    ("I(y / 1000)", True),
    ("I(2 * y)", True),
    ("I(-y)", True),
    ("I(+y)", True),
    ("I(y ** 1)", True),
    ("I(3 - y * np.pi / -(2 + 1))", True),
    ("np.negative(y)", True),
    ("log(y + 1)", False),
    ("I(1 - 2 * log(y / k + 1))", False),
    ("center(y)", True),
    ("standardize(y)", True),
    ("standardize(y, rescale=False)", True),
    ("scale(y)", True),
    ("scale(y, center=3, scale=0.5)", True),
    ("scale(x=y, center=False)", True),
    ("center(log(y))", False),
    ("log(center(y) + 100)", False),
    ("scale(center(sqrt(y)) * 2)", False),
]


def fit(text, y, env=None):
    """The factor of a left side, and the state of its transforms fitted to y."""
    factor = parse(f"{text} ~ 1", ["y", "z"], env or {"k": 7.0}).responses[0]
    state = {}
    factor.memorize(state, {"y": y})
    return factor, state


@pytest.mark.parametrize(("text", "linear"), CASES)
@settings(max_examples=count_examples(60), deadline=None)
@given(st.lists(st.floats(0.1, 20.0), min_size=2, max_size=9, unique=True))
def test_an_inverse_undoes_the_expression(text, linear, values):
    y = np.array(values)
    if np.ptp(y) < 0.01:
        y[0] += 1.0
    factor, state = fit(text, y)
    inverse = invert_expression(factor, state)
    assert (inverse.column, inverse.linear) == ("y", linear)
    assert_allclose(inverse(np.asarray(factor.eval(state, {"y": y}), dtype=float)), y, rtol=1e-9)


@case_by_case(
    ("text", "why"),
    [
        ("I(y ** 2)", "numbers below and above 0 have the same y ** 2"),
        ("log(y ** 2 + 1)", "numbers below and above 0 have the same y ** 2"),
        ("I(y ** 3)", "no inverse is known of y ** 3"),
        ("I(y ** -1)", "no inverse is known of y ** (-1)"),
        ("I(1 / y)", "no inverse is known of 1 / y"),
        ("I(2 ** y)", "no inverse is known of 2 ** y"),
        ("I(0 * y)", "no inverse is known of 0 * y"),
        ("abs(y)", "no inverse is known of abs(y)"),
        ("round(y)", "no inverse is known of round(y)"),
        ("np.add(y, 1)", "no inverse is known of np.add(y, 1)"),
        ("squash(center(y))", "no inverse is known of squash(center(y))"),
        ("negative(y)", "no inverse is known of negative(y)"),
        ("log(y / (1 - y))", "y appears twice in y / (1 - y)"),
        ("I(y > 1)", "several values give the same y > 1"),
        ("log(y + z)", "it is made of 2 columns"),
    ],
)
def test_what_has_no_inverse_is_named(text, why):
    y = np.array([0.2, 0.5, 0.7])
    env = {"squash": np.tanh, "negative": lambda v: v**2}
    factor = parse(f"{text} ~ 1", ["y", "z"], env).responses[0]
    state = {}
    factor.memorize(state, {"y": y, "z": y})
    with pytest.raises(ValueError, match=f"^{re.escape(why)}$"):
        invert_expression(factor, state)


def test_values_outside_the_range_are_missing():
    """But for sqrt, whose square is that of Duan's estimate."""
    factor, state = fit("exp(y)", np.array([1.0, 2.0]))
    assert np.isnan(invert_expression(factor, state)(np.array([-1.0]))).all()
    factor, state = fit("sqrt(y)", np.array([1.0, 2.0]))
    assert invert_expression(factor, state)(np.array([-2.0])) == [4.0]
