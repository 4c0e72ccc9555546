"""Clones, copies, pickles and processes: an equal network that shares nothing mutable."""

import copy
import io
import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

import joblib
import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table, take_snapshot
from wide_tables import FORMULAE, make_wide

from neuralnet import NeuralNetwork, activations, optimizers
from neuralnet.storage import pickles
from neuralnet.storage.archive import FORMAT

QUIET = {"trace": 0, "tolerance": None}


def through_joblib(net):
    stream = io.BytesIO()
    joblib.dump(net, stream)
    return joblib.load(io.BytesIO(stream.getvalue()))


def through_buffers(net):
    """Pickle with out-of-band buffers, as processes with shared memory do."""
    buffers = []
    content = pickle.dumps(net, 5, buffer_callback=buffers.append)
    return pickle.loads(content, buffers=[bytearray(each) for each in buffers])


WAYS = {
    "clone": NeuralNetwork.clone,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda net, protocol=protocol: pickle.loads(
            pickle.dumps(net, protocol)
        )
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
    "pickle with buffers": through_buffers,
    "joblib": through_joblib,
    "pickle of a pickle": lambda net: pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(net)))),
}
pytestmark = pytest.mark.filterwarnings("ignore:.*joblib will operate in serial mode:UserWarning")


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def list_arrays(thing, seen=None):
    """All arrays reachable from an object of the package."""
    seen = {} if seen is None else seen
    if id(thing) in seen or isinstance(thing, str | type | int | float | type(None)):
        return []
    seen[id(thing)] = thing
    if isinstance(thing, np.ndarray):
        return [thing]
    if isinstance(thing, pd.DataFrame):
        return [thing[name].to_numpy() for name in thing]
    if isinstance(thing, pd.Series):
        return [thing.to_numpy()]
    found = []
    if isinstance(thing, dict):
        parts = list(thing.values())
    elif isinstance(thing, list | tuple):
        parts = list(thing)
    elif type(thing).__module__.startswith("neuralnet."):
        names = [*getattr(thing, "__dict__", ()), *getattr(type(thing), "__slots__", ())]
        parts = [getattr(thing, name) for name in names]
    else:
        return []
    for part in parts:
        found += list_arrays(part, seen)
    return found


def test_copy_is_equal_and_trains_to_the_same_bits(way):
    options = {"optimizer": "adam", "batch_size": 7, "validation": 0.25}
    net = make_net(scale=True, decay=0.1).train(4, **QUIET, **options)
    before = take_snapshot(net, **options)
    twin = way(net)
    assert type(twin) is NeuralNetwork
    assert take_snapshot(twin, **options) == before
    assert take_snapshot(net, **options) == before
    pd.testing.assert_frame_equal(twin.restarts, net.restarts)
    assert dir(twin) == dir(net)


def test_copy_shares_no_array_that_can_be_written_to(way):
    table = make_table().assign(w=np.arange(1.0, 37.0))
    net = NeuralNetwork(
        FORMULAS["gaussian"], table, 2, weights="w", offset=np.ones(36), scale=True, seed=1
    )
    net.train(3, optimizer="lbfgs", validation=0.25, **QUIET)
    twin = way(net)
    assert twin.theta.tobytes() == net.theta.tobytes()
    mine, theirs = list_arrays(net._model.training), list_arrays(twin._model.training)
    mine += [*list_arrays(net._fit.state), *list_arrays(net._fit.history)]
    theirs += [*list_arrays(twin._fit.state), *list_arrays(twin._fit.history)]
    assert len(mine) > 10 and len(theirs) > 10
    # pandas frames may share copied data until one is written to.
    mine = [array for array in mine if array.flags.writeable]
    for one in mine:
        for other in theirs:
            assert not np.shares_memory(one, other)


def test_changes_of_one_do_not_reach_the_other(way):
    net = make_net().train(3, **QUIET)
    before, twin = take_snapshot(net), way(net)
    twin.train(5, **QUIET)
    twin.W1 = np.ones((5, 3))
    twin._model.model_frame.frame.loc[100, "x1"] = 1e9
    assert take_snapshot(net) == before
    twin = way(net)
    net.train(5, **QUIET)
    assert take_snapshot(twin) == before


