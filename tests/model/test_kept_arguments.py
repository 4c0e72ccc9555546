"""``update``: a new network of the same arguments but those given."""

import pickle

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.activations import Tanh

TABLE = make_table().assign(w=np.arange(1.0, 37.0), fails=np.arange(36) % 4)

# Arguments of every kind, with a formula.
ARGUMENTS = [
    (FORMULAS["softmax"], {"hidden": [3, 2], "activation": ["tanh", "relu"], "skip": True}),
    (FORMULAS["softmax"], {"class_weight": {"small": 1, "middle": 2, "large": 3}, "init": 0.3}),
    (FORMULAS["binomial"], {"family": "binomial", "decay": [0.1, 0.2], "penalize_bias": False}),
    ("cbind(count, fails) ~ x1", {"family": "binomial", "hidden": 0}),
    (FORMULAS["gaussian"], {"weights": "w", "subset": "x1^2 < 2", "scale": True, "decay": "cv"}),
    (FORMULAS["gaussian"], {"penalty_factor": {"x1": 0, "kind": 2}, "mixture": 0.5, "decay": 0.1}),
    (FORMULAS["poisson"], {"family": "poisson", "offset": ["x2"], "init": "glorot"}),
    ("cost ~ double(x1) + x2", {"env": {"double": abs}, "activation": Tanh(), "dtype": "float32"}),
]
CHANGES = [{"engine": "numpy"}, {"data": TABLE[2:30]}, {"formula": "~ . + I(x1^2)"}]
FEW_TRIALS = pytest.mark.filterwarnings("ignore:.* rows dropped. they have 0 trials")


@FEW_TRIALS
@case_by_case("changes", CHANGES, ids=lambda each: next(iter(each)))
@case_by_case(("formula", "options"), ARGUMENTS)
def test_it_is_what_the_constructor_makes(formula, options, changes):
    """Of a network that was constructed, and of one from a pickle."""
    options = {"hidden": 2, **options}
    net = NeuralNetwork(formula, TABLE, **options, seed=3)
    wanted = {"data": TABLE, **options, **changes}
    wanted["formula"] = formula + " + I(x1^2)" * ("formula" in changes)
    fresh = NeuralNetwork(**wanted, seed=3)
    for twin in (net, pickle.loads(pickle.dumps(net))):
        made = twin.update(**changes) if twin is net else twin.update(**changes, seed=3)
        assert made.x_names == fresh.x_names
        assert made.theta.tobytes() == fresh.theta.tobytes()
        assert made._model.given == fresh._model.given
        assert made.history.empty
        np.testing.assert_allclose(made.objective()[0], fresh.objective()[0], rtol=1e-13)


def test_what_training_chose_is_open_again():
    net = make_net("gaussian", hidden=1, init=None, seed=1).train(trace=0)
    assert net.decay > 0
    before = take_snapshot(net)
    made = net.update(". ~ . - x2")
    assert made.decay == 0.0 and made.message == "Not trained yet."
    assert made._model.given.decay is None
    assert take_snapshot(net) == before


def test_seeds():
    """An int is taken again; else the generator of the network says, which does not advance."""
    by_int = make_net(seed=7).train(2, trace=0, tolerance=None, batch_size=5)
    assert by_int.update(hidden=3).theta.tobytes() == make_net(seed=7).theta.tobytes()
    by_state = make_net(seed=np.random.default_rng(7))
    twice = [by_state.update(hidden=3).theta.tobytes() for _ in range(2)]
    assert twice[0] == twice[1] != by_state.theta.tobytes()
    assert by_state.clone().update(hidden=3).theta.tobytes() == twice[0]
    assert by_int.update(seed=8).theta.tobytes() == make_net(seed=8).theta.tobytes()
    free = {by_int.update(seed=None).theta.tobytes() for _ in range(2)}
    assert len(free) == 2


