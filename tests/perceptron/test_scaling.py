"""Scaling of weights: the same function of the raw data, the chain rule, and round trips."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from instances import assert_close, differentiate, draw_direction, freeze
from loops import case_by_case
from statsmodels.stats.weightstats import DescrStatsW

from neuralnet.activations import Tanh
from neuralnet.families import Gaussian, Softmax
from neuralnet.perceptron.perceptron import Perceptron
from neuralnet.perceptron.scaling import Unscaled
from neuralnet.perceptron.standardization import fit_scaling

N = 40
NUMERIC = np.array([False, True, False, True, True])


def draw_columns(intercept):
    """An intercept (or another factor), a far column, a factor, a small one, and a constant."""
    rng = np.random.default_rng(0)
    factor, other = rng.integers(2, size=(2, N))
    first = np.ones(N) if intercept is not None else other
    columns = [first, rng.normal(1e4, 300.0, N), factor, rng.normal(-0.2, 1e-3, N)]
    return freeze(np.column_stack([*columns, np.full(N, 0.1)]))


class Setting:
    """A scaling with its perceptron and rows."""

    def __init__(self, hidden, intercept, weighted, numbers, skip, K=3):
        rng = np.random.default_rng(1)
        family = Gaussian() if numbers else Softmax()
        past = tuple(column for column in range(5) if skip and column != intercept)
        self.perceptron = Perceptron((5, *hidden, K), (Tanh(),) * len(hidden), family, past)
        self.intercept = intercept
        self.X = draw_columns(intercept)
        self.w = freeze(rng.integers(0, 4, N).astype(float)) if weighted else None
        self.targets = freeze(rng.normal(50.0, [1.0, 20.0, 300.0], (N, K))) if numbers else None
        self.scaling = fit_scaling(
            self.perceptron.shapes, self.X, self.targets, NUMERIC, intercept, self.w, past
        )

    def standardize(self):
        """X as the first matrix reads it."""
        reading = self.scaling.layers[0]
        return (self.X - reading.center) / reading.spread

    def standardize_skipping(self):
        """The columns of X that the last matrix reads, as it does."""
        reading, count = self.scaling.layers[1], len(self.perceptron.skip)
        columns = self.X[:, self.perceptron.skip]
        return (columns - reading.center[-count:]) / reading.spread[-count:]

    def score(self, phi):
        """The scores of a network that has the standardized columns for its X."""
        if not self.perceptron.skip:
            return self.perceptron.scores(phi, self.standardize())
        # The two matrices read different columns where there is no intercept: both lie side by
        # side here, and those that skip have no way into the hidden units.
        Z, past = self.standardize(), self.standardize_skipping()
        sizes = (Z.shape[1] + past.shape[1], *self.perceptron.sizes[1:])
        wide = replace(self.perceptron, sizes=sizes, skip=tuple(range(Z.shape[1], sizes[0])))
        first, *later = self.perceptron.unflatten(phi)
        closed = np.zeros((past.shape[1], first.shape[1]))
        theta = wide.flatten((np.vstack([first, closed]), *later))
        return wide.scores(theta, np.hstack([Z, past]))

    def draw(self, seed):
        return np.random.default_rng(seed).normal(size=self.perceptron.n_parameters)


SETTINGS = {
    f"{len(hidden)} hidden"
    + "-intercept" * (intercept is not None)
    + "-w" * weighted
    + "-numbers" * numbers
    + "-skip" * skip: Setting(hidden, intercept, weighted, numbers, skip)
    for hidden, intercept, weighted, numbers, skip in product(
        [(), (4,), (4, 2)], [None, 0], [False, True], [False, True], [False, True]
    )
    if hidden or not skip
}
each = case_by_case("setting", SETTINGS.values(), ids=SETTINGS)
each_skipping = case_by_case(
    "setting", [setting for name, setting in SETTINGS.items() if "skip" in name]
)


@each
def test_standardized_columns_have_mean_0_and_sd_1(setting):
    Z = setting.standardize()
    described = DescrStatsW(Z, weights=setting.w)
    center = 0.0 if setting.intercept is not None else described.mean[[1, 3]]
    np.testing.assert_allclose(described.mean[[1, 3]], center, atol=1e-9)
    np.testing.assert_allclose(described.std[[1, 3]], 1.0, rtol=1e-9)
    # Neither factors nor a constant are numbers to scale, and without an intercept to take the
    # shift up nothing is centered.
    np.testing.assert_array_equal(Z[:, [0, 2, 4]], setting.X[:, [0, 2, 4]])
    if setting.intercept is None:
        np.testing.assert_array_equal(setting.scaling.layers[0].center, 0.0)


@each_skipping
def test_columns_that_skip_are_centered_with_and_without_intercept(setting):
    Z, past = setting.standardize_skipping(), setting.perceptron.skip
    described = DescrStatsW(Z[:, [past.index(1), past.index(3)]], weights=setting.w)
    np.testing.assert_allclose(described.mean, 0.0, atol=1e-9)
    np.testing.assert_allclose(described.std, 1.0, rtol=1e-9)
    alone = [past.index(column) for column in past if column not in (1, 3)]
    np.testing.assert_array_equal(Z[:, alone], setting.X[:, past][:, alone])
    # The bias and the hidden units stay as they are.
    first, last = setting.scaling.layers
    before = last.shape[0] - len(past)
    np.testing.assert_array_equal(last.center[:before], 0.0)
    np.testing.assert_array_equal(last.spread[:before], 1.0)
    assert first.shape == setting.perceptron.shapes[0]
    assert last.shape == setting.perceptron.shapes[-1]


@each
def test_response_is_standardized_by_one_spread(setting):
    scaling = setting.scaling
    if setting.targets is None:
        assert (scaling.y_spread, scaling.loss_scale) == (1.0, 1.0)
        np.testing.assert_array_equal(scaling.y_center, 0.0)
        return
    described = DescrStatsW(setting.targets, weights=setting.w)
    np.testing.assert_allclose(scaling.y_center, described.mean, rtol=1e-12)
    assert scaling.loss_scale == pytest.approx(described.var.mean(), rel=1e-12)
    assert scaling.y_spread**2 == pytest.approx(scaling.loss_scale)


@each
def test_both_describe_the_same_function(setting):
    scaling, phi = setting.scaling, setting.draw(2)
    inside = setting.score(phi)
    biased = setting.intercept is not None or len(setting.perceptron.shapes) > 1
    center = scaling.y_center if biased else 0.0
    raw = setting.perceptron.scores(scaling.to_raw(phi), setting.X)
    assert_close(raw, center + scaling.y_spread * inside, 1e-9)


@each
def test_round_trips_end_where_they_began(setting):
    scaling, phi = setting.scaling, setting.draw(2)
    kept = phi.copy()
    assert_close(scaling.from_raw(scaling.to_raw(phi)), phi, 1e-9)
    assert_close(scaling.gradient_to_raw(scaling.gradient_to_scaled(phi)), phi, 1e-9)
    assert_close(scaling.gradient_to_scaled(scaling.gradient_to_raw(phi)), phi, 1e-9)
    np.testing.assert_array_equal(phi, kept)


@each
def test_gradients_follow_the_chain_rule(setting):
    scaling, phi = setting.scaling, setting.draw(2)
    v, gradient = draw_direction(phi.size, 3), setting.draw(4)
    along = differentiate(scaling.to_raw, phi, v)
    assert_close(scaling.direction_to_raw(v), along, 1e-9)
    # d f(to_raw(phi)) / d phi along v is the gradient of f times the move of theta.
    assert scaling.gradient_to_scaled(gradient) @ v == pytest.approx(
        gradient @ scaling.direction_to_raw(v), rel=1e-9
    )


@each
@pytest.mark.parametrize("way", ["direction_to_raw", "gradient_to_scaled", "gradient_to_raw"])
def test_rows_of_a_matrix_are_converted_one_by_one(setting, way):
    turn = getattr(setting.scaling, way)
    stack = np.stack([setting.draw(seed) for seed in range(3)])
    np.testing.assert_allclose(turn(stack), [turn(row) for row in stack], rtol=1e-14)


@case_by_case("weighted", [False, True])
@case_by_case("constant", [0.1, 1 / 3, 5.1, 1e6 + 0.1])
def test_constants_are_not_scaled(constant, weighted):
    # A sum of equal numbers is rounded, so that a spread of exactly 0 is not for granted.
    n = 151
    w = np.linspace(0.0, 2.0, n) if weighted else None
    column = np.full((n, 1), constant)
    if weighted:
        column[0] = 99.0  # a row without weight is no row
    found = fit_scaling(((1, 1),), column, column, np.array([True]), None, w)
    assert found.layers[0].spread == [1.0]
    assert found.y_spread == 1.0
    assert found.y_center == [constant]


def test_unscaled_weights_do_not_change():
    raw, theta = Unscaled(), np.arange(3.0)
    for way in (
        raw.to_raw,
        raw.from_raw,
        raw.gradient_to_scaled,
        raw.gradient_to_raw,
        raw.direction_to_raw,
    ):
        np.testing.assert_array_equal(way(theta), theta)
    assert raw.loss_scale == 1.0