def test_copies_are_locked_apart(way):
    """A network can be copied while it trains, and the copy can be trained."""
    net, thetas = make_net(), []

    def train_a_copy(net, iteration):
        thetas.append(way(net).train(1, **QUIET).theta)
        return iteration == 2

    net.train(5, callback=train_a_copy, **QUIET)
    again = make_net().train(3, **QUIET)
    assert thetas[1].tobytes() == again.theta.tobytes()


@pytest.mark.parametrize("name", FORMULAE)
def test_pickle_of_every_formula(name):
    pytest.importorskip("scipy")
    table = make_wide()
    net = NeuralNetwork(FORMULAE[name], table[5:], 2, seed=1)
    twin = pickle.loads(pickle.dumps(net))
    assert twin.X.tobytes() == net.X.tobytes()
    a, b = (each.predict(table, type="link") for each in (net, twin))
    assert a.equals(b)
    equal = pd.testing.assert_frame_equal if net.Y.ndim == 2 else pd.testing.assert_series_equal
    equal(twin.Y, net.Y)


@pytest.mark.parametrize("family", FORMULAS)
def test_every_family(family):
    net = make_net(family, [3, 2], activation=["elu", "softplus"], skip=True)
    twin = pickle.loads(pickle.dumps(net.train(3, optimizer="newton", **QUIET)))
    assert take_snapshot(twin, optimizer="newton") == take_snapshot(net, optimizer="newton")


def test_index_of_any_kind_can_be_pickled():
    table = make_table()
    for index in (
        pd.MultiIndex.from_arrays([range(36), range(36)]),
        pd.date_range("2020-01-01", periods=36, tz="UTC"),
        pd.period_range("2020-01", periods=36, freq="M"),
    ):
        net = NeuralNetwork(FORMULAS["gaussian"], table.set_axis(index), 2, seed=1)
        twin = pickle.loads(pickle.dumps(net))
        pd.testing.assert_series_equal(twin.fitted, net.fitted)


@pytest.mark.parametrize(
    "levels",
    [
        pd.to_datetime(["2020-01-01", "2020-02-29"]).tz_localize("UTC"),
        pd.period_range("2020-01", periods=2, freq="M"),
        [Decimal("0.1"), Decimal("2.5")],
    ],
    ids=["moments", "periods", "decimals"],
)
def test_levels_of_any_kind_can_be_pickled(levels):
    table = make_table().assign(kind=pd.Categorical.from_codes([0, 1] * 18, levels))
    for formula in (FORMULAS["gaussian"], "kind ~ x1"):
        net = NeuralNetwork(formula, table, 2, seed=1)
        twin = pickle.loads(pickle.dumps(net))
        pd.testing.assert_series_equal(twin.predict(table), net.predict(table))
        with pytest.raises(TypeError, match=r"'kind' has the level .*pickle"):
            net.save("nowhere.nn")


def test_network_without_rows_can_be_pickled(tmp_path):
    path = tmp_path / "net.nn"
    found = NeuralNetwork.load(make_net().save(path) and path)
    for way in WAYS.values():
        twin = way(found)
        assert twin.predict(make_table()).equals(found.predict(make_table()))
        with pytest.raises(ValueError, match="without its training rows"):
            twin.train(1)
        # The rows are still identified.
        path.unlink()
        NeuralNetwork.load(twin.save(path) and path, make_table())


# Size -----------------------------------------------------------------------------------------


def test_pickle_holds_each_row_once():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(5_000, 6)), columns=list("abcdef"))
    table["unused"] = rng.normal(size=5_000)
    net = NeuralNetwork("a ~ . - unused", table, 5, seed=1)
    used = table[list("abcdef")].to_numpy().nbytes
    size = len(pickle.dumps(net))
    assert used < size < 1.02 * used + 20_000
    grown = NeuralNetwork("a ~ poly(b, 5) + bs(c, df=9) + d:e:f", table, 5, seed=1)
    assert len(pickle.dumps(grown)) < size + 20_000


# User-defined objects -------------------------------------------------------------------------


def squash(values, sharpness=1.0):
    return values / (1 + sharpness * np.abs(values))


def draw(rng, shape):
    return rng.normal(size=shape)


def fall(t):
    return 0.05 / t


