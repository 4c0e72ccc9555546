"""Automatic training: when it applies, which options it chooses, and which it leaves unchanged."""

import os
import pickle
import re
import subprocess
import sys
import warnings
from copy import copy, deepcopy
from dataclasses import replace
from functools import cache, partial
from itertools import count

import numpy as np
import pandas as pd
import pytest
from extent import ALL
from forgery import find_record, forge
from loops import case_by_case
from networks import FORMULAS, make_table, take_snapshot

from neuralnet import (
    CorruptFileError,
    NeuralNetwork,
    OverconfidenceWarning,
    load_hotdogs,
    load_iris,
    load_planar,
)
from neuralnet.activations import Tanh
from neuralnet.selection import defaults, regularization_path, training_setup
from neuralnet.selection.defaults import DECAYS, FOLDS, MIN_FOLD_ROWS, SMALL_TABLE_DECAY
from neuralnet.selection.overconfidence import describe_overconfidence
from neuralnet.training import fit
from neuralnet.training.stages import StageReporter

# Each training here tries decays in folds and several starts.
pytestmark = pytest.mark.long

QUIET = {"trace": 0}
TABLE = make_table(60)
XOR = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "y": ["no", "yes", "yes", "no"]})


def make_net(family="gaussian", hidden=2, table=TABLE, **options):
    """Build a network with these options; training chooses the rest."""
    return NeuralNetwork(FORMULAS[family], table, hidden, **{"seed": 1, "family": family} | options)


@cache
def train_once(family="gaussian"):
    """Return the network that automatic training ends at, for tests that only read it."""
    return make_net(family).train(**QUIET)


@pytest.fixture
def starts(monkeypatch):
    """Record the plan and the weights with which each training begins."""
    seen = []

    def advance(objective, plan, state, *rest):
        seen.append((plan, state.theta))
        return loop_advance(objective, plan, state, *rest)

    loop_advance = fit.advance
    monkeypatch.setattr(fit, "advance", advance)
    return seen


@pytest.fixture
def no_search(monkeypatch):
    """Fail where a decay is tried."""

    def refuse(*args, **options):
        raise AssertionError("a decay was tried")

    monkeypatch.setattr(regularization_path, "_fit", refuse)


def interrupt(monkeypatch, number, fault):
    """Raise an exception in one of the fits that try decays, by its number."""
    numbers, fit = count(1), regularization_path._fit

    def fail(*args):
        if next(numbers) == number:
            raise fault
        return fit(*args)

    monkeypatch.setattr(regularization_path, "_fit", fail)


def expose(net):
    """Bits and texts of a network that training can change."""
    return (
        net.theta.tobytes(),
        net.history.to_csv(),
        net.message,
        net.converged,
        net.tuning.drop(columns="seconds").to_csv(),
        net.restarts.to_csv(),
        net._model.used,
        repr(net),
    )


# When training is automatic ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [{}, {"tolerance": "default"}, {"validation": 0.2}, {"restarts": 2}, {"patience": 9}],
    ids=str,
)
def test_training_is_automatic_by_default(arguments):
    more = {"validation": 0.2} if "patience" in arguments else {}
    net = make_net(table=make_table(80)).train(**arguments, **more, **QUIET)
    assert len(net.tuning) == len(DECAYS)
    assert net.message.startswith("Chose decay ")
    assert net._model.used.scale and net.decay in DECAYS


@pytest.mark.parametrize(
    "arguments",
    [
        {"iterations": 7},
        {"iterations": 7, "optimizer": "newton"},
        {"learn_rate": 0.001, "iterations": 7},
        {"tolerance": None, "iterations": 7},
        {"learn_rate": 0.001},
        {"tolerance": 1e-9, "iterations": 7},
        {"optimizer": "lbfgs"},
        {"optimizer": "gradient_descent", "learn_rate": 1e-3},
    ],
    ids=str,
)
def test_training_is_manual_if_any_option_is_given(arguments, no_search):
    net = make_net(hidden=0)
    given = net._model.used
    net.train(**arguments, **QUIET)
    assert net.tuning.empty and net._model.used == given
    assert "decay" not in net.message.replace("some decay", "")


def test_manual_training_is_backpropagation_from_the_weights_drawn_first():
    net, twin = make_net("softmax"), make_net("softmax")
    for _ in range(5):
        twin.backpropagate(0.01)
    assert net.train(5, **QUIET).theta.tobytes() == twin.theta.tobytes()


# Starting weights -----------------------------------------------------------------------------


def test_fresh_network_starts_from_none_of_its_weights(starts):
    net = make_net()
    first = net.theta
    net.train(restarts=4, **QUIET)
    thetas = [theta for _, theta in starts]
    assert len(net.restarts) == len(thetas) == 4
    assert not any(np.array_equal(theta, first) for theta in thetas)
    assert len({theta.tobytes() for theta in thetas}) == 4


