"""skops, joblib, cloudpickle and pools of processes hold networks to the same bits."""

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import cloudpickle
import joblib
import numpy as np
import pytest
import skops.io
from networks import FORMULAS, make_net, make_table, take_snapshot

from neuralnet import CorruptFileError, NeuralNetwork, UntrustedError
from neuralnet.storage import pickles
from neuralnet.storage.files import encode_file

QUIET = {"trace": 0, "tolerance": None}
OURS = ["neuralnet.network.network.NeuralNetwork"]


def through_skops(net):
    content = skops.io.dumps(net)
    assert skops.io.get_untrusted_types(data=content) == OURS
    return skops.io.loads(content, trusted=OURS)


@pytest.mark.parametrize("family", FORMULAS)
def test_skops_holds_a_network_to_the_same_bits(family):
    options = {"optimizer": "adam", "batch_size": 7, "validation": 0.25}
    net = make_net(family, scale=True, decay=0.1).train(3, **QUIET, **options)
    twin = through_skops(net)
    assert type(twin) is NeuralNetwork
    assert take_snapshot(twin, **options) == take_snapshot(net, **options)


def test_skops_holds_networks_without_rows_and_within_other_objects(tmp_path):
    net = make_net().train(3, **QUIET)
    found = NeuralNetwork.load(net.save(tmp_path / "a.nn") and tmp_path / "a.nn")
    twin = through_skops({"nets": [found]})["nets"][0]
    assert twin.predict(make_table()).equals(found.predict(make_table()))
    with pytest.raises(ValueError, match="without its training rows"):
        twin.train(1)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"env": {"f": np.abs}, "formula": "cost ~ f(x1)"}, "user-defined 'f'"),
        ({"init": lambda rng, shape: rng.normal(size=shape)}, "init is a user-defined function"),
    ],
)
def test_skops_refuses_user_defined_parts_before_it_writes(options, part):
    formula = options.pop("formula", "cost ~ x1")
    net = NeuralNetwork(formula, make_table(), 2, seed=1, **options)
    with pytest.raises(TypeError, match=f"skops cannot hold .*{part}.*joblib and pickle"):
        skops.io.dumps(net)


def test_states_are_as_safe_to_open_as_files():
    """A stranger can change them, and the class in them is trusted."""
    content = pickles.to_state(make_net()._fit)
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 1
    with pytest.raises(CorruptFileError, match="the state of a NeuralNetwork is damaged"):
        pickles.from_state(bytes(damaged))
    # An expression that load() takes from nobody.
    deep = " + ".join(["x1", *["1"] * 300])
    net = NeuralNetwork(f"cost ~ I({deep})", make_table(), 2, seed=1)
    with pytest.raises(TypeError, match=r"skops cannot hold .*trusted=True"):
        pickles.to_state(net._fit)
    with pytest.raises(UntrustedError):
        pickles.from_state(encode_file(net._fit, True, True)[0])


def predict_link(net):
    return net.predict(make_table(), type="link").to_numpy().tobytes()


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.parametrize("start", ["fork", "forkserver"])
def test_pools_of_processes(start):
    """The third way, spawn, is tested in tests/network/test_copies.py."""
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip("this system has no such start")
    net = make_net().train(3, **QUIET)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(start)) as pool:
        assert pool.submit(predict_link, net).result() == predict_link(net)


def test_joblib_runs_networks_in_its_processes():
    nets = [make_net(seed=seed) for seed in (1, 2)]
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(predict_link)(net) for net in nets)
    assert found == [predict_link(net) for net in nets]


def test_cloudpickle_holds_functions_that_have_no_name():
    net = make_net(init=lambda rng, shape: rng.normal(size=shape))
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(net)
    twin = cloudpickle.loads(cloudpickle.dumps(net))
    options = {"restarts": 2, "optimizer": "rprop", **QUIET}
    assert take_snapshot(twin.train(2, **options)) == take_snapshot(net.train(2, **options))
