"""train(mask=): fixed weights keep their bits, and the others reach the constrained optimum."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
import statsmodels.api as sm
from loops import case_by_case
from networks import FORMULAS, OPTIMIZERS, make_net, make_table

from neuralnet import ConvergenceWarning, DataWarning, NeuralNetwork, load_iris
from neuralnet.optimizers import Adam

REFERENCE = Path(__file__).parents[1] / "reference"
NNET = json.loads((REFERENCE / "nnet_mask.json").read_text("utf-8"))
QUIET = {"trace": 0, "tolerance": None}
JUDGES = {
    "gaussian": sm.families.Gaussian,
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
}
second_order = case_by_case("optimizer", ["newton", "lbfgs"])


def make_mask(net):
    """Every third weight is fixed, among them intercepts and biases."""
    return np.arange(net.theta.size) % 3 != 0


# Optima, computed in another way ---------------------------------------------------------------


def make_line_table(n=80):
    """Columns whose mean is far from 0, so that centering would move the intercept."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(20.0, 3.0, n), rng.normal(-4.0, 0.5, n)
    score = 0.3 * (a - 20.0) - (b + 4.0)
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "gaussian": score + rng.normal(size=n),
            "binomial": (score + rng.logistic(size=n) > 0).astype(int),
            "poisson": rng.poisson(np.exp(0.3 * score)),
        }
    )


@second_order
@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("fixed", ["Intercept", "a"])
@pytest.mark.parametrize("family", JUDGES)
def test_glm_with_a_fixed_coefficient_is_one_with_an_offset(family, fixed, scale, optimizer):
    table = make_line_table()
    net = NeuralNetwork(f"{family} ~ a + b", table, 0, family=family, scale=scale)
    value = {"Intercept": 0.1, "a": 0.2}[fixed]
    start = net.coef()["W1"] * 0.0
    start.loc[fixed] = value
    net.W1 = start
    net.train(optimizer=optimizer, mask={"W1": start.index.to_numpy()[:, None] != fixed}, trace=0)
    assert net.converged
    X = table[["a", "b"]].assign(Intercept=1.0)
    free = [name for name in net.x_names if name != fixed]
    judge = sm.GLM(table[family], X[free], family=JUDGES[family](), offset=value * X[fixed])
    found = net.coef()["W1"].iloc[:, 0]
    assert found[fixed] == value
    expected = judge.fit(tol=1e-14, maxiter=200).params
    np.testing.assert_allclose(found[free], expected, rtol=1e-6)


@second_order
def test_least_squares_of_what_a_fixed_coefficient_leaves(optimizer):
    table = make_line_table()
    net = NeuralNetwork("gaussian ~ a + b - 1", table, 0)
    net.theta = [0.25, 0.0]
    net.train(optimizer=optimizer, mask=[False, True], trace=0)
    b = table["b"].to_numpy()
    expected = np.linalg.lstsq(b[:, None], table["gaussian"] - 0.25 * table["a"], rcond=None)[0]
    assert net.converged and net.theta[0] == 0.25
    assert net.theta[1] == pytest.approx(expected[0], rel=1e-9)


@second_order
@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("family", FORMULAS)
def test_hidden_layer_ends_where_scipy_finds_no_lower_loss(family, scale, optimizer):
    net = make_net(family, 2, decay=0.05, scale=scale, skip=True)
    mask, start = make_mask(net), net.theta
    net.train(optimizer=optimizer, mask=mask, trace=0)
    assert net.converged
    assert net.theta[~mask].tobytes() == start[~mask].tobytes()

    def evaluate(free):
        theta = net.theta.copy()
        theta[mask] = free
        value, gradient = net.objective(theta)
        return value, gradient[mask]

    here = net.theta[mask]
    value, gradient = evaluate(here)
    assert np.abs(gradient).max() < 1e-4
    found = scipy.optimize.minimize(evaluate, here, jac=True, method="BFGS")
    assert found.fun == pytest.approx(value, rel=1e-9)
    # Away from it, and back: it is the minimum of a neighbourhood.
    near = scipy.optimize.minimize(evaluate, here + 0.01, jac=True, method="BFGS")
    assert near.fun >= value - 1e-9