def test_automatic_training_starts_from_weights_of_manual_steps(starts):
    net = make_net().feedforward().backpropagate()
    starts.clear()
    theta = net.theta
    net.train(**QUIET)
    assert [each.tobytes() for _, each in starts] == [theta.tobytes()]
    assert "from the present weights" in net.message and len(net.tuning) == len(DECAYS)


@pytest.mark.parametrize("move", ["trained", "assigned", "theta"])
def test_weights_that_are_not_drawn_are_the_first_start_of_several(move, starts):
    net = make_net()
    if move == "trained":
        net.train(3, optimizer="adam", **QUIET)
    elif move == "assigned":
        net.W1 = np.linspace(-1, 1, net.W1.size).reshape(net.W1.shape)
    else:
        net.theta = np.linspace(-1, 1, net.theta.size)
    starts.clear()
    theta = net.theta
    net.train(restarts=3, **QUIET)
    assert starts[0][1].tobytes() == theta.tobytes()
    assert len({each.tobytes() for _, each in starts}) == 3
    assert "best of 3 starts, the present weights first" in net.message


def test_assigned_weights_survive_a_choice_that_was_interrupted(monkeypatch, starts):
    net = make_net()
    net.theta = np.linspace(-1, 1, net.theta.size)
    theta, message = net.theta, net.message
    with monkeypatch.context() as patch:
        interrupt(patch, 2 * len(DECAYS) + 3, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            net.train(**QUIET)
    assert net.theta is theta and net.message == message
    assert [each.tobytes() for _, each in starts] == []
    net.train(**QUIET)
    assert starts[0][1].tobytes() == theta.tobytes()


def test_interrupted_starts_leave_the_best_of_those_that_ended():
    """The first two of ten starts; the third was stopped at its first update."""
    number = 0

    def stop_in_third(net, iteration):
        nonlocal number
        number += iteration == 1
        if number == 3:
            raise KeyboardInterrupt

    net, whole = make_net("gaussian"), make_net("gaussian")
    with pytest.raises(KeyboardInterrupt):
        net.train(callback=stop_in_third, **QUIET)
    whole.train(**QUIET)
    ends = whole.restarts["penalized_loss"].iloc[:2]
    assert net.restarts["penalized_loss"].tolist() == ends.tolist()
    assert net.compute_loss(penalty=True) == pytest.approx(ends.min(), rel=1e-12)
    assert net.decay == whole.decay
    assert "the best before it is kept" in net.message


def test_without_hidden_units_one_start_is_enough(starts):
    make_net("softmax", 0).train(**QUIET)
    assert len(starts) == 1


def test_another_training_keeps_the_choice_and_goes_on(monkeypatch):
    net = train_once().clone()
    monkeypatch.setattr(regularization_path, "_fit", None)
    tuning, loss, number = net.tuning, net.compute_loss(penalty=True), len(net.history)
    net.train(**QUIET)
    pd.testing.assert_frame_equal(net.tuning, tuning)
    assert net.message.startswith(f"Kept decay {net.decay:g}, chosen before; ")
    assert net.compute_loss(penalty=True) <= loss * (1 + 1e-12)
    assert len(net.history) - number < 10 and net.converged


def test_manual_training_afterwards_has_the_decay_and_the_columns_that_were_chosen():
    net = train_once("softmax").clone()
    named = {"decay": net.decay, "scale": True, "penalize_bias": net._model.used.penalize_bias}
    twin = make_net("softmax", **named)
    theta = net.theta + 0.1
    net.theta = twin.theta = theta
    for each in (net, twin):
        each.train(4, optimizer="lbfgs", **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes() != theta.tobytes()


# Options of the user ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"decay": 0.3},
        {"decay": 0},
        {"decay": [0.1, 0.2]},
        {"scale": False},
        {"scale": True},
        {"penalize_bias": True},
        {"penalize_bias": False},
        {"init": 0.3},
        {"init": "he"},
        {"init": "uniform"},
        {"decay": "cv", "scale": False, "penalize_bias": True, "init": "he"},
        {"decay": 0.5, "scale": False, "penalize_bias": True, "init": 0.7},
    ],
    ids=str,
)
def test_settings_that_were_given_are_used(given):
    net = make_net(**given).train(**QUIET)
    used = net._model.used
    for name, value in given.items():
        if value != "cv":
            assert getattr(net._model.given, name) == getattr(used, name)
            assert np.array_equal(getattr(used, name), value)
    known = given.get("decay", "cv") != "cv"
    chosen = {"scale": True, "init": "glorot", "penalize_bias": known or bool(net.hidden)}
    assert all(getattr(used, name) == chosen[name] for name in {*chosen} - {*given})
    assert net.tuning.empty == known
    assert net.message.startswith("Took decay" if known else "Chose decay")
    # The fit is at an optimum of the loss with exactly this penalty.
    gradient = np.abs(net.objective()[1]).max()
    assert gradient < 1e-4 * net._model.baseline or given.get("decay") == 0


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"relative_tolerance": 1e-5}, "relative_tolerance"),
        ({"patience": 7, "validation": 0.25}, "patience"),
    ],
)
def test_rules_that_end_training_are_those_given(given, where, starts):
    make_net(decay=0.1).train(**given, **QUIET)
    assert starts and all(getattr(plan.rules, where) == given[where] for plan, _ in starts)


