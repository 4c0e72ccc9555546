"""Initial weights: their moments, their biases, and user-defined functions."""

import numpy as np
import pytest

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


@pytest.mark.parametrize("intercept", [0, 2, None])
@pytest.mark.parametrize("init", ["glorot", "he"])
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


def test_callable_keeps_no_hold_of_the_weights():
    mine = np.ones((2, 2))
    (W,) = draw_weights(lambda rng, shape: mine, [(2, 2)], 0, np.random.default_rng(0))
    mine[0, 0] = 5.0
    np.testing.assert_array_equal(W, np.ones((2, 2)))


@pytest.mark.parametrize(
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
def test_impossible_starts_are_refused(init, error, words):
    with pytest.raises(error, match=words):
        draw(init)


def test_init_that_returns_text_is_reported():
    with pytest.raises(TypeError, match=r"array of numbers of shape \(2, 3\), not 'a'"):
        draw_weights(lambda rng, shape: "a", [(2, 3)], 0, np.random.default_rng(1))