@pytest.mark.parametrize(
    ("family", "formula", "squares"),
    # R's nnet takes the whole sum of squares.
    [("softmax", "Species ~ .", 1.0), ("gaussian", "Sepal.Length ~ . - Species", 2.0)],
)
def test_optimum_of_nnet_is_one_here(family, formula, squares):
    there = NNET[family]
    net = NeuralNetwork(formula, load_iris(), there["size"], decay=there["decay"] / squares)
    # For each unit its bias, then its inputs.
    positions = net._model.perceptron.unflatten(np.arange(net.theta.size))
    order = np.concatenate([matrix.T.ravel() for matrix in positions])
    start, end, mask = np.empty(order.size), np.empty(order.size), np.empty(order.size, bool)
    start[order], end[order], mask[order] = there["start"], there["wts"], there["mask"]
    net.theta = end
    assert squares * net.objective()[0] == pytest.approx(there["value"], rel=1e-9)
    net.train(optimizer="newton", mask=mask, trace=0)
    assert net.converged
    assert net.theta[~mask].tobytes() == start[~mask].tobytes()
    assert squares * net.objective()[0] == pytest.approx(there["value"], rel=1e-7)
    np.testing.assert_allclose(net.theta, end, rtol=0, atol=2e-2)


# Fixed weights keep their bits -----------------------------------------------------------------

OPTIONS = {
    "plain": ({}, {}),
    "decay": ({"decay": 0.1}, {}),
    "scale": ({"decay": 0.1, "scale": True}, {}),
    "validation": ({}, {"validation": 0.25}),
    "compiled": ({"engine": "compiled", "decay": 0.1}, {}),
    "float32": ({"dtype": "float32"}, {}),
    "lasso": ({"decay": 0.1, "mixture": 0.5}, {}),
    "batches": ({"decay": 0.1}, {"batch_size": 10}),
    "gradient": ({"scale": False}, {"gradient_tolerance": 1e-3}),
}
UNABLE = {("lasso", "lbfgs"), ("lasso", "newton")} | {
    ("batches", name) for name in ("lbfgs", "newton", "rprop")
}
# The others take the same path: engines run their fused steps for all weights only.
UNABLE |= {("compiled", name) for name in OPTIMIZERS if name not in ("rprop", "newton")}
CASES = [
    (name, optimizer)
    for name in OPTIONS
    for optimizer in OPTIMIZERS
    if (name, optimizer) not in UNABLE
]


@pytest.mark.xdist_group("machine code")
@case_by_case(("name", "optimizer"), CASES)
def test_fixed_weights_keep_their_bits_and_calls_can_be_cut(name, optimizer, tmp_path):
    settings, options = OPTIONS[name]
    net = make_net("softmax", 2, **settings)
    mask, start = make_mask(net), net.theta.copy()
    start[3], start[6] = -0.0, 1.0 / 3.0
    net.theta = start
    options = {"optimizer": optimizer, "mask": mask, **options, **QUIET}
    twin, path = net.clone(), tmp_path / "net.nn"
    net.train(6, **options)
    assert net.theta[~mask].tobytes() == start[~mask].tobytes()
    assert (net.theta[mask] != start[mask]).any()
    twin.train(2, **options).save(path)
    twin = NeuralNetwork.load(path, make_table()).train(4, **options)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert net.history.equals(twin.history)
    assert "7 of 19 weights were fixed by mask=." in net.message


@pytest.mark.parametrize("batch_size", [None, 10])
def test_no_decoupled_decay_of_fixed_weights(batch_size):
    net = make_net("softmax", 2)
    mask, start = make_mask(net), net.theta
    net.train(5, optimizer=Adam(decay=0.5), mask=mask, batch_size=batch_size, **QUIET)
    assert net.theta[~mask].tobytes() == start[~mask].tobytes()


def test_first_order_step_is_that_of_all_weights_for_the_free_ones():
    net, twin = make_net("softmax", 2, decay=0.1), make_net("softmax", 2, decay=0.1)
    mask = make_mask(net)
    net.train(1, 0.01, mask=mask, **QUIET)
    twin.train(1, 0.01, **QUIET)
    np.testing.assert_allclose(net.theta[mask], twin.theta[mask], rtol=1e-14)


