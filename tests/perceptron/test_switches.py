"""Both sides of every switch by sizes, weights, precision or engine give the same results.

A limit selects another algorithm for small networks, or few rows, than for large ones, and tests of
one do not cover the other. Networks and limits are drawn here so that both run, and the results are
compared with a plain implementation below, without blocks, workspaces or prepared responses. The
limits of the package itself are tested too.
"""

import numpy as np
import pandas as pd
import pytest
from extent import count_examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from instances import assert_close
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.activations import ACTIVATIONS
from neuralnet.design import matrix as terms
from neuralnet.design.levels import match_levels
from neuralnet.families import FAMILIES, GroupedBinomial, softmax
from neuralnet.optimizers import Newton
from neuralnet.perceptron import blocks, compiled, second_derivatives
from neuralnet.perceptron import hessian as curvature
from neuralnet.perceptron.batch import Batch
from neuralnet.perceptron.blocks import MIN_BLOCK_ROWS as ROWS
from neuralnet.perceptron.compiled import CompiledEngine
from neuralnet.perceptron.engine import NumpyEngine
from neuralnet.perceptron.objective import Objective
from neuralnet.perceptron.penalty import Penalty
from neuralnet.perceptron.perceptron import Perceptron
from neuralnet.perceptron.second_derivatives import compute_hessian_vector
from neuralnet.training import hidden_units

QUIET = {"trace": 0, "tolerance": None}
EVERY = {"grouped binomial": GroupedBinomial(), **FAMILIES}
# The value in the package.
FEW_CLASSES = softmax._FEW_CLASSES


# The plain path -------------------------------------------------------------------------------
# Of complex numbers too: the imaginary part of f(x + ih) / h is f'(x) to the last digits, as no
# difference is taken. Source: Squire and Trapp (1998), Using complex variables to estimate
# derivatives of real functions, SIAM Review 40.


def squash(z):
    return 1.0 / (1.0 + np.exp(-z))


def split(condition, yes, no):
    return np.where(condition.real > 0, yes, no)


