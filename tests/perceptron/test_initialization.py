"""Initial weights: their moments, their biases, and user-defined functions."""

import numpy as np
import pytest
from loops import case_by_case
from networks import make_table

from neuralnet import NeuralNetwork
from neuralnet.perceptron.initialization import draw_weights

SHAPES = [(201, 100), (101, 50), (51, 30)]


def draw(init, seed=0, intercept=0, shapes=SHAPES):
    return draw_weights(init, shapes, intercept, np.random.default_rng(seed))


@pytest.mark.parametrize(
    "init",
    [0.5, "glorot", "he", "uniform", lambda rng, shape: rng.normal(size=shape)],
)
def test_seed_repeats_the_draw(init):
    for one, again, other in zip(draw(init), draw(init), draw(init, seed=1), strict=True):
        np.testing.assert_array_equal(one, again)
        assert (one != other).any()


@pytest.mark.parametrize("init", [0.01, 3])
def test_number_is_the_standard_deviation_of_biases_too(init):
    theta = np.concatenate([matrix.ravel() for matrix in draw(init)])
    # Some 26,680 normal numbers: five standard errors of their mean and of their spread.
    assert abs(theta.mean()) < 5 * init / np.sqrt(theta.size)
    assert theta.std() == pytest.approx(init, rel=5 / np.sqrt(2 * theta.size))
    biases = np.concatenate([matrix[0] for matrix in draw(init)])
    assert biases.std() == pytest.approx(init, rel=5 / np.sqrt(2 * biases.size))


def test_uniform_start_is_that_of_nnet_with_biases_too():
    matrices, rang = draw("uniform"), 0.7
    for theta in (
        np.concatenate([matrix.ravel() for matrix in matrices]),
        np.concatenate([matrix[0] for matrix in matrices]),
    ):
        # Kolmogorov's distance of n uniform numbers exceeds 2 / sqrt(n) once in 1,500 draws.
        below = np.sort(theta) / rang / 2 + 0.5
        ranks = np.arange(1, theta.size + 1) / theta.size
        assert np.abs(below - ranks).max() < 2 / np.sqrt(theta.size)
        assert np.abs(theta).max() <= rang


def test_standard_deviation_of_0_draws_zeros():
    assert all((matrix == 0).all() for matrix in draw(0))


@case_by_case("intercept", [0, 2, None])
@case_by_case("init", ["glorot", "he"])
def test_schemes_count_the_fan_in_without_the_bias(init, intercept):
    rng = np.random.default_rng(0)
    drawn = [draw_weights(init, [(3, 2), (3, 2)], intercept, rng) for _ in range(5000)]
    for matrices, bias in zip(np.swapaxes(drawn, 0, 1), [intercept, 0], strict=True):
        weights = matrices if bias is None else np.delete(matrices, bias, axis=1)
        assert bias is None or (matrices[:, bias] == 0).all()
        fan_in, fan_out = weights.shape[1:]
        variance = 2 / (fan_in + fan_out) if init == "glorot" else 2 / fan_in
        # Five standard errors: a square of a uniform number varies less than of a normal one.
        error = np.sqrt((0.8 if init == "glorot" else 2.0) / weights.size)
        assert (weights**2).mean() == pytest.approx(variance, rel=5 * error)
        assert abs(weights.mean()) < 5 * np.sqrt(variance / weights.size)
        furthest = np.abs(weights).max() / np.sqrt(variance)
        if init == "glorot":
            assert 0.99 * np.sqrt(3) < furthest <= np.sqrt(3)
        else:
            assert furthest > 3


@pytest.mark.parametrize("init", ["glorot", "he"])
def test_intercept_alone_has_no_fan_in(init):
    (W,) = draw(init, shapes=[(1, 3)])
    np.testing.assert_array_equal(W, np.zeros((1, 3)))


def test_callable_draws_each_matrix_whole():
    rng, seen = np.random.default_rng(0), []

    def init(*given):
        seen.append(given)
        return np.full(given[1], len(seen))

    drawn = draw_weights(init, SHAPES, 0, rng)
    assert [shape for _, shape in seen] == SHAPES
    assert all(given is rng for given, _ in seen)
    for number, (W, shape) in enumerate(zip(drawn, SHAPES, strict=True), start=1):
        np.testing.assert_array_equal(W, np.full(shape, float(number)))
        assert W.dtype == np.float64


def test_array_returned_by_a_callable_is_not_shared():
    mine = np.ones((2, 2))
    (W,) = draw_weights(lambda rng, shape: mine, [(2, 2)], 0, np.random.default_rng(0))
    mine[0, 0] = 5.0
    np.testing.assert_array_equal(W, np.ones((2, 2)))


@case_by_case(
    ("init", "error", "words"),
    [
        ("glorott", ValueError, r"'he', 'uniform', not 'glorott'.* Did you mean 'glorot'\?"),
        (-0.1, ValueError, r"init must be a number of at least 0, not -0\.1"),
        (np.nan, ValueError, r"init .* not nan"),
        (None, TypeError, r"init .* not None"),
        (True, TypeError, r"init .* not True"),
        (lambda rng, shape: np.zeros(3), ValueError, r"shape \(201, 100\).* shape \(3,\)"),
        (lambda rng, shape: np.full(shape, np.inf), ValueError, "finite"),
    ],
)
def test_invalid_init_is_refused(init, error, words):
    with pytest.raises(error, match=words):
        draw(init)