def test_another_mask_starts_the_optimizer_anew():
    net = make_net("softmax", 2)
    mask = make_mask(net)
    options = {"optimizer": "momentum", **QUIET}
    net.train(3, mask=mask, **options)
    twin = make_net("softmax", 2)
    twin.theta = net.theta
    for other in (np.roll(mask, 1), None):
        assert net.train(3, mask=other, **options).theta.tobytes() == (
            twin.train(3, mask=other, **options).theta.tobytes()
        )


def test_checkpoint_continues_to_the_same_bits(tmp_path):
    net, path = make_net("softmax", 2), tmp_path / "run.nn"
    options = {"optimizer": "adam", "mask": make_mask(net), "validation": 0.25, **QUIET}
    twin = net.clone().train(8, **options)
    net.train(5, checkpoint=path, every=2, **options)
    found = NeuralNetwork.load(path, make_table()).train(3, **options)
    assert found.theta.tobytes() == twin.theta.tobytes()


@pytest.mark.parametrize("n_jobs", [None, 1])
def test_starts_share_the_fixed_weights(n_jobs):
    net = make_net("softmax", 2, decay=0.1)
    mask, start, seen = make_mask(net), net.theta, []

    def look(net, iteration):
        seen.append(net.theta.copy())

    call = {"callback": look} if n_jobs else {}
    net.train(3, optimizer="rprop", mask=mask, restarts=3, n_jobs=n_jobs, **call, **QUIET)
    assert net.theta[~mask].tobytes() == start[~mask].tobytes()
    assert net.restarts["loss"].nunique() == 3
    assert all(each[~mask].tobytes() == start[~mask].tobytes() for each in seen)
    best = net.restarts["penalized_loss"].min()
    assert net.objective()[0] == pytest.approx(best, rel=1e-12)


def test_weights_of_the_lowest_validation_loss_are_kept():
    net, held = make_net("softmax", 2), [0, 5, 9, 14, 20]
    mask, start = make_mask(net), net.theta
    net.train(300, 0.3, optimizer="adam", mask=mask, validation=held, patience=20, **QUIET)
    losses = net.history["validation_loss"]
    assert "weights of iteration" in net.message and losses.iloc[-1] > losses.min()
    kept = net.compute_loss(make_table().iloc[held])
    assert kept == pytest.approx(losses.min(), rel=1e-12)
    assert net.theta[~mask].tobytes() == start[~mask].tobytes()


def test_gradient_tolerance_counts_free_weights_alone():
    net = NeuralNetwork("gaussian ~ a + b", make_line_table(), 0)
    net.theta = [0.1, 0.2, 0.0]
    options = {"mask": [False, False, True], "gradient_tolerance": 1e-6, "trace": 0}
    net.train(500, learn_rate=5e-4, **options)
    assert net.converged and len(net.history) < 500
    assert np.abs(net.objective()[1][:2]).max() > 1.0


# Automatic training ----------------------------------------------------------------------------


def test_automatic_training_with_a_known_decay():
    net = make_net("softmax", 2, decay=0.1)
    mask, start = make_mask(net), net.theta
    net.train(mask=mask, trace=0)
    assert net.converged
    assert net.theta[~mask].tobytes() == start[~mask].tobytes()
    assert np.abs(net.objective()[1][mask]).max() < 1e-4
    assert len(net.restarts) > 1


@pytest.mark.parametrize(
    ("decay", "options", "text"),
    [
        (None, {}, "a number as decay, such as decay=0, or name an optimizer"),
        ("cv", {}, "a number as decay"),
        ("cv", {"optimizer": "lbfgs"}, "a number as decay"),
    ],
)
def test_no_choice_of_a_decay(decay, options, text):
    net = make_net("softmax", 2, decay=decay)
    before = net.theta
    with pytest.raises(ValueError, match=text):
        net.train(mask=make_mask(net), **options)
    assert net.theta is before


def test_a_mask_that_fixes_nothing_is_none():
    net, twin = make_net("gaussian", 0), make_net("gaussian", 0)
    net.train(mask=np.ones(net.theta.size, dtype=bool), trace=0)
    assert net.theta.tobytes() == twin.train(trace=0).theta.tobytes()
    assert "mask" not in net.message


def test_folds_have_weights_of_their_own():
    net = make_net("softmax", 2, decay=0.1)
    with pytest.raises(TypeError, match=r"mask= fixes weights at the values .* offset"):
        net.cross_validate(3, mask=make_mask(net), optimizer="newton")
    assert net.cross_validate(3, mask=None, optimizer="newton").k == 3