def test_rows_are_those_of_the_table_given():
    """Also the columns that the formula did not use, and rows that it left out."""
    table = TABLE.assign(gap=np.where(np.arange(36) < 5, np.nan, 1.0 * np.arange(36)))
    with pytest.warns(UserWarning, match="5 of 36 rows dropped"):
        net = NeuralNetwork("cost ~ x1 + gap", table, 2, seed=1)
    table["x1"] = 0.0
    del table["x2"]
    made = net.update(". ~ . - gap + x2")
    assert made.nobs == 36 and made.formula == "cost ~ x1 + x2"
    np.testing.assert_array_equal(made.X[:, 1:], TABLE[["x1", "x2"]])
    with pytest.warns(UserWarning, match="5 of 36 rows dropped"):
        assert net.clone().update("~ . + x2").nobs == 31


def test_changes_of_arguments_by_the_caller_do_not_reach_it():
    weights, hidden = np.ones(36), [2]
    net = NeuralNetwork("cost ~ x1", TABLE, hidden, weights=weights, seed=1)
    weights[:] = 5.0
    hidden[0] = 9
    made = net.update("~ . + x2")
    assert made.hidden == (2,) and made._model.batch.w.tolist() == [1.0] * 36


def test_network_without_rows(tmp_path):
    net = NeuralNetwork("cost ~ .", TABLE[["cost", "x1", "x2", "kind"]], 2, seed=1, decay=0.1)
    loaded = NeuralNetwork.load(net.save(tmp_path / "net.nn") and tmp_path / "net.nn")
    with pytest.raises(ValueError, match=r"was loaded without its training rows.*give data="):
        loaded.update("~ . - x1")
    made = loaded.update("~ . - x1", TABLE)
    assert made.formula == "cost ~ x2 + kind" and made.decay == 0.1
    assert loaded.update(data=TABLE[["cost", "x1"]]).x_names == ["Intercept", "x1"]


def test_arrays_of_the_old_rows_do_not_go_with_new_ones():
    net = NeuralNetwork(
        "cost ~ x1", TABLE, 2, weights=np.ones(36), subset=np.arange(30), offset=np.ones(36)
    )
    assert net.update("~ . + x2").nobs == 30
    given = {"weights": None, "subset": "x1 > 0", "offset": "x2"}
    for name in given:
        rest = {other: value for other, value in given.items() if other != name}
        with pytest.raises(ValueError, match=f"^{name}= had values for the rows of the old data"):
            net.update(data=TABLE, **rest)
    assert net.update(data=TABLE, **given).nobs == (TABLE["x1"] > 0).sum()
    loaded = pickle.loads(pickle.dumps(net))
    assert loaded.update("~ . + I(x1^2)").nobs == 30
    with pytest.raises(ValueError, match=r"^weights= and offset= and subset= had values"):
        loaded.update(data=TABLE)


@case_by_case(
    ("arguments", "options", "message"),
    [
        ((), {}, r"^update\(\) needs what is to differ: .* A copy with its weights is clone\(\)"),
        (("y ~ x",), {"hiden": 3}, r"update\(\) has no argument 'hiden'; did you mean hidden="),
        ((), {"size": 3}, "did you mean hidden="),
        ((), {"optimizer": "newton"}, r"it is an argument of train\(\)"),
        ((TABLE,), {}, "the formula must be a string such as 'y ~ x', not DataFrame"),
        (("x1",), {}, "has no '~'"),
        (("~ . + zz",), {}, "unknown name 'zz'"),
        (("~ . + x2", TABLE, 3), {}, "takes 2 arguments by position"),
        ((), {"data": "table"}, "the data must be a pandas DataFrame"),
        ((), {"hidden": 0, "skip": True}, "Leave skip out"),
    ],
)
def test_mistyped_calls(arguments, options, message):
    net = NeuralNetwork("cost ~ x1", TABLE, 2, seed=1)
    before = take_snapshot(net)
    with pytest.raises((TypeError, ValueError), match=message):
        net.update(*arguments, **options)
    assert take_snapshot(net) == before


def test_class_of_a_subclass_is_kept():
    class Mine(NeuralNetwork):
        pass

    assert type(Mine("cost ~ x1", pd.DataFrame(TABLE), 2).update(hidden=1)) is Mine
