"""Network objects: attributes, settable names, display, and copies."""

import copy
import rlcompleter

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table, take_snapshot
from scipy.special import expit, softmax

from neuralnet import NeuralNetwork

NAMES = (
    "X Y x_names classes theta W W1 W2 output history formula family hidden nobs gradient fitted "
    "inference explain summary tidy glance augment compare_hidden residuals engine dtype decay "
    "tuning converged message coef layers "
    "fit feedforward backpropagate train objective hessian compute_loss accuracy confusion_matrix "
    "metrics predict cross_validate compare update simulate "
    "clone sigmoid dsigmoid softmax restarts plot_regions plot_loss plot_tuning plot_network "
    "plot_confusion_matrix plot_effects plot_interval plot_residuals plot_calibration "
    "plot_importance plot_shape save load"
)
PUBLIC = set(NAMES.split())

MEANS = {
    "softmax": lambda eta: softmax(eta, axis=1),
    "binomial": expit,
    "gaussian": lambda eta: eta,
    "poisson": np.exp,
}


# Shapes and names -----------------------------------------------------------------------------


@case_by_case(
    ("hidden", "shapes"),
    [
        (4, [(5, 4), (5, 3)]),
        ([4], [(5, 4), (5, 3)]),
        ([4, 2], [(5, 4), (5, 2), (3, 3)]),
        ((4, 2), [(5, 4), (5, 2), (3, 3)]),
        (np.int64(4), [(5, 4), (5, 3)]),
        (0, [(5, 3)]),
        ([], [(5, 3)]),
    ],
)
def test_shapes_follow_from_hidden(hidden, shapes):
    net = make_net(hidden=hidden)
    assert [W.shape for W in net.W] == shapes
    assert net.X.shape == (36, 5)
    assert net.output.shape == (36, 3)
    assert net.theta.shape == (sum(rows * columns for rows, columns in shapes),)
    assert hasattr(net, f"W{len(shapes)}")
    assert not hasattr(net, f"W{len(shapes) + 1}")
    assert not hasattr(net, "W0")


@case_by_case("hidden", [0, 3, [3, 2]])
@case_by_case("family", FORMULAS)
def test_output_equals_the_forward_pass_written_out(family, hidden):
    net = make_net(family, hidden, activation="tanh")
    h = net.X
    for W in net.W[:-1]:
        h = np.column_stack([np.ones(36), np.tanh(h @ W)])
    np.testing.assert_allclose(net.output, MEANS[family](h @ net.W[-1]), rtol=1e-13)


def test_activations_are_assigned_layer_by_layer():
    net = make_net("gaussian", [3, 2], activation=["tanh", "sigmoid"])
    first = np.column_stack([np.ones(36), np.tanh(net.X @ net.W1)])
    second = np.column_stack([np.ones(36), expit(first @ net.W2)])
    np.testing.assert_allclose(net.output, second @ net.W3, rtol=1e-13)


def test_without_intercept_only_the_first_layer_loses_its_bias():
    net = NeuralNetwork("cost ~ x1 + x2 - 1", make_table(), hidden=3, seed=1)
    assert net.x_names == ["x1", "x2"]
    assert [W.shape for W in net.W] == [(2, 3), (4, 1)]
    np.testing.assert_array_equal(net.X, make_table()[["x1", "x2"]])


def test_columns_of_the_design_are_named_as_typed(iris):
    net = NeuralNetwork("Species ~ log(Petal.Width) + Sepal.Length", iris, seed=1)
    assert net.x_names == ["Intercept", "log(Petal.Width)", "Sepal.Length"]
    np.testing.assert_array_equal(net.X[:, 0], 1.0)
    np.testing.assert_array_equal(net.X[:, 1], np.log(iris["Petal.Width"]))


def test_classes_have_a_fixed_order():
    table = make_table()
    assert make_net("softmax").classes == ["small", "middle", "large"]
    assert make_net("binomial").classes == [False, True]
    assert make_net("gaussian").classes == []
    as_text = table.assign(species=table["species"].astype(str))
    assert NeuralNetwork("species ~ x1", as_text, seed=1).classes == ["large", "middle", "small"]


@pytest.mark.parametrize("family", FORMULAS)
def test_response_is_kept_in_its_original_dtype(family):
    response = FORMULAS[family].split()[0]
    pd.testing.assert_series_equal(make_net(family).Y, make_table()[response])


def test_attributes_describe_the_network():
    net = make_net("binomial", [3, 2])
    assert (net.formula, net.family, net.nobs) == (FORMULAS["binomial"], "binomial", 36)
    assert list(net.hidden) == [3, 2]
    assert net.converged is False