def test_gradient_tolerance_is_the_optimizers(starts):
    make_net(decay=0.1).train(gradient_tolerance=0.5, **QUIET)
    assert {plan.optimizer.gradient_tolerance for plan, _ in starts} == {0.5}


@pytest.mark.parametrize("mixture", [0.0, 0.5])
def test_mini_batches_choose_an_optimizer_that_takes_them(mixture, starts):
    net = make_net("softmax", mixture=mixture).train(batch_size=20, **QUIET)
    assert starts and all(plan.batch_size == 20 for plan, _ in starts)
    assert all(plan.optimizer.takes_batches for plan, _ in starts)
    assert "in mini-batches of 20 rows" in net.message and len(net.tuning)


def test_rows_held_out_are_those_given(starts):
    rows = np.arange(60) % 4 == 0
    net = make_net().train(validation=rows, **QUIET)
    assert all(plan.weights == (45, 15) for plan, _ in starts)
    assert "validation_loss" in net.history
    assert f"by {45 // MIN_FOLD_ROWS}-fold cross-validation" in net.message


def test_l1_penalty_has_an_optimizer_that_takes_it(starts):
    net = make_net("softmax", mixture=1.0, decay=0.5).train(**QUIET)
    assert all(plan.optimizer.takes_l1 for plan, _ in starts)
    phi = net._model.scaling.from_raw(net.theta)
    assert (phi == 0).any()


def test_activation_without_curvature_has_an_optimizer_without(starts):
    class Bare:
        name = "bare"

        def value(self, z):
            return Tanh().value(z)

        def slope(self, z, h):
            return Tanh().slope(z, h)

    net = make_net(activation=Bare()).train(**QUIET)
    assert not any(plan.optimizer.needs_curvature for plan, _ in starts)
    assert net.compute_loss() < 0.9 * net._model.baseline


WEIGHTS = np.linspace(0.5, 2.0, 60)
KINDS = [
    ("softmax", {}),
    ("binomial", {}),
    ("poisson", {}),
    ("gaussian", {"hidden": 0}),
    ("softmax", {"hidden": [4, 3]}),
    ("gaussian", {"skip": True}),
    ("gaussian", {"weights": WEIGHTS}),
    ("gaussian", {"offset": TABLE["x1"].to_numpy()}),
    ("softmax", {"class_weight": "balanced"}),
    ("gaussian", {"subset": np.arange(60) != 7}),
    ("gaussian", {"dtype": "float32"}),
    ("gaussian", {"activation": "relu"}),
    ("gaussian", {"penalty_factor": {"x1": 0.0}}),
]


@pytest.mark.parametrize(("family", "options"), KINDS, ids=str)
def test_networks_of_all_kinds_learn(family, options):
    net = make_net(family, **{"hidden": 3} | options).train(**QUIET)
    assert net.compute_loss() < 0.97 * net._model.baseline
    (chosen,) = net.tuning["decay"][net.tuning["chosen"]]
    assert net.decay == chosen and net.message.startswith(f"Chose decay {chosen:g} ")


@pytest.mark.parametrize(
    ("formula", "family"),
    [("cbind(won, lost) ~ x1 + x2", "binomial"), ("cbind(cost, x2) ~ x1 + kind", "gaussian")],
)
def test_several_responses_learn(formula, family):
    won = (make_table(60)["cost"] > 3) * 3
    table = TABLE.assign(won=won, lost=4 - won)
    net = NeuralNetwork(formula, table, 2, family=family, seed=1).train(**QUIET)
    assert net.compute_loss() < 0.9 * net._model.baseline and len(net.tuning)


@pytest.mark.xdist_group("machine code")
def test_compiled_engine_chooses_as_numpy_does():
    pytest.importorskip("numba")
    nets = [make_net(engine=engine).train(**QUIET) for engine in ("numpy", "compiled")]
    assert nets[1].engine == "compiled" and nets[0].decay == nets[1].decay
    # Hidden units may be permuted and change signs.
    np.testing.assert_allclose(nets[1].fitted, nets[0].fitted, rtol=1e-6)


# Quality of the fits ----------------------------------------------------------------------------


@case_by_case("seed", range(20))
def test_xor_is_solved(seed):
    net = NeuralNetwork("y ~ a + b", XOR, 2, seed=seed).train(**QUIET)
    assert net.accuracy() == 1.0 and net.decay == SMALL_TABLE_DECAY
    assert net.predict(type="probs").to_numpy().max(axis=1).min() > 0.9


