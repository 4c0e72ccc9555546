"""Residuals: points, running means worked by hand, and normal quantiles as SciPy has them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats

from neuralnet.plots import plot_residuals
from neuralnet.plots.residual_plot import find_running_mean


@pytest.fixture
def ax():
    return Figure().add_subplot()


@pytest.fixture
def residuals():
    return pd.Series(np.random.default_rng(1).normal(2.0, 3.0, size=40))


def test_running_mean_is_over_a_tenth_of_the_rows_to_each_side():
    x = np.random.default_rng(2).permutation(30).astype(float)
    y = x**2
    at, mean = find_running_mean(x, y)
    for place in range(30):
        near = np.abs(x - place) <= 3
        assert at[place] == pytest.approx(x[near].mean())
        assert mean[place] == pytest.approx(y[near].mean())


def test_running_mean_of_a_straight_line_is_on_it_to_the_ends():
    x = np.random.default_rng(3).exponential(size=50)
    at, mean = find_running_mean(x, 2.0 - 3.0 * x)
    np.testing.assert_allclose(mean, 2.0 - 3.0 * at)


def test_residuals_are_drawn_against_a_column(residuals, ax):
    x = np.linspace(0.0, 1.0, 40)
    plot_residuals(residuals, x, "Fitted", ax=ax)
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), np.column_stack([x, residuals]))
    np.testing.assert_array_equal(
        ax.lines[-1].get_xydata().T, find_running_mean(x, residuals.to_numpy())
    )


def test_levels_have_their_means(residuals, ax):
    codes = np.arange(40) % 2
    plot_residuals(residuals, codes, "kind", levels=["a", "b"], ax=ax)
    means = [each.get_segments()[0][0, 1] for each in ax.collections[1:]]
    np.testing.assert_allclose(means, residuals.groupby(codes).mean())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]


def test_normal_quantiles_and_their_line_are_those_of_scipy(residuals, ax):
    plot_residuals(residuals, None, "Normal quantile", ax=ax)
    drawn = np.asarray(ax.collections[0].get_offsets())
    np.testing.assert_array_equal(drawn[:, 1], residuals)
    ranks = stats.rankdata(residuals)
    np.testing.assert_allclose(drawn[:, 0], stats.norm.ppf((ranks - 0.5) / 40), atol=1e-9)
    low, high = np.quantile(residuals, [0.25, 0.75])
    z = stats.norm.ppf(0.75)
    x, y = ax.lines[-1].get_xydata().T
    np.testing.assert_allclose(y, low + (x + z) * (high - low) / (2 * z), atol=1e-9)


def test_standard_residuals_have_the_diagonal(residuals, ax):
    plot_residuals(residuals, None, "Normal quantile", standard=True, ax=ax)
    x, y = ax.lines[-1].get_xydata().T
    np.testing.assert_array_equal(x, y)


def test_limits_of_order_statistics_are_near_those_of_the_beta_distribution(ax):
    n = 400
    plot_residuals(pd.Series(np.zeros(n)), None, "Normal quantile", standard=True, ax=ax)
    (band,) = ax.collections[1].get_paths()
    x = ax.lines[-1].get_xdata()
    middle = n // 2
    heights = band.vertices[np.isclose(band.vertices[:, 0], x[middle])][:, 1]
    exact = stats.norm.ppf(stats.beta.ppf([0.025, 0.975], middle + 1, n - middle))
    np.testing.assert_allclose(sorted(set(heights)), exact, rtol=0.03)


def test_columns_have_colors_and_a_legend(ax):
    table = pd.DataFrame({"no": [0.1, 0.2], "yes": [-0.1, -0.2]})
    fitted = np.array([[0.3, 0.7], [0.4, 0.6]])
    plot_residuals(table, fitted, "Fitted", response_name="win", ax=ax)
    for k in range(2):
        drawn = np.asarray(ax.collections[k].get_offsets())
        np.testing.assert_array_equal(drawn, np.column_stack([fitted[:, k], table.iloc[:, k]]))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no", "yes"]


def test_positions_of_another_length_are_refused(residuals, ax):
    with pytest.raises(ValueError, match=r"Fitted has shape .* the residuals have"):
        plot_residuals(residuals, np.ones(3), "Fitted", ax=ax)