def test_init_that_returns_text_is_reported():
    with pytest.raises(TypeError, match=r"array of numbers of shape \(2, 3\), not 'a'"):
        draw_weights(lambda rng, shape: "a", [(2, 3)], 0, np.random.default_rng(1))


# Of networks ----------------------------------------------------------------------------------


def start(init, formula="cost ~ x1 + x2", hidden=(4000, 3), **options):
    return NeuralNetwork(formula, make_table(), list(hidden), init=init, seed=3, **options)


def test_number_is_the_standard_deviation_biases_included():
    net = start(0.2)
    for part in (net.W1[0], net.W1[1:], net.W2[1:]):
        # Of 4,000 draws, within about three standard errors.
        np.testing.assert_allclose(part.std(), 0.2, rtol=0.035)
        np.testing.assert_allclose(part.mean(), 0.0, atol=0.01)
    assert (np.abs(net.theta) > 0.2 * 2).mean() == pytest.approx(0.0455, abs=0.006)


def test_default_standard_deviation_is_a_hundredth():
    net = NeuralNetwork("cost ~ x1 + x2", make_table(), 4000, seed=3)
    np.testing.assert_allclose(net.W1.std(), 0.01, rtol=0.035)


def test_glorot_is_uniform_within_its_limit_and_biases_are_zero():
    net = start("glorot")
    assert not net.W1[0].any()
    assert not net.W2[0].any()
    for weights, fans in ((net.W1[1:], 2 + 4000), (net.W2[1:], 4000 + 3)):
        limit = np.sqrt(6 / fans)
        assert 0.99 * limit < np.abs(weights).max() <= limit
        np.testing.assert_allclose(weights.std(), limit / np.sqrt(3), rtol=0.035)


def test_he_counts_the_fan_in_without_the_bias():
    net = start("he")
    assert not net.W1[0].any()
    assert not net.W2[0].any()
    np.testing.assert_allclose(net.W1[1:].std(), np.sqrt(2 / 2), rtol=0.035)
    np.testing.assert_allclose(net.W2[1:].std(), np.sqrt(2 / 4000), rtol=0.035)


@pytest.mark.parametrize(("init", "spread"), [("he", 1.0), ("glorot", np.sqrt(2 / 4002))])
def test_without_intercept_the_first_matrix_has_no_bias_row(init, spread):
    net = start(init, "cost ~ x1 + x2 - 1")
    assert net.W1.all()
    np.testing.assert_allclose(net.W1.std(), spread, rtol=0.035)


def test_function_is_called_once_for_each_matrix_with_its_shape():
    asked = []

    def draw(rng, shape):
        asked.append(shape)
        return rng.uniform(2.0, 3.0, shape)

    net = start(draw, hidden=(4, 3))
    assert asked == [(3, 4), (5, 3), (4, 1)] == [W.shape for W in net.W]
    assert 2.0 <= net.theta.min() < net.theta.max() < 3.0
    assert np.unique(net.theta).size == net.theta.size


def test_array_returned_by_the_function_is_copied():
    given = np.full((3, 1), 0.5)
    net = NeuralNetwork("cost ~ x1 + x2", make_table(), 0, init=lambda rng, shape: given)
    given[:] = 9.0
    np.testing.assert_array_equal(net.W1, 0.5)


@pytest.mark.parametrize(
    ("init", "spread"),
    [
        (0.2, 0.2),
        ("he", np.sqrt(2 / (4000 + 2))),
        ("glorot", np.sqrt(2 / (4000 + 2 + 1))),
        ("uniform", 0.7 / np.sqrt(3)),
    ],
)
def test_columns_that_skip_are_more_inputs_of_the_last_matrix(init, spread):
    net = start(init, hidden=(4000,), skip=True)
    assert net.W2.shape == (1 + 4000 + 2, 1)
    assert net.coef()["W2"].index[-3:].tolist() == ["h4000", "x1", "x2"]
    np.testing.assert_allclose(net.W2[1:].std(), spread, rtol=0.035)
    assert net.W2[-2:].all()
    assert (net.W2[0, 0] == 0.0) == (init in ("he", "glorot"))


@pytest.mark.parametrize("init", [0.2, "he", "uniform"])
def test_weights_are_drawn_in_the_coordinates_of_standardized_columns(init):
    plain, scaled = (
        start(init, "x1 ~ x2 + kind", hidden=(3,), skip=True, scale=scale)
        for scale in (False, True)
    )
    table = make_table()
    Z = (table["x2"] - table["x2"].mean()) / table["x2"].std(ddof=0)
    X = plain.X.copy()
    X[:, plain.x_names.index("x2")] = Z
    expected = table["x1"].mean() + table["x1"].std(ddof=0) * plain.fit(X)[:, 0]
    np.testing.assert_allclose(scaled.fit()[:, 0], expected, rtol=1e-10)