@pytest.mark.parametrize("seed", range(20 if ALL else 2))
@pytest.mark.parametrize(
    ("formula", "load", "hidden", "least"),
    [
        ("Species ~ .", load_iris, 5, 0.97),
        ("class ~ .", load_hotdogs, 30, 0.99),
        ("class ~ .", load_hotdogs, 5, 0.80),
        ("y ~ .", load_planar, 5, 0.87),
    ],
    ids=["iris", "hotdogs-30", "hotdogs-5", "planar"],
)
def test_first_fit_is_a_good_fit(formula, load, hidden, least, seed):
    assert NeuralNetwork(formula, load(), hidden, seed=seed).train(**QUIET).accuracy() >= least


def test_fewer_rows_have_fewer_folds_and_too_few_take_a_small_decay(monkeypatch):
    net = make_net(table=TABLE[: 3 * MIN_FOLD_ROWS + 1]).train(**QUIET)
    assert len(net.tuning) == len(DECAYS) and "by 3-fold cross-validation" in net.message
    make_net(table=TABLE[: 2 * MIN_FOLD_ROWS]).train(**QUIET)
    monkeypatch.setattr(regularization_path, "_fit", None)
    net = make_net(table=TABLE[: 2 * MIN_FOLD_ROWS - 1]).train(**QUIET)
    assert net.decay == SMALL_TABLE_DECAY and net.tuning.empty
    reported = f"Took decay {SMALL_TABLE_DECAY:g}, as {2 * MIN_FOLD_ROWS - 1} rows are too few"
    assert net.message.startswith(reported)


def test_row_of_weight_0_is_no_row():
    """It neither counts as a row nor changes the folds: deviances are equal to the last bit."""
    table = pd.concat([TABLE, TABLE[:30].assign(cost=99.0, kind="a")])
    weights = np.repeat([1.0, 0.0], [60, 30])
    net = make_net(table=table, weights=weights).train(**QUIET)
    wanted = make_net(weights=np.ones(60)).train(**QUIET)
    np.testing.assert_array_equal(net.tuning["deviance"], wanted.tuning["deviance"])
    np.testing.assert_allclose(net.theta, wanted.theta, rtol=1e-6, atol=1e-9)
    few = make_net(weights=np.repeat([1.0, 0.0], [2 * MIN_FOLD_ROWS - 1, 61 - 2 * MIN_FOLD_ROWS]))
    assert few.train(**QUIET).decay == SMALL_TABLE_DECAY


def test_unit_of_case_weights_changes_no_fit():
    net = make_net(weights=np.ones(60)).train(**QUIET)
    for unit in (1e-3, 1e4):
        other = make_net(weights=np.full(60, unit)).train(**QUIET)
        assert other.decay == pytest.approx(net.decay * unit, rel=1e-12)
        np.testing.assert_allclose(other.tuning["deviance"], net.tuning["deviance"], rtol=1e-6)
        np.testing.assert_allclose(other.fitted, net.fitted, rtol=1e-6)


# Unusual tables ---------------------------------------------------------------------------------


def make_wide():
    rng = np.random.default_rng(2)
    X = pd.DataFrame(rng.normal(size=(50, 60))).add_prefix("x")
    return X.assign(y=X["x0"] + 0.1 * rng.normal(size=50))


ROW = np.arange(60)
TABLES = {
    "classes apart": ("win ~ x1 + x2", TABLE.assign(win=TABLE["x1"] > 0)),
    "response constant": ("cost ~ x1 + x2", TABLE.assign(cost=3.0)),
    "response nearly constant": ("cost ~ x1", TABLE.assign(cost=3.0 + 1e-9 * TABLE["cost"])),
    "counts of 0": ("count ~ x1 + x2", TABLE.assign(count=0)),
    "one count": ("count ~ x1 + x2", TABLE.assign(count=(ROW == 3) * 9)),
    "class of one row": ("win ~ x1 + x2", TABLE.assign(win=ROW == 5)),
    "class of three rows": ("win ~ x1 + x2", TABLE.assign(win=ROW < 3)),
    "level of one row": ("cost ~ x1 + g", TABLE.assign(g=np.where(ROW == 7, "rare", "often"))),
    "mean that a fold lacks": ("cost ~ scale(z) + x1", TABLE.assign(z=1.0 * (ROW == 7))),
    "rows of the same": ("cost ~ x1 + x2", pd.concat([TABLE[:6]] * 10)),
    "more columns than rows": ("y ~ .", make_wide()),
    "columns of the same": ("cost ~ x1 + z", TABLE.assign(z=TABLE["x1"])),
    "outlier in y": ("cost ~ x1 + x2", TABLE.assign(cost=TABLE["cost"] + 1e6 * (ROW == 4))),
    "outlier in x": ("cost ~ x1 + x2", TABLE.assign(x2=TABLE["x2"] + 1e6 * (ROW == 4))),
    "units that overflow": ("cost ~ x1 + x2", TABLE.assign(cost=TABLE["cost"] * 1e150)),
    "no column": ("cost ~ 1", TABLE),
    "no intercept": ("cost ~ x1 + x2 - 1", TABLE),
}


