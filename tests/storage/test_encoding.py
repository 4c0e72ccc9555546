"""Values and records round-trip through a document; types outside of the table are rejected."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet import families, optimizers
from neuralnet.activations import Tanh
from neuralnet.optimizers import schedules
from neuralnet.optimizers.adam import AdamState
from neuralnet.optimizers.gradient_descent import GradientDescentState
from neuralnet.storage.encoding import Decoder, Encoder
from neuralnet.training.state import State
from neuralnet.training.stopping import StoppingState

VALUES = [
    *(None, True, False, 0, -1, 2**127 + 1, 1.5, -0.0, 5e-324, 1.7976931348623157e308),
    *("", 'é\n"\\', "\udc80", np.inf, -np.inf),
    *((), (1, (2.0, "3")), [], [1, [2]], {}, {"a": 1, "b": (3,), "": None}),
    *(np.float64(0.1), np.float32(0.1), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True)),
    *(pd.Interval(0, 1.5, "left"), np.dtype("float32"), pd.CategoricalDtype(["b", "a"], True)),
    *(optimizers.Adam(learn_rate=0.1), schedules.StepDecay(0.1, every=3), Tanh()),
    GradientDescentState(),
]


def through_json(value):
    encoder = Encoder()
    text = json.dumps(encoder.encode(value), allow_nan=False)
    return Decoder(encoder.arrays).decode(json.loads(text))


@case_by_case("value", VALUES, ids=repr)
def test_values_come_back(value):
    found = through_json(value)
    assert found == value and type(found) is type(value)
    assert repr(found) == repr(value)


def test_nan_comes_back():
    assert np.isnan(through_json(np.nan))
    assert np.isnan(through_json(np.float32(np.nan))) and type(through_json(np.float32("nan"))) is (
        np.float32
    )


@given(st.floats() | st.integers() | st.text() | st.lists(st.tuples(st.floats(), st.text())))
def test_any_value_comes_back(value):
    assert repr(through_json(value)) == repr(value)


@case_by_case("dtype", ["f8", "f4", "i8", "u1", "?", "u4"])
@case_by_case("shape", [(), (0,), (3,), (2, 0), (2, 3)])
def test_arrays_come_back_read_only(dtype, shape):
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    found = through_json(array)
    assert found.dtype == array.dtype and found.shape == array.shape
    assert np.array_equal(found, array)
    assert not found.flags.writeable


@case_by_case("n", [0, 1, 7, 8, 9, 1000])
def test_masks_are_packed(n):
    mask = np.random.default_rng(n).random(n) < 0.5
    encoder = Encoder()
    written = json.loads(json.dumps(encoder.encode(mask, "mask")))
    assert written == {"mask": ["mask", n]}
    assert encoder.arrays["mask"].dtype == np.uint8 and encoder.arrays["mask"].size == -(-n // 8)
    decoder = Decoder(encoder.arrays)
    found = decoder.decode(written)
    assert found.dtype == bool and np.array_equal(found, mask)
    assert not found.flags.writeable
    # A repeated array uses the memory of one.
    assert n == 0 or np.shares_memory(found, decoder.decode(written))


STRANGE_MASKS = {
    "too long": ["bits", 17],
    "too short": ["bits", 8],
    "shorter than what is true": ["bits", 15],
    "negative": ["bits", -1],
    "no number": ["bits", None],
    "no whole number": ["bits", 16.0],
    "a bool": ["one", True],
    "huge": ["bits", 2**70],
    "no array": ["missing", 16],
    "no name": [[], 16],
    "three parts": ["bits", 16, 0],
    "numbers": ["numbers", 16],
    "signed": ["signed", 16],
    "a matrix": ["matrix", 16],
    "no parts": None,
}


@case_by_case("what", STRANGE_MASKS)
def test_masks_of_another_length_or_kind_are_refused(what):
    arrays = {
        "bits": np.array([255, 1], np.uint8),
        "one": np.array([128], np.uint8),
        "numbers": np.ones(2),
        "signed": np.ones(2, np.int8),
        "matrix": np.ones((1, 2), np.uint8),
    }
    with pytest.raises((KeyError, TypeError, ValueError)):
        Decoder(arrays).decode({"mask": STRANGE_MASKS[what]})
    assert Decoder(arrays).decode({"mask": ["bits", 16]}).sum() == 9


def test_masks_take_no_more_memory_than_one_purpose_may(monkeypatch):
    arrays = {name: np.zeros(100, np.uint8) for name in "abc"}
    monkeypatch.setattr("neuralnet.errors.limits.MEMORY_LIMIT", 1700)
    decoder = Decoder(arrays)
    for name in "aabb":
        decoder.decode({"mask": [name, 800]})
    with pytest.raises(ValueError, match="masks would take"):
        decoder.decode({"mask": ["c", 800]})


def test_deleted_arrays_are_not_confused_with_later_ones():
    """A temporary array may have the address of an earlier one."""
    encoder = Encoder()
    written = [encoder.encode(np.full(9, number % 2 == 0)) for number in range(50)]
    decoder = Decoder(encoder.arrays)
    assert [bool(decoder.decode(each).all()) for each in written] == [True, False] * 25


def test_array_used_twice_is_stored_once():
    theta = np.arange(3.0)
    encoder = Encoder()
    written = encoder.encode(StoppingState(best_theta=theta, theta_to_resume=theta))
    assert list(encoder.arrays) == ["best_theta"]
    found = Decoder(encoder.arrays).decode(written)
    assert found.best_theta is found.theta_to_resume


def test_record_with_records_in_it_comes_back():
    theta = np.array([1.0, np.nextafter(1.0, 2.0)])
    state = State(
        theta,
        optimizers.Adam(),
        AdamState(theta, theta**2, 3),
        np.random.default_rng(1).bit_generator.state,
        7,
        split=(0.25, np.array([True, False])),
    )
    found = through_json(state)
    assert found.optimizer == state.optimizer
    assert found.generator_state == state.generator_state
    assert found.theta.tobytes() == theta.tobytes()
    assert found.optimizer_state.square.tobytes() == (theta**2).tobytes()
    assert found.split[0] == 0.25 and found.split[1].tolist() == [True, False]
    assert np.isinf(found.stopping.best) and found.schedule is None


@dataclass(frozen=True)
class Mine:
    a: int = 1


class Adam(optimizers.Adam):
    """Another class of the same name."""


@case_by_case(
    "value",
    [
        *(Mine(), Adam(), print, object(), 1j, b"a", {1}, np.array(["a"]), np.array([None]), pd.NA),
        *({1: 2}, families.Gaussian(name="poisson")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_external_objects_are_refused_or_collected(value):
    with pytest.raises(TypeError, match=r"^the thing is a .*pickle\.dump\(net, file\)"):
        Encoder().encode(value, "the thing")
    own = []
    written = Encoder(own).encode((1, value))
    assert own[0] is value
    assert Decoder({}, own).decode(written)[1] is value


@case_by_case(
    "node",
    [
        {"record": ["Popen", {}]},
        {"record": ["Adam", {"learn_rate": -1}]},
        {"record": ["Adam", {"learn_rate": "0.1"}]},
        {"record": ["Adam", {"rate": 1}]},
        {"record": ["Adam"]},
        {"record": [["Adam"], {}]},
        {"record": ["Penalty", {"decay": "much"}]},
        {"record": ["StepDecay", {"learn_rate": 0.1}]},
        {"external": 0},
        {"external": "0"},
        {"array": "a"},
        {"array": None},
        {"float": "1"},
        {"float": 1},
        {"scalar": ["O", 1]},
        {"scalar": ["f8"]},
        {"scalar": ["float64", 1]},
        {"tuple": {"a": 1}},
        {"dict": [[1]]},
        {"dict": [[[1], 2]]},
        {"dict": [[1, 2]]},
        {"dict": [[{"tuple": ["a"]}, 2]]},
        {"dict": [["a", 1], ["a", 2]]},
        {"interval": [2**61 - 1, 2**65, "left"]},
        {"record": ["Gaussian", {"name": "poisson"}]},
        {"record": ["Tanh", {"name": "\x1b[2J"}]},
        {"interval": [1, 2, "up"]},
        {"interval": [2, 1, "left"]},
        {"dtype": "float64"},
        {"eval": "1"},
        {},
        {"float": "nan", "tuple": []},
    ],
    ids=json.dumps,
)
def test_unknown_nodes_are_refused(node):
    with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
        Decoder({}).decode(node)
