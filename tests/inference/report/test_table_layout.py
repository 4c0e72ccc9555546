"""Layout of tables: digits and p-values."""

import math

import numpy as np
import pytest

from neuralnet.inference.report.table_layout import format_estimates, format_p


def test_estimates_are_printed_to_a_hundredth_of_their_standard_error():
    rng = np.random.default_rng(1)
    for error in 10.0 ** rng.uniform(-5.9, 7.0, 200):
        values = error * rng.normal(0.0, 30.0, 3)
        for value, text in zip(values, format_estimates(values, error), strict=True):
            assert abs(float(text.replace(",", "")) - value) <= 0.00501 * error
            assert "e" not in text
    assert format_estimates([math.nan, 1.0], math.nan) == ["", "1"]
    assert format_estimates([1234567.0], 0.0) == ["1.235e+06"]


def test_p_values_have_three_digits_and_an_end():
    for p in 10.0 ** -np.random.default_rng(1).uniform(0.0, 15.5, 200):
        assert float(format_p(p)) == pytest.approx(p, rel=0.005)
    assert (format_p(1.0), format_p(2.1e-16), format_p(0.0)) == ("1", "<2e-16", "<2e-16")