@pytest.mark.parametrize("name", TABLES)
def test_any_table_trains(name):
    """All numbers are finite, and the only warning is that nothing was found."""
    formula, table = TABLES[name]
    family = "poisson" if formula.startswith("count") else None
    net = NeuralNetwork(formula, table, 2, seed=1, family=family)
    with warnings.catch_warnings(record=True) as reported:
        warnings.simplefilter("always")
        net.train(**QUIET)
    words = [str(each.message) for each in reported]
    wanted = "No decay that was|Overconfident|in a fold of .* of all rows"
    assert all(re.match(wanted, each) for each in words), words
    assert np.isfinite(net.theta).all() and np.isfinite(net.tuning["deviance"]).all()
    # Weights of 0 have no penalty.
    model = net._model
    origin = model.scaling.to_raw(np.zeros(net.theta.size))
    assert net.compute_loss(penalty=True) <= model.evaluate(origin, model.batch).loss + 1e-12
    assert net.message.startswith("Chose decay ") and "more iterations" not in net.message


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_change_neither_the_choice_nor_the_fit(factor):
    net = train_once()
    table = TABLE.assign(cost=TABLE["cost"] * factor, x1=TABLE["x1"] * factor, x2=TABLE["x2"] / 7)
    other = make_net(table=table).train(**QUIET)
    assert other.decay == net.decay
    np.testing.assert_allclose(
        other.tuning["deviance"], net.tuning["deviance"] * factor**2, rtol=1e-6
    )
    np.testing.assert_allclose(other.fitted, net.fitted * factor, rtol=1e-6)


def test_noise_is_reported_without_advice_to_iterate_more():
    table = TABLE.assign(cost=np.random.default_rng(3).normal(size=60))
    net = NeuralNetwork("cost ~ x1 + x2", table, 5, seed=1)
    with pytest.warns(UserWarning, match="No decay that was tried does better than an interc"):
        net.train(**QUIET)
    assert "more iterations" not in net.message and "nothing was found" in net.message


# Overconfidence ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "intercept", "trained", "baseline", "warned"),
    [
        (1.5, 1.4, 0.2, 1.4, True),
        (1.3, 1.4, 0.2, 1.4, False),
        (1.41, 1.4, 0.2, 1.4, False),
        (1.5, 1.4, 1.39, 1.4, False),
        (np.inf, 1.4, 0.2, 1.4, True),
    ],
)
def test_overconfidence_is_worse_held_out_and_better_trained_on(
    held, intercept, trained, baseline, warned
):
    reported = describe_overconfidence(held, intercept, trained, baseline)
    assert reported.startswith("Overconfident: on rows held out") == warned == bool(reported)


def test_overconfident_network_warns(monkeypatch):
    """A response of noise, with decays that are all too small."""
    monkeypatch.setattr(
        defaults,
        "DEFAULTS",
        tuple(replace(each, decays=(1e-6, 1e-5)) for each in defaults.DEFAULTS),
    )
    table = TABLE.assign(win=np.random.default_rng(1).permutation(ROW % 2 == 0))
    net = NeuralNetwork("win ~ x1 + x2 + kind", table, 5, seed=1)
    with pytest.warns(
        OverconfidenceWarning, match="Overconfident: on rows held out the deviance is"
    ):
        net.train(**QUIET)
    assert "Do not rely on predictions for new rows" in net.message


# The same bits -------------------------------------------------------------------------------

SCRIPT = """
from test_automatic import make_net
print(make_net().train(trace=0).theta.tobytes().hex())
"""


def test_same_seed_gives_the_same_bits_in_any_process():
    before = np.random.get_state()[1].tobytes()
    net, again = train_once(), make_net().train(**QUIET)
    carried = pickle.loads(pickle.dumps(make_net())).train(**QUIET)
    assert np.random.get_state()[1].tobytes() == before
    assert expose(net) == expose(again) == expose(carried)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == net.theta.tobytes().hex()


def test_another_seed_draws_other_folds():
    other = make_net(seed=2).train(**QUIET)
    assert not np.allclose(other.tuning["deviance"], train_once().tuning["deviance"])


def test_no_choice_depends_on_a_clock(monkeypatch):
    wanted = train_once()
    lies = iter(np.random.default_rng(1).uniform(0, 1e9, 100_000).tolist())
    monkeypatch.setattr(regularization_path, "perf_counter", lambda: next(lies))
    monkeypatch.setattr("time.perf_counter", lambda: next(lies))
    monkeypatch.setattr("time.time", lambda: next(lies))
    monkeypatch.setattr(
        training_setup, "StageReporter", partial(StageReporter, clock=lambda: next(lies))
    )
    net = make_net().train(**QUIET)
    assert not net.tuning["seconds"].equals(wanted.tuning["seconds"])
    assert expose(net) == expose(wanted)


def travel(net, how, path):
    if how == "file":
        return NeuralNetwork.load(net.save(path) and path, TABLE)
    if how == "file with rows":
        return NeuralNetwork.load(net.save(path, data=True) and path)
    makers = {"clone": NeuralNetwork.clone, "copy": copy, "deepcopy": deepcopy}
    return makers.get(how, lambda each: pickle.loads(pickle.dumps(each)))(net)


