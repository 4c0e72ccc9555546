"""States of transforms from files are checked before a spline or a polynomial is made of them."""

import numpy as np
import pandas as pd
import pytest
from extent import count_examples
from forgery import forge
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import case_by_case
from patsy.mgcv_cubic_splines import CC, CR
from patsy.splines import BS

from neuralnet import CorruptFileError, NeuralNetwork
from neuralnet.errors.exceptions import UntrustedError
from neuralnet.formula.functions import TABLE
from neuralnet.formula.transforms.center import Center
from neuralnet.formula.transforms.states import TRANSFORM_STATES, check_transform_state

FORMULA = (
    "y ~ bs(a, df=5) + cr(b, df=4, constraints='center') + cc(a, df=4) + center(a) + standardize(b)"
    " + te(cr(a, df=3), cr(b, df=3), constraints='center') + poly(a, 2) + poly(b, 2, raw=True)"
    " + C(k) + relevel(g, 'v') + cut(a, 4) + ntile(b, 5) + interaction(g, k) + pool(h, 3)"
    " + ns(a, 4) + bs(b, knots=[10, 100], degree=2, include_intercept=True, upper_bound=400)"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    pytest.importorskip("scipy")
    table = pd.DataFrame({"y": np.arange(20.0), "a": np.arange(20.0), "b": np.arange(20.0) ** 2})
    table["k"], table["g"], table["h"] = (
        [1, 2, 3, 4] * 5,
        ["u"] * 10 + ["v"] * 10,
        [*"ppppqqqqqqqqqqrrsttt"],
    )
    return NeuralNetwork(FORMULA, table, 1, seed=1), table


@pytest.fixture
def path(made, tmp_path):
    made[0].save(tmp_path / "net.nn", data=True)
    return tmp_path / "net.nn"


def test_file_itself_is_good(made, path):
    net, table = made
    assert NeuralNetwork.load(path).predict(table).equals(net.predict())


def swap(knots):
    knots[[4, 5]] = knots[[5, 4]] + [1, 0]
    return knots


def put(value, place=1):
    def make(array):
        array = array.astype(float)
        array[place] = value
        return array

    return make


WIDE = np.linspace(0.0, 19.0, 30_000)
# (what, the function, the attribute, what it becomes)
FORGED = [
    ("a degree that FITPACK does not support", "bs(", "_degree", 30),
    ("a degree of which there are too few knots", "bs(", "_degree", 5),
    ("a degree below zero", "bs(", "_degree", -1),
    ("a degree between", "bs(", "_degree", 2.5),
    ("a degree that is no number", "bs(", "_degree", {"float": "nan"}),
    ("too few knots", "bs(", "_all_knots", lambda knots: knots[:7]),
    ("no knots", "bs(", "_all_knots", lambda knots: knots[:0]),
    ("more knots than columns", "bs(", "_all_knots", lambda knots: np.sort(np.tile(knots, 3))),
    ("knots without end", "bs(", "_all_knots", lambda knots: WIDE),
    ("knots out of order", "bs(", "_all_knots", swap),
    ("a knot that is nan", "bs(", "_all_knots", put(np.nan)),
    ("a knot at infinity", "bs(", "_all_knots", put(np.inf, -1)),
    ("knots as a matrix", "bs(", "_all_knots", lambda knots: knots[:, None]),
    ("knots as truth values", "bs(", "_all_knots", lambda knots: knots > 3),
    ("one knot", "cr(b", "_all_knots", lambda knots: knots[:1]),
    ("duplicate knots", "cr(b", "_all_knots", lambda knots: knots[[0, 0, 1, 2, 3]]),
    ("knots without end", "cr(b", "_all_knots", lambda knots: WIDE),
    ("a knot that is nan", "cr(b", "_all_knots", put(np.nan)),
    ("a knot less", "cr(b", "_all_knots", lambda knots: knots[:-1]),
    ("constraints of other columns", "cr(b", "_constraints", lambda each: each[:, 1:]),
    ("constraints as a vector", "cr(b", "_constraints", lambda each: each[0]),
    ("constraints at infinity", "cr(b", "_constraints", put(np.inf, (0, 0))),
    ("too many constraints", "cr(b", "_constraints", lambda each: np.tile(each, (500, 1))),
    ("a knot that is nan", "cc(", "_all_knots", put(np.nan)),
    ("knots without end", "cc(", "_all_knots", lambda knots: WIDE),
    ("too many constraints", "te(", "_constraints", lambda each: np.tile(each, (500, 1))),
    ("too many constraints", "te(", "_constraints", lambda each: np.ones((1, 1_001))),
    ("invalid constraints", "te(", "_constraints", put(np.nan, (0, 0))),
    ("a knot that is nan", "ns(", "_all_knots", put(np.nan)),
    ("knots too far apart", "ns(", "_all_knots", lambda each: np.array([-1e308, 1, 1e308])),
    ("knots out of order", "ns(", "_all_knots", lambda knots: knots[::-1].copy()),
    ("duplicate knots", "ns(", "_all_knots", lambda knots: knots[[0, 1, 1, 2, 4]]),
    ("one knot", "ns(", "_all_knots", lambda knots: knots[:1]),
    ("knots without end", "ns(", "_all_knots", lambda knots: WIDE),
    ("knots as a matrix", "ns(", "_all_knots", lambda knots: knots[:, None]),
    ("an intercept that is a number", "ns(", "_intercept", 3),
    ("another degree", "poly(a", "_degree", 1),
    ("a degree without end", "poly(b", "_degree", 5_000),
    ("no degree", "poly(b", "_degree", 0),
    ("raw and not", "poly(a", "_raw", True),
    ("a step less", "poly(a", "alpha", lambda each: each[1:]),
    ("a step more", "poly(a", "beta", lambda each: np.append(each, 1.0)),
    ("a step that is nan", "poly(a", "beta", put(np.nan)),
    ("a norm of nothing", "poly(a", "norm", put(0.0)),
    ("a norm as a matrix", "poly(a", "norm", lambda each: each[:, None]),
    ("a mean of no rows", "center(", "_count", 0),
    ("a mean for each of many columns", "center(", "_sum", lambda each: np.ones(10**6)),
    ("a mean as a matrix", "center(", "_sum", lambda each: np.ones((1, 1))),
    ("an invalid mean", "center(", "_sum", put(np.nan, 0)),
    ("a spread of no rows", "standardize(", "n", 0),
    ("a spread below zero", "standardize(", "squares", -1.0),
    ("an invalid spread", "standardize(", "squares", {"float": "nan"}),
    ("an invalid mean", "standardize(", "mean", {"float": "nan"}),
    ("a duplicate level", "C(k", "levels", [1, 1, 2, 3]),
    ("a level that is no text or number", "C(k", "levels", [1, 2, 3, None]),
    ("a duplicate level", "relevel(", "levels", ["v", "v"]),
    ("no levels", "relevel(", "levels", None),
    ("a level that is a list", "relevel(", "levels", ["v", ["u"]]),
    ("breaks out of order", "cut(", "breaks", lambda each: each[::-1]),
    ("a break that is nan", "cut(", "breaks", put(np.nan)),
    ("a break less", "cut(", "breaks", lambda each: each[1:]),
    ("one break", "cut(", "breaks", lambda each: each[:1]),
    ("breaks as a matrix", "cut(", "breaks", lambda each: each[:, None]),
    ("breaks without end", "cut(", "breaks", lambda each: WIDE),
    ("a label more", "cut(", "labels", list("abcde")),
    ("labels that are no text", "cut(", "labels", [1, 2, 3, 4]),
    ("learned or not", "cut(", "learned", 1),
    ("bounds out of order", "ntile(", "bounds", lambda each: each[::-1]),
    ("a bound that is nan", "ntile(", "bounds", put(np.nan)),
    ("no bounds", "ntile(", "bounds", lambda each: each[:0]),
    ("bounds without end", "ntile(", "bounds", lambda each: WIDE),
    ("no factors", "interaction(", "parts", []),
    ("levels that are no list", "interaction(", "parts", [["u", "v"], "1234"]),
    ("a duplicate level", "interaction(", "parts", [["u", "u"], [1, 2, 3, 4]]),
    ("a level that is no text", "interaction(", "levels", [1, 2]),
    ("a level that is kept and pooled", "pool(", "pooled", ["p", "s"]),
    ("no level that is kept", "pool(", "kept", []),
    ("no name of the pooled levels", "pool(", "other", None),
    ("a name that is no text", "pool(", "other", 5),
]


@case_by_case(
    ("function", "name", "value"),
    [row[1:] for row in FORGED],
    ids=[f"{row[1]} {row[0]}" for row in FORGED],
)
@case_by_case("trusted", [False, True])
def test_forged_state_is_refused(function, name, value, trusted, made, path):
    made[0].save(path, data=True)

    def change(document, arrays):
        parts = find_parts(document, function, name)
        if not callable(value):
            parts[name] = value
            return
        arrays["forged"] = value(arrays[parts[name]["array"]].copy())
        parts[name] = {"array": "forged"}

    forge(path, change)
    with pytest.raises((CorruptFileError, UntrustedError)):
        NeuralNetwork.load(path, trusted=trusted)


def find_parts(document, start, name):
    """Return the first state with such an attribute in an expression that starts so."""
    for expression in document["design"]["expressions"]:
        if expression["code"].startswith(start):
            found = [each["parts"] for each in expression["transforms"].values()]
            return next(parts for parts in found if name in parts)
    raise AssertionError(f"no {start} in the file")


STATEFUL = {
    name: function.run.__patsy_stateful_transform__
    for name, function in TABLE.items()
    if hasattr(function.run, "__patsy_stateful_transform__")
}


@case_by_case("name", STATEFUL)
def test_each_transform_of_the_table_has_its_check(name):
    assert STATEFUL[name] in TRANSFORM_STATES


def test_overflowing_spreads_are_accepted():
    """Such a state is valid, where the transform does not divide by the spread."""
    parts = {"n": 3, "first": 0.0, "mean": 1e200, "squares": np.inf}
    check_transform_state(STATEFUL["standardize"], parts, 1)
    check_transform_state(Center, {"_sum": np.ones(3), "_count": 9}, 3)
    with pytest.raises(ValueError, match="mean"):
        check_transform_state(Center, {"_sum": np.ones(3), "_count": 9}, 2)


@settings(max_examples=count_examples(200), deadline=None)
@given(
    transform=st.sampled_from([BS, CR, CC]),
    degree=st.integers(-1, 40),
    knots=st.lists(st.floats(-5, 5, width=16), max_size=30).map(sorted),
)
def test_accepted_states_give_the_same_columns_twice(transform, degree, knots):
    pytest.importorskip("scipy")
    parts = {"_degree": degree} if transform is BS else {"_constraints": None}
    parts["_all_knots"] = np.array(knots)
    try:
        check_transform_state(transform, parts)
    except ValueError:
        return
    made = transform()
    for name, part in parts.items():
        setattr(made, name, part)
    x = np.linspace(knots[0], knots[-1], 50)
    found = []
    for filler in (np.pi, -np.e):
        held = [np.full(50, filler) for _ in range(50)]
        del held
        with np.errstate(all="ignore"):
            found.append(made.transform(x).tobytes())
    assert found[0] == found[1]