def test_coef_labels_rows_and_columns():
    frames = make_net("softmax", 2).coef()
    assert list(frames) == ["W1", "W2"]
    assert list(frames["W1"].index) == ["Intercept", "x1", "x2", "kind[T.b]", "kind[T.c]"]
    assert list(frames["W1"].columns) == list(frames["W2"].index[1:]) == ["h1", "h2"]
    assert frames["W2"].index[0] == "Intercept"
    assert list(frames["W2"].columns) == ["small", "middle", "large"]


@pytest.mark.parametrize(("family", "outputs"), [("binomial", [True]), ("gaussian", ["cost"])])
def test_coef_of_one_output_and_two_layers(family, outputs):
    net = make_net(family, [2, 3])
    frames = net.coef()
    assert list(frames["W3"].columns) == outputs
    assert list(frames["W2"].columns) == list(frames["W3"].index[1:])
    assert frames["W1"].columns.intersection(frames["W2"].columns).empty
    for frame, W in zip(frames.values(), net.W, strict=True):
        np.testing.assert_array_equal(frame, W)


# Consistency of the weights -------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [0, 3, [3, 2]])
def test_theta_holds_the_matrices_row_by_row_layer_after_layer(hidden):
    net = make_net(hidden=hidden)
    np.testing.assert_array_equal(net.theta, [w for W in net.W for row in W for w in row])
    assert all(np.shares_memory(W, net.theta) for W in net.W)
    np.testing.assert_array_equal(net.W1, net.W[0])


@pytest.mark.parametrize("name", ["theta", "W1", "W2", "X", "output"])
def test_arrays_cannot_be_written_into(name):
    net = make_net()
    for go_on in (net.feedforward, net.backpropagate, net.clone):
        with pytest.raises(ValueError, match="read-only"):
            getattr(net, name)[0] = 0.0
        net = go_on()


@pytest.mark.parametrize("name", ["theta", "W1", "W2", "W3"])
def test_assignment_copies(name):
    net = make_net(hidden=[3, 2])
    others = {other: np.array(getattr(net, other)) for other in ("W1", "W2", "W3")}
    values = np.random.default_rng(2).normal(size=getattr(net, name).shape)
    kept = values.copy()
    setattr(net, name, values)
    values[:] = 0.0
    np.testing.assert_array_equal(getattr(net, name), kept)
    for other in set(others) - {name} if name != "theta" else ():
        np.testing.assert_array_equal(getattr(net, other), others[other])


def test_assignment_takes_lists_and_the_frames_of_coef():
    net, twin = make_net(seed=1), make_net(seed=2)
    twin.W1, twin.W2 = net.coef()["W1"], net.W2.tolist()
    assert twin.theta.tobytes() == net.theta.tobytes()
    twin.theta = range(net.theta.size)
    assert twin.W1[0].tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("name", ["theta", "W1"])
def test_assignment_starts_a_new_optimizer_state_and_keeps_the_history(name):
    options = {"optimizer": "momentum", "learn_rate": 0.001, "trace": 0}
    net = make_net().train(5, **options)
    rolling, still = net.clone(), net.clone()
    setattr(still, name, getattr(net, name))
    fresh = make_net()
    fresh.theta = net.theta
    for one in (rolling, still, fresh):
        one.train(1, **options)
    assert still.theta.tobytes() == fresh.theta.tobytes() != rolling.theta.tobytes()
    assert len(still.history) == 6


def test_output_is_what_feedforward_stored_until_theta_changes():
    net = make_net().feedforward()
    before = net.output
    assert net.output is before
    np.testing.assert_array_equal(before, net.fit())
    net.backpropagate(0.01)
    assert not np.array_equal(net.output, before)
    np.testing.assert_array_equal(net.output, net.fit())
    net.feedforward().W2 = np.zeros((4, 3))
    np.testing.assert_allclose(net.output, 1 / 3, rtol=1e-15)


# Settable names, and displayed names ----------------------------------------------------------


@case_by_case(
    ("name", "wanted"),
    [
        ("X", ["read-only", "theta", "W1", "W2"]),
        ("output", ["read-only"]),
        ("train", ["read-only"]),
        ("w1", ["no attribute 'w1'", "Did you mean 'W1'?"]),
        ("tetha", ["no attribute 'tetha'", "Did you mean 'theta'?"]),
        ("W3", ["no attribute 'W3'", "theta, W1, W2"]),
        ("learn_rate", ["no attribute 'learn_rate'", "theta, W1, W2"]),
    ],
)
def test_other_names_cannot_be_set(name, wanted):
    net = make_net()
    before = take_snapshot(net)
    with pytest.raises(AttributeError) as caught:
        setattr(net, name, 1)
    assert [each for each in wanted if each not in str(caught.value)] == []
    assert take_snapshot(net) == before