# Values and slopes of z.
PLAIN = {
    "sigmoid": (squash, lambda z: squash(z) * squash(-z)),
    "tanh": (np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "relu": (lambda z: split(z, z, 0.0), lambda z: split(z, 1.0, 0.0)),
    "leaky_relu": (lambda z: split(z, z, 0.01 * z), lambda z: split(z, 1.0, 0.01)),
    "elu": (lambda z: split(z, z, np.exp(z) - 1.0), lambda z: split(z, 1.0, np.exp(z))),
    "softplus": (lambda z: np.log(1.0 + np.exp(z)), squash),
    "silu": (lambda z: z * squash(z), lambda z: squash(z) * (1.0 + z * squash(-z))),
    "identity": (lambda z: z, np.ones_like),
}


def sum_softmax(eta, response):
    each = np.exp(eta)
    total, ones = each.sum(axis=1), np.eye(eta.shape[1])[response]
    return np.log(total) - (eta * ones).sum(axis=1), each / total[:, None] - ones


def sum_binomial(eta, response):
    y = response[:, None]
    return (np.log(1.0 + np.exp(eta)) - y * eta).sum(axis=1), squash(eta) - y


def sum_gaussian(eta, response):
    return 0.5 * ((eta - response) ** 2).sum(axis=1), eta - response


def sum_poisson(eta, response):
    logs = np.log(np.where(response > 0, response, 1.0))
    losses = response * (logs - eta) - response + np.exp(eta)
    return losses.sum(axis=1), np.exp(eta) - response


def sum_grouped(eta, response):
    trials, y = response.sum(axis=1)[:, None], response[:, :1]
    share = y / np.maximum(trials, 1.0)
    inside = (share > 0) & (share < 1)
    some = np.where(inside, share, 0.5)
    least = np.where(inside, some * np.log(some) + (1 - some) * np.log(1 - some), 0.0)
    losses = trials * (least + np.log(1.0 + np.exp(eta)) - share * eta)
    return losses.sum(axis=1), trials * (squash(eta) - share)


SUMS = {
    "softmax": sum_softmax,
    "binomial": sum_binomial,
    "gaussian": sum_gaussian,
    "poisson": sum_poisson,
    "grouped binomial": sum_grouped,
}


def carry_back(given, slopes, behind, delta):
    """The gradient as a flat array, from the derivatives by the scores."""
    gradients = [given[-1].T @ delta]
    for layer in range(len(slopes) - 1, -1, -1):
        delta = (delta @ behind[layer].T) * slopes[layer]
        gradients.insert(0, given[layer].T @ delta)
    return np.concatenate([each.ravel() for each in gradients])


class Case:
    """A network with rows, and the results of the plain implementation."""

    def __init__(self, family, sizes, names, skip, n, *, weighted, shifted, order="C", seed=0):
        rng = np.random.default_rng(seed)
        D, K = sizes[0], sizes[-1]
        self.family, self.names = family, names
        self.skip = tuple(range(1, D)) if skip and names else ()
        record = EVERY[family]
        activations = tuple(ACTIVATIONS[name] for name in names)
        self.perceptron = Perceptron(sizes, activations, record, self.skip)
        X = np.hstack([np.ones((n, 1)), rng.normal(size=(n, D - 1))])
        self.response = {
            "softmax": lambda: rng.integers(0, K, n),
            "binomial": lambda: rng.integers(0, 2, n).astype(float),
            "gaussian": lambda: rng.normal(1.0, 2.0, (n, K)),
            "poisson": lambda: rng.poisson(2.0, (n, K)).astype(float),
            "grouped binomial": lambda: rng.integers([1, 0], 4, (n, 2)).astype(float),
        }[family]()
        w = rng.uniform(0.2, 3.0, n) if weighted else None
        offset = rng.normal(0.0, 0.5, (n, K)) if shifted else None
        self.batch = Batch(np.asarray(X, order=order), record.encode(self.response), w, offset)
        shapes = self.perceptron.shapes
        self.theta = np.concatenate(
            [rng.normal(0.0, 0.8 / np.sqrt(len(W)), W.size) for W in map(np.empty, shapes)]
        )

    def pass_plainly(self, theta):
        """Scores, the loss and its gradient, of a theta that may be complex."""
        X, w = self.batch.X, self.batch.w
        matrices, start = [], 0
        sizes, last = self.perceptron.sizes, len(self.names)
        for layer in range(last + 1):
            more = (layer > 0) + (len(self.skip) if layer == last else 0)
            shape = sizes[layer] + more, sizes[layer + 1]
            matrices.append(theta[start : start + shape[0] * shape[1]].reshape(shape))
            start += shape[0] * shape[1]
        given, sums = [X], []
        for layer, name in enumerate(self.names):
            sums.append(given[-1] @ matrices[layer])
            parts = [np.ones((len(X), 1)), PLAIN[name][0](sums[-1])]
            given.append(np.hstack(parts + [X[:, self.skip]] * (layer == last - 1)))
        eta = given[-1] @ matrices[-1]
        if self.batch.offset is not None:
            eta = eta + self.batch.offset
        losses, delta = SUMS[self.family](eta, self.response)
        if w is not None:
            losses, delta = losses * w, delta * w[:, None]
        slopes = [PLAIN[name][1](z) for name, z in zip(self.names, sums, strict=True)]
        behind = [matrices[layer + 1][1 : 1 + sizes[layer + 1]] for layer in range(last)]
        back = given, slopes, behind
        self.terms = [[abs(each) for each in part] for part in back], abs(delta)
        return eta, losses.sum(), carry_back(*back, delta)

    def measure_terms(self):
        """The largest sum of the absolute terms of a component of the gradient.

        Means and responses are separate terms: the rounding error depends on the size of each.
        """
        self.pass_plainly(self.theta)
        back, delta = self.terms
        K, w = delta.shape[1], self.batch.w
        y = np.eye(K)[self.response] if self.family == "softmax" else self.response
        y = abs(y.reshape(len(y), -1)[:, :K]) * (1.0 if w is None else w[:, None])
        return carry_back(*back, delta + 2.0 * y).max()

    def curve_plainly(self, V):
        """Products of the Hessian with directions, (m, P)."""
        return np.array([self.pass_plainly(self.theta + 1e-30j * v)[2].imag / 1e-30 for v in V])

    def count_right(self, eta):
        right = {
            "softmax": lambda: eta.argmax(axis=1) == self.response,
            "binomial": lambda: (eta[:, 0] > 0) == self.response,
        }.get(self.family)
        if right is None:
            return np.nan
        w = np.ones(len(eta)) if self.batch.w is None else self.batch.w
        return w[right()].sum()

    def check(self, engine, tolerance=1e-11, *, curvature=True):
        """Hold whatever sums up rows against the plain path."""
        perceptron, theta, batch = self.perceptron, self.theta, self.batch
        eta, loss, gradient = self.pass_plainly(theta)
        total = len(eta) if batch.w is None else batch.w.sum()
        assert_close(perceptron.scores(theta, batch.X, batch.offset), eta, 1e-12)
        sums = [engine.loss_and_gradient(theta, batch) for _ in "ab"]
        seen = engine.evaluate(theta, batch)
        for found in (*sums, seen):
            assert isinstance(found.loss, float)
            assert found.loss == pytest.approx(loss, rel=tolerance, abs=tolerance)
            assert found.weight == pytest.approx(total, rel=1e-6)
        for found in sums:
            assert found.gradient.dtype == np.float64
            if engine.dtype == np.float64:
                assert_close(found.gradient, gradient, tolerance)
            else:
                # Relative to the terms: a small difference of large ones has fewer digits.
                room = tolerance * self.measure_terms()
                np.testing.assert_allclose(found.gradient, gradient, rtol=0, atol=room)
        if engine.dtype == np.float64:
            np.testing.assert_allclose(seen.correct, self.count_right(eta), rtol=1e-12)
        if not curvature:
            return
        V = np.random.default_rng(1).normal(size=(3, theta.size))
        products = self.curve_plainly(V)
        assert_close(V @ engine.hessian(theta, batch), products, 1e-10)
        assert_close(compute_hessian_vector(perceptron, theta, V, batch), products, 1e-10)
        assert_close(compute_hessian_vector(perceptron, theta, V[0], batch), products[0], 1e-10)


def count_outputs(family):
    if family == "softmax":
        return st.sampled_from([2, 3, 4, 5, FEW_CLASSES, FEW_CLASSES + 1, 23])
    return st.integers(1, 5) if family in ("gaussian", "poisson") else st.just(1)


@st.composite
def draw_cases(draw, rows):
    family = draw(st.sampled_from(sorted(EVERY)))
    # On both sides of what loops take four at a time.
    sizes = st.integers(1, 9)
    hidden = draw(st.lists(sizes, max_size=2))
    names = tuple(draw(st.sampled_from(sorted(PLAIN))) for _ in hidden)
    return Case(
        family,
        (draw(sizes), *hidden, draw(count_outputs(family))),
        names,
        draw(st.booleans()),
        draw(rows),
        weighted=draw(st.booleans()),
        shifted=draw(st.booleans()),
        order=draw(st.sampled_from("CF")),
        seed=draw(st.integers(0, 999)),
    )


@case_by_case("name", PLAIN)
@case_by_case("family", SUMS)
def test_plain_gradient_is_the_derivative_of_the_plain_loss(family, name):
    K = 3 if family == "softmax" else 1
    case = Case(family, (3, 4, K), (name,), True, 9, weighted=True, shifted=True)
    _, _, gradient = case.pass_plainly(case.theta)
    steps = 1e-30j * np.eye(case.theta.size)
    found = [case.pass_plainly(case.theta + step)[1].imag / 1e-30 for step in steps]
    assert_close(gradient, found, 1e-13)


# Limits that are drawn ------------------------------------------------------------------------


@settings(max_examples=count_examples(400), suppress_health_check=[HealthCheck.too_slow])
@given(
    case=draw_cases(st.integers(1, 40)),
    rows=st.sampled_from([1, 2, 3, 7, 20, 39, 40, 41]),
    few=st.sampled_from([0, 4, FEW_CLASSES, 1_000]),
    hessian_rows=st.sampled_from([1, 2, 7, 20, 39, 40, 41]),
    writing=st.sampled_from([0, 12, 10**9]),
    single=st.booleans(),
)
def test_sums_are_the_plain_ones_on_both_sides_of_every_limit(
    case, rows, few, hessian_rows, writing, single
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "MIN_BLOCK_ROWS", rows)
        patch.setattr(blocks, "MAX_BLOCK_ROWS", rows)
        patch.setattr(softmax, "_FEW_CLASSES", few)
        patch.setattr(second_derivatives, "choose_hessian_rows", lambda shapes: hessian_rows)
        patch.setattr(curvature, "_WRITING", writing)
        engine = NumpyEngine(case.perceptron, np.float32 if single else np.float64)
        assert engine.most_rows == rows
        case.check(engine, 2e-6 if single else 1e-11)


@pytest.mark.xdist_group("machine code")
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    case=draw_cases(st.sampled_from([1, 3, 40, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS + 3])),
    rows=st.sampled_from([7, ROWS, 10_000]),
)
def test_machine_code_gives_the_plain_sums_on_both_sides_of_its_blocks(case, rows):
    engine = CompiledEngine(case.perceptron)
    engine.most_rows = rows
    case.check(engine)