def travel_all_ways(net, path):
    """The same network by each way to make another of it, by its name."""
    ways = ("file", "file with rows", "clone", "copy", "deepcopy", "pickle")
    return {how: travel(net, how, path) for how in ways}


def test_files_and_copies_carry_the_choice(tmp_path):
    net = make_net("softmax").train(**QUIET)
    twins = travel_all_ways(net, tmp_path / "net.nn")
    for how, found in twins.items():
        pd.testing.assert_frame_equal(found.tuning, net.tuning)
        assert expose(found) == expose(net), how
    net.train(**QUIET)
    for how, found in twins.items():
        assert expose(found.train(**QUIET)) == expose(net), how
        assert found.message.startswith("Kept decay"), how
    net.train(3, optimizer="adam", **QUIET)
    for how, found in twins.items():
        found.train(3, optimizer="adam", **QUIET)
        assert found.theta.tobytes() == net.theta.tobytes(), how


def test_files_and_copies_make_the_same_choice_as_the_network(tmp_path):
    net = make_net(decay="cv")
    twins = travel_all_ways(net, tmp_path / "net.nn")
    net.train(**QUIET)
    for how, found in twins.items():
        assert expose(found.train(**QUIET)) == expose(net), how


def test_file_without_fingerprint_keeps_the_choice(tmp_path):
    net = train_once().clone().save(tmp_path / "net.nn", fingerprint=False)
    with pytest.warns(UserWarning, match="no fingerprint"):
        found = NeuralNetwork.load(tmp_path / "net.nn", TABLE)
    assert expose(found.train(**QUIET)) == expose(net.train(**QUIET))


def forge_trials(change):
    def write(document, arrays):
        trials = find_record(document["tuning"], "Tuning")["trials"]["tuple"]
        change([each["record"][1] for each in trials], find_record(document, "Tuning"))

    return write


def set_field(row, name, value):
    return forge_trials(lambda trials, tuning: trials[row].update({name: value}))


NAN = {"float": "nan"}
FORGED = {
    "deviance that is none": set_field(0, "deviance", NAN),
    "text": set_field(0, "deviance", "<b>1</b>"),
    "error below 0": set_field(0, "std_error", -1.0),
    "decay below 0": set_field(0, "decay", -1.0),
    "decay without end": set_field(-1, "decay", {"float": "inf"}),
    "decays out of order": set_field(0, "decay", 1e6),
    "time that is none": set_field(0, "seconds", NAN),
    "two chosen": forge_trials(lambda trials, _: [each.update(chosen=True) for each in trials[:2]]),
    "none chosen": forge_trials(lambda trials, _: [each.update(chosen=False) for each in trials]),
    "chosen by a number": forge_trials(lambda trials, _: [e.update(chosen=1) for e in trials]),
    "another decay used": lambda document, arrays: find_record(document["used"], "Settings").update(
        decay=77.0
    ),
    "a decay that was given": lambda document, arrays: find_record(
        document["given"], "Settings"
    ).update(decay=find_record(document["used"], "Settings")["decay"]),
    "no tuple": forge_trials(lambda trials, tuning: tuning.update(trials=[])),
    "no words": forge_trials(lambda trials, tuning: tuning.update(summary=3)),
}


@pytest.mark.parametrize("name", FORGED)
def test_file_whose_tuning_is_not_that_of_its_decay_is_refused(name, tmp_path):
    path = tmp_path / "net.nn"
    train_once().save(path)
    assert NeuralNetwork.load(path, TABLE).tuning["chosen"].sum() == 1
    forge(path, FORGED[name])
    with pytest.raises(CorruptFileError):
        NeuralNetwork.load(path, TABLE)


# Checkpoints ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 6])
def test_checkpoint_goes_on_to_the_same_bits(number, tmp_path):
    whole, path = tmp_path / "whole.nn", tmp_path / "net.nn"
    options = {"decay": 0.01, "hidden": 3}
    wanted = make_net("softmax", **options).train(checkpoint=whole, **QUIET)

    def stop(net, reached):
        if reached == number:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_net("softmax", **options).train(checkpoint=path, every=1, callback=stop, **QUIET)
    found = NeuralNetwork.load(path, TABLE)
    assert found.message == f"Interrupted after iteration {number}."
    found.train(**QUIET)
    assert found.theta.tobytes() == wanted.theta.tobytes()
    assert NeuralNetwork.load(whole).theta.tobytes() == wanted.theta.tobytes()