@pytest.mark.parametrize(
    ("name", "meant"), [("w1", "W1"), ("predcit", "predict"), ("Coef", "coef")]
)
def test_unknown_names_suggest_the_closest(name, meant):
    with pytest.raises(AttributeError, match=f"{name!r}.*Did you mean '{meant}'"):
        getattr(make_net(), name)


def test_dir_shows_the_public_names_and_nothing_else():
    net = make_net()
    assert set(dir(net)) == PUBLIC
    assert set(dir(make_net(hidden=[3, 2]))) == PUBLIC | {"W3"}
    assert set(dir(make_net(hidden=0))) == PUBLIC - {"W2"}
    assert [name for name in dir(net) if not hasattr(net, name)] == []


def test_tab_completion_shows_the_public_names_and_nothing_else():
    net = make_net()
    found = rlcompleter.Completer({"net": net}).attr_matches("net.")
    assert {name.removeprefix("net.").rstrip("()") for name in found} == PUBLIC
    assert rlcompleter.Completer({"net": net}).attr_matches("net.plot_lo") == ["net.plot_loss("]


def test_tab_completion_in_ipython():
    completer = pytest.importorskip("IPython.core.completer")
    # Magics need a running shell, which a completer alone does not have.
    options = {"use_jedi": False, "disable_matchers": ["IPCompleter.magic_matcher"]}
    complete = completer.IPCompleter(namespace={"net": make_net()}, **options).completions
    with completer.provisionalcompleter():
        assert {found.text for found in complete("net.", 4)} == {f".{name}" for name in PUBLIC}


# Ownership and copies -------------------------------------------------------------------------


def test_network_keeps_nothing_of_the_users_frame():
    table = make_table()
    net = NeuralNetwork(FORMULAS["softmax"], table, seed=1).backpropagate()
    before = take_snapshot(net)
    table.loc[:, ["x1", "x2"]] = 0.0
    table["species"] = "large"
    labels, frame, history = net.Y, net.coef()["W1"], net.history
    labels.iloc[:] = "large"
    frame.iloc[:] = 0.0
    history["loss"] = 0.0
    net.classes.clear()
    net.x_names.clear()
    net.coef().clear()
    assert take_snapshot(net) == before


@pytest.mark.parametrize("make_copy", [NeuralNetwork.clone, copy.copy, copy.deepcopy])
def test_copies_are_equal_and_then_independent(make_copy):
    options = {"optimizer": "adam", "trace": 0, "tolerance": None}
    net = make_net(weights=np.arange(36) % 3, decay=0.01, scale=True).train(5, **options)
    twin = make_copy(net)
    before = take_snapshot(net, optimizer="adam")
    assert take_snapshot(twin, optimizer="adam") == before
    third = make_copy(net).train(7, **options)
    twin.backpropagate(0.02).train(7, **options).feedforward()
    twin.W1 = np.zeros((5, 3))
    assert take_snapshot(net, optimizer="adam") == before
    assert net.train(7, **options).history.equals(third.history)
    assert not net.history.equals(twin.history[:12])


def test_clone_shares_no_array():
    net = make_net().train(300, trace=0, learn_rate=0.001).feedforward()
    twin = net.clone()
    for name in ("X", "theta", "W1", "output"):
        assert not np.shares_memory(getattr(net, name), getattr(twin, name)), name
        assert not getattr(twin, name).flags.writeable, name


# Starting weights -----------------------------------------------------------------------------


def test_same_seed_same_bits_and_numpys_own_generator_is_left_alone():
    before = np.random.get_state()
    nets = [make_net(seed=seed) for seed in (7, 7, np.random.default_rng(7), 8, None, None)]
    for net in nets:
        net.train(3, trace=0, tolerance=None)
    bits = [net.theta.tobytes() for net in nets]
    assert bits[0] == bits[1] == bits[2]
    assert len(set(bits)) == 4
    after = np.random.get_state()
    assert [*map(np.array_equal, before, after)] == [True] * 5


def test_a_shared_generator_continues_across_networks():
    rng = np.random.default_rng(7)
    assert make_net(seed=rng).theta.tobytes() != make_net(seed=rng).theta.tobytes()


def test_table_of_restarts_is_made_once_for_a_fit(monkeypatch):
    net = make_net("gaussian", hidden=1, decay=0.1).train(trace=0, optimizer="newton", restarts=2)
    first = net.restarts
    made = net.clone().restarts
    monkeypatch.setattr("neuralnet.network.network.tabulate_ends", lambda *_: 1 / 0)
    pd.testing.assert_frame_equal(net.restarts, first)
    pd.testing.assert_frame_equal(made, first)
    # It is the caller's own.
    table = net.restarts
    table["loss"] = 0.0
    pd.testing.assert_frame_equal(net.restarts, first)
    with pytest.raises(ZeroDivisionError):
        _ = net.train(trace=0, optimizer="newton", restarts=2).restarts