@dataclass(frozen=True)
class Bent:
    """Activation without a second derivative."""

    bend: float = 0.5

    def value(self, z):
        return np.where(z > 0, z, self.bend * z)

    def slope(self, z, h):
        return np.where(z > 0, 1.0, self.bend)


@dataclass(frozen=True)
class Timid(optimizers.Adam):
    """User-defined optimizer."""


def make_own():
    table = make_table()
    env = {"squash": squash, "k": 0.7, "table": np.array([1.0, 2.0])}
    net = NeuralNetwork(
        "cost ~ squash(x1, k) + x2", table, 3, activation=Bent(0.3), init=draw, env=env, seed=1
    )
    return net.train(3, fall, optimizer=Timid(), **QUIET)


@case_by_case("way", WAYS.values(), ids=WAYS)
def test_user_defined_objects_are_pickled_too(way):
    net = make_own()
    twin = way(net)
    a, b = (each.train(3, fall, optimizer=Timid(), **QUIET).theta for each in (net, twin))
    assert a.tobytes() == b.tobytes()
    a, b = (each.train(2, restarts=2, optimizer="rprop", **QUIET).theta for each in (net, twin))
    assert a.tobytes() == b.tobytes()


def test_values_of_env_are_copied(way):
    knots = [-0.5, 0.5]
    table = make_table()
    net = NeuralNetwork("cost ~ bs(x1, knots=k, degree=1)", table, 2, env={"k": knots}, seed=1)
    twin, before = way(net), net.X.copy()
    knots[0] = 77.0
    assert np.array_equal(twin.predict(table), net.predict(table))
    assert np.array_equal(twin.X, before)


def test_function_without_a_name_is_reported_by_pickle():
    net = make_net(init=lambda rng, shape: rng.normal(size=shape))
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(net)
    assert copy.deepcopy(net).theta.tobytes() == net.theta.tobytes()


def test_user_defined_transform_is_pickled_too():
    import patsy

    net = NeuralNetwork(
        "cost ~ scaled(x1)", make_table(), 2, env={"scaled": patsy.builtins.standardize}, seed=1
    )
    twin = copy.deepcopy(net)
    assert twin.X.tobytes() == net.X.tobytes()


def test_pickle_of_a_later_format_is_refused_by_name():
    document, arrays, own = pickles.to_parts(make_net()._fit.with_stop(None))
    document = {**document, "format": FORMAT + 1, "versions": {"neuralnet": "9.1"}}
    with pytest.raises(ValueError, match=rf"format {FORMAT + 1}, of .*'9\.1'.*up to {FORMAT}:"):
        pickles.from_parts(document, arrays, own)


# Other processes ------------------------------------------------------------------------------


def train_further(net):
    return net.train(3, optimizer="adam", batch_size=5, trace=0, tolerance=None)


def test_process_pool_takes_and_gives_networks():
    nets = [make_net(family, 3) for family in FORMULAS]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        trained = [*pool.map(train_further, nets)]
    for net, found in zip(nets, trained, strict=True):
        assert take_snapshot(found) == take_snapshot(train_further(net))


def test_new_process_unpickles_and_trains_to_the_same_bits(tmp_path):
    net = make_net("softmax", 3).train(3, **QUIET)
    (tmp_path / "net.pkl").write_bytes(pickle.dumps(net))
    code = (
        "import pickle, sys; net = pickle.load(open(sys.argv[1], 'rb'));"
        "print(net.train(3, trace=0, tolerance=None).theta.tobytes().hex())"
    )
    command = [sys.executable, "-W", "ignore::ResourceWarning", "-c", code]
    done = subprocess.run(
        [*command, str(tmp_path / "net.pkl")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == net.train(3, **QUIET).theta.tobytes().hex()


def test_joblib_may_map_the_arrays_into_memory(tmp_path):
    net = make_net().train(3, optimizer="adam", **QUIET)
    joblib.dump(net, tmp_path / "net.joblib")
    twin = joblib.load(tmp_path / "net.joblib", mmap_mode="r")
    assert type(twin.theta) is np.ndarray
    assert take_snapshot(twin, optimizer="adam") == take_snapshot(net, optimizer="adam")


def test_built_in_activations_are_recognized_by_type():
    for activation in activations.ACTIVATIONS.values():
        net = make_net(activation=activation)
        assert pickles.to_parts(net._fit.with_stop(None))[2][-1] is net._model.model_frame.frame