def test_checkpoint_holds_what_was_chosen(tmp_path, monkeypatch):
    """Fits of the search that stop early leave updates for the final training."""
    first = replace(defaults.DEFAULTS[0], search_updates=1)
    monkeypatch.setattr(defaults, "DEFAULTS", (first, *defaults.DEFAULTS[1:]))
    whole, path = tmp_path / "whole.nn", tmp_path / "net.nn"
    wanted = make_net("softmax").train(checkpoint=whole, **QUIET)

    def stop(net, reached):
        if reached == 2:
            raise MemoryError

    with pytest.raises(MemoryError):
        make_net("softmax").train(checkpoint=path, every=2, callback=stop, **QUIET)
    found = NeuralNetwork.load(path, TABLE)
    assert found.message == "Interrupted after iteration 2."
    pd.testing.assert_frame_equal(
        found.tuning.drop(columns="seconds"), wanted.tuning.drop(columns="seconds")
    )
    monkeypatch.setattr(regularization_path, "_fit", None)
    assert found.train(**QUIET).theta.tobytes() == wanted.theta.tobytes()


def test_checkpoint_of_an_interrupted_choice_restarts_it(tmp_path, monkeypatch):
    path, wanted = tmp_path / "net.nn", make_net().train(checkpoint=tmp_path / "other", **QUIET)
    with monkeypatch.context() as patch:
        interrupt(patch, 30, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            make_net().train(checkpoint=path, **QUIET)
    found = NeuralNetwork.load(path, TABLE).train(checkpoint=path, **QUIET)
    assert found.theta.tobytes() == wanted.theta.tobytes()


def test_checkpoint_takes_one_start(tmp_path, starts):
    make_net().train(checkpoint=tmp_path / "net.nn", **QUIET)
    assert len(starts) == 1
    with pytest.raises(ValueError, match="one start at a time"):
        make_net().train(checkpoint=tmp_path / "net.nn", restarts=2, **QUIET)


# Interrupts ----------------------------------------------------------------------------------

EACH = len(DECAYS)
FAULTS = [KeyboardInterrupt(), MemoryError()]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("number", [1, EACH])
def test_exception_before_the_first_fit_leaves_the_network_unchanged(number, fault, monkeypatch):
    net, wanted = make_net(), train_once()
    before = take_snapshot(net)
    with monkeypatch.context() as patch:
        interrupt(patch, number, fault)
        with pytest.raises(type(fault)):
            net.train(**QUIET)
    assert take_snapshot(net) == before
    assert expose(net.train(**QUIET)) == expose(wanted)


# Each place and each fault, both faults where the last fold has ended the others.
@pytest.mark.parametrize(
    ("fold", "fault"),
    [(1, FAULTS[0]), (2, FAULTS[1]), *((FOLDS, fault) for fault in FAULTS)],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_exception_in_a_fold_leaves_the_best_fit_so_far(fold, fault, monkeypatch):
    net, wanted = make_net(), train_once()
    first = net.compute_loss()
    # All rows, then in each fold those with hidden units, and without.
    number = EACH + (fold - 1) * (EACH + len(DECAYS[::-2])) + 3
    with monkeypatch.context() as patch:
        interrupt(patch, number, fault)
        with pytest.raises(type(fault)):
            net.train(**QUIET)
    assert net.message.endswith("while a decay was chosen; the best fit so far is kept.")
    assert net.compute_loss() < first and net.decay in DECAYS and not net.converged
    # The network is consistent: decay, columns and tuning belong together.
    rest = np.abs(net.objective()[1]).max()
    assert rest < 1e-3 * net._model.baseline
    assert len(net.tuning) == (0 if fold == 1 else EACH)
    again = pickle.loads(pickle.dumps(net))
    assert expose(again) == expose(net)
    for each in (net, again):
        assert expose(each.train(**QUIET))[:1] == expose(wanted)[:1]
        assert each.decay == wanted.decay and each.message == wanted.message


def test_training_after_an_interrupt_is_kept(monkeypatch, starts):
    net = make_net()
    with monkeypatch.context() as patch:
        interrupt(patch, 3 * EACH, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            net.train(**QUIET)
    net.train(3, optimizer="lbfgs", **QUIET)
    theta = net.theta
    starts.clear()
    net.train(**QUIET)
    assert starts[0][1].tobytes() == theta.tobytes()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("start", [1, 2, 4])
def test_exception_in_a_start_leaves_the_best_so_far(start, fault, starts):
    def fail(net, number):
        if len(starts) == start and number == 1:
            raise fault

    net = make_net()
    with pytest.raises(type(fault)):
        net.train(callback=fail, **QUIET)
    assert len(starts) == start and len(net.restarts) == start - 1
    name = "Interrupted" if isinstance(fault, KeyboardInterrupt) else "The callback raised Memory"
    assert net.message.startswith(name)
    assert len(net.tuning) == EACH and net.decay == net.tuning["decay"][net.tuning["chosen"]].item()
    if start > 1:
        best = net.restarts["penalized_loss"].min()
        assert net.compute_loss(penalty=True) == pytest.approx(best, rel=1e-12)
    assert net.train(**QUIET).message.startswith("Kept decay")


# Arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "reported"),
    [
        ({"validation": 2}, ValueError, "validation=2 is no share"),
        ({"patience": 5}, ValueError, "pass validation= too"),
        ({"groups": np.arange(59)}, ValueError, "groups must be a label for each of 60 rows"),
        ({"groups": np.zeros(60)}, ValueError, "the 60 rows to train on belong to one group"),
        ({"groups": "nobody"}, ValueError, "is no column that the formula uses"),
        ({"groups": 3}, (TypeError, ValueError), "groups must be a label"),
        ({"rule": "max"}, ValueError, "rule"),
        ({"rule": None}, (TypeError, ValueError), "rule"),
        ({"trace": -1}, ValueError, "trace"),
        ({"restarts": 0}, ValueError, "restarts"),
        ({"restarts": 1.5}, (TypeError, ValueError), "restarts"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"callback": 3}, TypeError, "callback must be a function"),
        ({"progress": 1}, TypeError, "progress"),
        ({"relative_tolerance": "tight"}, TypeError, "relative_tolerance"),
        ({"gradient_tolerance": -1}, ValueError, "gradient_tolerance"),
        ({"checkpoint": "/no/such/folder/net.nn"}, OSError, "no/such"),
    ],
    ids=str,
)
def test_error_comes_before_anything_long_and_changes_nothing(
    arguments, error, reported, no_search
):
    net = make_net()
    before = take_snapshot(net)
    with pytest.raises(error, match=reported):
        net.train(**QUIET | arguments)
    assert take_snapshot(net) == before and net.tuning.empty


@pytest.mark.parametrize("arguments", [{"groups": ROW}, {"rule": "1se"}], ids=str)
def test_options_of_the_choice_without_a_choice_are_an_error(arguments):
    net = make_net(decay=0.1)
    for more in ({}, {"optimizer": "lbfgs"}):
        with pytest.raises(ValueError, match="is cross-validated, and here none is"):
            net.train(**arguments, **more, **QUIET)


# Output --------------------------------------------------------------------------------


@pytest.fixture
def still(monkeypatch):
    """Stop the clock, so that no training is long."""
    monkeypatch.setattr(training_setup, "StageReporter", partial(StageReporter, clock=lambda: 0.0))


def test_a_line_is_printed_for_each_stage(still, capsys):
    net = make_net("softmax").train()
    out, err = capsys.readouterr()
    first, last = out.splitlines()
    assert net.message.startswith(first) and first.startswith(f"Chose decay {net.decay:g} by ")
    assert last == f"Trained to loss {net.compute_loss():.5g}, accuracy {net.accuracy():.3f}"
    assert err == ""


def test_decay_that_was_given_leaves_one_stage(still, capsys):
    make_net(decay=0.1).train()
    out, err = capsys.readouterr()
    assert re.fullmatch(r"Trained to loss [\d.]+\n", out) and err == ""


def test_nothing_is_printed_where_trace_is_0(capsys, monkeypatch):
    times = iter(range(0, 10**7, 1000))
    monkeypatch.setattr(
        training_setup, "StageReporter", partial(StageReporter, clock=lambda: float(next(times)))
    )
    make_net().train(trace=0)
    assert capsys.readouterr() == ("", "")


def test_long_training_shows_a_bar(capsys, monkeypatch):
    pytest.importorskip("tqdm")
    times = iter(range(0, 10**7, 1000))
    monkeypatch.setattr(
        training_setup, "StageReporter", partial(StageReporter, clock=lambda: float(next(times)))
    )
    make_net().train()
    err = capsys.readouterr().err
    assert f"Trying {EACH} decays" in err and "Training from" in err and "decay" in err


def test_progress_needs_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    net = make_net()
    before = take_snapshot(net)
    with pytest.raises(ImportError, match="tqdm"):
        net.train(progress=True)
    assert take_snapshot(net) == before


def test_callback_sees_each_start_and_ends_one_with_true():
    met = []

    def stop(net, number):
        met.append((type(net), number, np.isfinite(net.theta).all(), net.decay))
        return number == 2

    net = make_net().train(restarts=3, callback=stop, **QUIET)
    assert {each[0] for each in met} == {NeuralNetwork} and all(each[2] for each in met)
    assert {each[3] for each in met} == {net.decay}
    assert max(each[1] for each in met) == 2
    assert (net.restarts["iterations"] <= 2).all() and len(net.restarts) == 3


def test_repr_and_message_describe_the_choice():
    net = train_once("softmax")
    (chosen,) = net.tuning[net.tuning["chosen"]].itertuples()
    wanted = (
        rf"Chose decay {chosen.decay:g} by {FOLDS}-fold cross-validation \(deviance "
        rf"{re.escape(f'{chosen.deviance:.3g}')} per row, [\d.]+ without a hidden layer\); Newton "
        r"in standardized columns, best of \d+ starts\. "
    )
    assert re.match(wanted, net.message)
    assert net.message in repr(net) and f"decay {net.decay:g}" in repr(net)
    assert int(re.search(r"best of (\d+)", net.message)[1]) == len(net.restarts)


def test_without_a_hidden_layer_there_is_none_to_compare_with():
    assert "without a hidden layer" not in make_net(hidden=0).train(**QUIET).message