@settings(max_examples=60)
@given(case=draw_cases(st.integers(2, 40)), size=st.integers(1, 45), seed=st.integers(0, 99))
def test_parts_of_the_rows_are_the_whole_whatever_their_size(case, size, seed):
    _, loss, gradient = case.pass_plainly(case.theta)
    objective = Objective(case.perceptron, (case.batch,), Penalty(0.3))
    order = np.random.default_rng(seed).permutation(len(case.batch.X))
    parts = [part(case.theta) for part in objective.split_minibatches(order, size)]
    assert sum(value for value, _ in parts) == pytest.approx(loss + 0.3 * case.theta @ case.theta)
    assert_close(sum(slope for _, slope in parts), gradient + 0.6 * case.theta, 1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("K", [2, FEW_CLASSES, FEW_CLASSES + 1])
def test_response_in_either_form_gives_the_same_bits(monkeypatch, K, weighted, dtype):
    case = Case("softmax", (3, 4, K), ("tanh",), False, 60, weighted=weighted, shifted=False)
    found = []
    for few in (0, 1_000):
        monkeypatch.setattr(softmax, "_FEW_CLASSES", few)
        engine = NumpyEngine(case.perceptron, dtype)
        assert engine.prepare(case.batch).Y.ndim == (2 if few else 1)
        sums = engine.loss_and_gradient(case.theta, case.batch)
        found.append((sums.loss, sums.gradient.tobytes()))
    assert found[0] == found[1]


# Limits of the package ------------------------------------------------------------------------


@case_by_case("dtype", [np.float64, np.float32])
@case_by_case("weighted", [False, True])
@case_by_case("K", [FEW_CLASSES - 1, FEW_CLASSES, FEW_CLASSES + 1, 40, 300])
def test_any_number_of_classes_gives_the_plain_sums(K, weighted, dtype):
    case = Case("softmax", (4, 3, K), ("sigmoid",), False, 200, weighted=weighted, shifted=False)
    case.check(NumpyEngine(case.perceptron, dtype), 1e-11 if dtype is np.float64 else 2e-5)


@case_by_case("extra", [-1, 0, 1])
@case_by_case(
    ("sizes", "rows"),
    [((4, 3, 2), 8_192), ((3, 5, FEW_CLASSES + 1), 3_855), ((2, 64, 3), 1_024), ((3, 2, 300), 256)],
)
@case_by_case("weighted", [False, True])
def test_blocks_of_rows(sizes, rows, extra, weighted):
    case = Case("softmax", sizes, ("tanh",), False, rows + extra, weighted=weighted, shifted=True)
    engine = NumpyEngine(case.perceptron)
    assert engine.most_rows == rows
    case.check(engine, curvature=False)


@case_by_case("extra", [0, 1])
@case_by_case(
    ("sizes", "many"), [((3, 4, 3), False), ((4, 9, FEW_CLASSES + 1), False), ((9, 26, 5), True)]
)
def test_blocks_of_rows_of_the_hessian(sizes, many, extra):
    case = Case("softmax", sizes, ("tanh",), False, 1, weighted=True, shifted=False)
    assert (case.theta.size**2 > 2 * blocks.CACHE_NUMBERS) == many
    rows = second_derivatives.choose_hessian_rows(case.perceptron.shapes) + extra
    case = Case("softmax", sizes, ("tanh",), False, rows, weighted=True, shifted=False)
    case.check(NumpyEngine(case.perceptron))


@pytest.mark.xdist_group("machine code")
@pytest.mark.parametrize("extra", [0, 1])
def test_blocks_of_rows_of_machine_code(extra):
    rows = blocks.MAX_BLOCK_ROWS + extra
    case = Case("softmax", (3, 4, 17), ("tanh",), True, rows, weighted=True, shifted=True)
    case.check(CompiledEngine(case.perceptron))


@pytest.mark.xdist_group("machine code")
@pytest.mark.parametrize("most", [10, 10_000])
@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
def test_machine_code_trains_the_same_in_one_go_and_step_by_step(monkeypatch, optimizer, most):
    """In one go only where all rows are one block."""
    table = make_table(17, 60)
    nets = [NeuralNetwork("y ~ a + b", table, 3, seed=1, init=0.5, engine="compiled")]
    monkeypatch.setattr(compiled.engine, "MAX_BLOCK_ROWS", most)
    for engine in ("compiled", "numpy"):
        nets.append(NeuralNetwork("y ~ a + b", table, 3, seed=1, init=0.5, engine=engine))
    for net in nets:
        net.train(30, 1e-3, optimizer=optimizer, **QUIET)
    for net in nets[1:]:
        np.testing.assert_allclose(net.theta, nets[0].theta, rtol=1e-10)


def test_loss_is_the_same_where_a_penalty_drowns_it():
    """Above a millionth of the value it is value minus penalty, else it is evaluated again."""
    case = Case("gaussian", (3, 2), (), False, 20, weighted=False, shifted=False)
    _, loss, _ = case.pass_plainly(case.theta)
    for decay in (0.0, 1e-3, 1e3, 1e12):
        objective = Objective(case.perceptron, (case.batch,), Penalty(decay))
        value, _ = objective(case.theta)
        assert objective.loss(value, case.theta) == pytest.approx(loss, rel=1e-9)


# The public object ----------------------------------------------------------------------------


def make_table(K, n):
    """A table of K classes, each with a row, and two numbers that depend on the class."""
    rng = np.random.default_rng(K)
    codes = rng.permutation(np.append(np.arange(K), rng.integers(0, K, n - K)))
    return pd.DataFrame(
        {
            "y": np.array([f"c{code:03d}" for code in range(K)])[codes],
            "a": codes / K + rng.normal(0.0, 0.3, n),
            "b": rng.normal(size=n),
            "w": rng.uniform(0.5, 2.0, n),
        }
    )


def predict_plainly(net, data):
    """Of a network of two numbers with one layer of sigmoid units."""
    X = np.column_stack([np.ones(len(data)), data["a"], data["b"]])
    h = squash(X @ net.W[0])
    eta = np.hstack([np.ones((len(h), 1)), h]) @ net.W[1]
    mu = np.exp(eta)
    return mu / mu.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("K", [FEW_CLASSES, FEW_CLASSES + 1, 40, 300])
def test_network_of_many_classes(tmp_path, K, weights):
    table = make_table(K, 2 * K + 5)
    for optimizer in ("gradient_descent", "momentum", "nesterov", "adam", "rprop", "lbfgs"):
        net = NeuralNetwork("y ~ a + b", table, 3, seed=1, init=0.5, weights=weights)
        before = net.compute_loss()
        net.train(5, optimizer=optimizer, learn_rate=None, **QUIET)
        assert net.compute_loss() < before, optimizer
    net.train(2, 1e-4, optimizer="adam", batch_size=13, validation=0.25, **QUIET)
    mu, truth = predict_plainly(net, table), table["y"].to_numpy()
    w = np.ones(len(table)) if weights is None else table["w"].to_numpy()
    codes = np.searchsorted(net.classes, truth)
    assert_close(net.predict(type="probs").to_numpy(), mu, 1e-12)
    loss = -(w * np.log(mu[np.arange(len(mu)), codes])).sum()
    assert net.compute_loss() == pytest.approx(loss, rel=1e-12)
    assert_close(net.predict(table.iloc[[3]], "probs").to_numpy()[0], mu[3], 1e-12)
    labels = np.array(net.classes)[mu.argmax(axis=1)]
    assert net.predict(table).tolist() == labels.tolist()
    counts = np.zeros((K, K))
    np.add.at(counts, (codes, mu.argmax(axis=1)), w)
    np.testing.assert_allclose(net.confusion_matrix().to_numpy(), counts)
    assert net.accuracy() == pytest.approx(w[labels == truth].sum() / w.sum())
    assert len(net.metrics().by_class) == K + 2
    net.save(tmp_path / "net", data=True)
    again = NeuralNetwork.load(tmp_path / "net")
    assert again.compute_loss() == net.compute_loss()
    assert again.predict(table).equals(net.predict(table))


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_newton_finds_the_same_optimum_by_the_hessian_and_by_its_products(extra):
    """A GLM has one optimum: the Hessian is formed up to a number of weights, beyond it is not."""
    table = make_table(FEW_CLASSES + 1, 150)
    nets = []
    for optimizer in (Newton(dense_limit=3 * 17 + extra), Newton(dense_limit=0)):
        net = NeuralNetwork("y ~ a + b", table, 0, seed=1, decay=0.01)
        nets.append(net.train(200, optimizer=optimizer, **QUIET))
        assert net.converged
    assert nets[0].theta.size == 3 * 17
    assert nets[1].objective()[0] == pytest.approx(nets[0].objective()[0], rel=1e-9)


@case_by_case("levels", [127, 128, 129, 32_767, 32_768, 32_769])
def test_codes_of_categories_may_be_of_any_width(levels):
    """pandas has one byte for up to 128 levels, two for up to 32,768, then four."""
    codes = np.random.default_rng(1).permutation(levels)
    names = [f"c{level:05d}" for level in range(levels)]
    found = match_levels(pd.Categorical.from_codes(codes, names), names[::-1], "y")
    np.testing.assert_array_equal(found, levels - 1 - codes)


@pytest.mark.parametrize("levels", [127, 128, 129])
def test_network_of_categories_whose_codes_are_of_any_width(levels):
    codes, names = np.repeat(np.arange(levels), 3), [f"c{level:03d}" for level in range(levels)]
    data = pd.DataFrame({"y": pd.Categorical.from_codes(codes, names), "a": codes / levels})
    net = NeuralNetwork("y ~ a", data, 0, seed=1)
    # Of these scores that of the nearest place is the largest.
    places = np.arange(levels) / levels
    net.W1 = 4e4 * np.array([-(places**2) / 2.0, places])
    assert net.predict().equals(data["y"]) and net.accuracy() == 1.0
    np.testing.assert_array_equal(net.confusion_matrix().to_numpy(), 3.0 * np.eye(levels))
    predictor = NeuralNetwork("a ~ 0 + y", data, 0, seed=1)
    np.testing.assert_array_equal(predictor.X, np.eye(levels)[codes])


# Blocks elsewhere -----------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [1, 13, 4 * 50, 4 * 50 - 1, 65_536])
def test_matrix_is_the_same_however_it_is_filled(monkeypatch, numbers):
    rng = np.random.default_rng(2)
    y, a = rng.normal(size=(2, 50))
    data = pd.DataFrame({"y": y, "a": a, "g": np.resize(list("uvw"), 50)})
    data.loc[[3, 20], "a"] = np.nan
    monkeypatch.setattr(terms, "CACHE_NUMBERS", numbers)
    with pytest.warns(UserWarning, match="2 of 50 rows"):
        net = NeuralNetwork("y ~ a + g", data, 0, seed=1, init=0.0)
    kept = data.dropna()
    plain = np.column_stack([np.ones(48), kept["a"], kept["g"] == "v", kept["g"] == "w"])
    np.testing.assert_array_equal(net.X, plain)


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_matrix_is_the_same_in_blocks_of_the_default_size(extra):
    n = terms.CACHE_NUMBERS // 2 + extra
    a = np.random.default_rng(3).normal(size=n)
    X = NeuralNetwork("y ~ a", pd.DataFrame({"y": a, "a": a + 1.0}), 0, init=0.0).X
    np.testing.assert_array_equal(X, np.column_stack([np.ones(n), a + 1.0]))


def _list_parts(net):
    return net._model.perceptron, net.theta, net._model.batch


@pytest.mark.parametrize("rows", [1, 7, 20, 8_192])
@pytest.mark.parametrize("place", [0, 6, 19])
def test_unit_that_any_one_row_activates_is_not_dead(monkeypatch, place, rows):
    monkeypatch.setattr(blocks, "MIN_BLOCK_ROWS", rows)
    monkeypatch.setattr(blocks, "MAX_BLOCK_ROWS", rows)
    a = np.full(20, -1.0)
    a[place] = 1.0
    net = NeuralNetwork("y ~ a", pd.DataFrame({"y": a / 2, "a": a}), 2, activation="relu", seed=1)
    net.W1 = [[0.0, -2.0], [1.0, 1.0]]  # the second is dead in every row
    assert hidden_units.measure_units(*_list_parts(net))[:2] == (1, 2)


def test_unit_that_only_the_last_row_activates_is_not_dead():
    a = np.append(np.full(blocks.choose_block_rows((2, 1, 1)), -1.0), 1.0)
    net = NeuralNetwork("y ~ a", pd.DataFrame({"y": a / 2, "a": a}), 1, activation="relu", seed=1)
    net.W1 = [[0.0], [1.0]]
    assert hidden_units.measure_units(*_list_parts(net))[:2] == (0, 1)