def test_penalty_of_a_sum_of_weights_has_no_proximal_step():
    table = make_line_table()
    options = {"decay": 0.1, "mixture": 0.5, "hidden": 0}
    mask = [False, True, True]
    net = NeuralNetwork("gaussian ~ a + b", table, scale=True, **options)
    with pytest.raises(ValueError, match="penalize_bias=False or scale=False"):
        net.train(5, optimizer="rprop", mask=mask, trace=0)
    for more in ({"scale": False}, {"scale": True, "penalize_bias": False}):
        net = NeuralNetwork("gaussian ~ a + b", table, **options, **more)
        net.theta = [0.1, 0.0, 0.0]
        net.train(200, optimizer="rprop", mask=mask, trace=0)
        assert net.theta[0] == 0.1 and net.theta[1:].all()


# What is said ----------------------------------------------------------------------------------


def test_constrained_optimum_may_be_worse_than_an_intercept():
    table = make_line_table()
    net = NeuralNetwork("gaussian ~ a + b", table, 0)
    net.theta = [0.0, 5.0, 0.0]
    net.train(optimizer="newton", mask=[True, False, True], trace=0)
    assert net.converged
    assert "intercept alone reaches" not in net.message
    assert "1 of 3 weights was fixed by mask=." in repr(net)


def test_fixing_one_of_two_collinear_columns_is_a_remedy():
    table = make_line_table().assign(c=lambda t: 2.0 * t["a"])
    net = NeuralNetwork("gaussian ~ a + b + c", table, 0)
    net.theta = [0.0, 0.0, 0.0, 0.0]
    with pytest.warns(DataWarning, match="collinear"):
        net.clone().train(optimizer="newton", trace=0)
    with pytest.warns(DataWarning, match="collinear"):
        net.clone().train(optimizer="newton", mask=[True, True, False, True], trace=0)
    net.train(optimizer="newton", mask=[True, True, True, False], trace=0)
    assert net.converged and "collinear" not in net.message


def test_separation_by_free_weights_is_reported_and_that_by_fixed_ones_is_none():
    table = pd.DataFrame({"x": np.arange(20.0), "z": np.tile([0.0, 1.0], 10)})
    table["y"] = table["x"] > 9.5
    net = NeuralNetwork("y ~ x + z", table, 0, family="binomial")
    net.theta = [0.0, 0.0, 0.0]
    for mask in ([True, True, False], [True, True, True]):
        with pytest.warns(ConvergenceWarning, match=r"[Ss]eparat"):
            twin = net.clone().train(optimizer="newton", mask=mask, trace=0)
        assert not twin.converged
    net.theta = [-9.5, 1.0, 0.0]
    net.train(optimizer="newton", mask=[True, False, True], trace=0)
    assert net.converged


def test_reference_class_of_a_softmax_model():
    """With the weights of the first class at 0 the others are those of statsmodels."""
    iris = load_iris().iloc[50:]
    iris = pd.concat([iris, iris.assign(Species="both")], ignore_index=True)
    iris.loc[::3, "Species"] = "other"
    net = NeuralNetwork("Species ~ `Sepal.Width`", iris, 0)
    net.W1 = net.coef()["W1"] * 0.0
    mask = np.ones(net.W1.shape, dtype=bool)
    mask[:, 0] = False
    net.train(optimizer="newton", mask={"W1": mask}, trace=0)
    codes = iris["Species"].map({name: i for i, name in enumerate(net.coef()["W1"])})
    judge = sm.MNLogit(codes.to_numpy(), sm.add_constant(iris["Sepal.Width"].to_numpy()))
    expected = judge.fit(disp=False, tol=1e-12).params
    assert net.converged and not net.W1[:, 0].any()
    np.testing.assert_allclose(net.W1[:, 1:], expected, rtol=0, atol=1e-6)


def test_copies_and_updates():
    net = make_net("softmax", 2, decay=0.1)
    mask = make_mask(net)
    net.train(3, optimizer="adam", mask=mask, **QUIET)
    twin = net.clone()
    for each in (net, twin):
        each.train(3, optimizer="adam", mask=mask, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()
    other = net.update(hidden=3)
    assert "mask" not in other.message
    assert other.train(2, optimizer="adam", **QUIET).theta.size != net.theta.size
