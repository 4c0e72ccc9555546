"""Identifiers beyond 2**53 distinguish rows exactly, or raise an error."""

import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.columns import read_column
from neuralnet.design.design import Design
from neuralnet.design.subset import find_rows, read_subset
from neuralnet.formula.integers import Integers, concatenate_numbers
from neuralnet.metrics import confusion_matrix

BIG = 2**53
N = 40
A = np.linspace(-1, 1, N)
STEPS = np.arange(N) % 4


def arrow(kind: str) -> str:
    pytest.importorskip("pyarrow")
    return f"{kind}[pyarrow]"


# Four different identifiers in each dtype: the values, and the least of them.
STORED: dict[str, tuple[Callable[[], Any], int]] = {
    "int64": (lambda: BIG + STEPS, BIG),
    "negative": (lambda: STEPS - BIG - 2, -BIG - 2),
    "uint64": (lambda: np.uint64(2**63) + STEPS.astype(np.uint64), 2**63),
    "Int64": (lambda: pd.array(BIG + STEPS, dtype="Int64"), BIG),
    "UInt64": (lambda: pd.array(np.uint64(2**63) + STEPS.astype(np.uint64)), 2**63),
    "int64 of pyarrow": (lambda: pd.array(BIG + STEPS, dtype=arrow("int64")), BIG),
    "uint64 of pyarrow": (
        lambda: pd.array(np.uint64(2**63) + STEPS.astype(np.uint64), dtype=arrow("uint64")),
        2**63,
    ),
    "sparse": (lambda: pd.arrays.SparseArray(BIG + STEPS), BIG),
    "objects": (lambda: np.array([10**20 + int(i) for i in STEPS], dtype=object), 10**20),
    "objects of NumPy": (lambda: np.array([*(BIG + STEPS)], dtype=object), BIG),
    "categories": (lambda: pd.Categorical(BIG + STEPS), BIG),
}


@case_by_case("name", STORED)
@case_by_case("formula", ["C(k) ~ a", "factor(k) ~ a", "k ~ a"])
def test_classes_are_exact(name: str, formula: str, tmp_path: Any) -> None:
    make, first = STORED[name]
    data = pd.DataFrame({"k": make(), "a": A})
    truth = [first + int(step) for step in STEPS]
    net = NeuralNetwork(formula, data, hidden=0, family="softmax", decay=0.01)
    assert net.classes == truth[:4]
    assert net.Y.tolist() == truth
    net.train(optimizer="newton", trace=0)
    assert net.coef()["W1"].columns.tolist() == truth[:4]
    assert net.predict(type="probs").columns.tolist() == truth[:4]
    predicted = net.predict()
    assert set(predicted.tolist()) <= set(truth)
    right = np.array([one == other for one, other in zip(predicted, truth, strict=True)])
    assert net.accuracy() == net.accuracy(data) == right.mean()
    table = net.confusion_matrix()
    assert table.index.tolist() == truth[:4]
    assert np.trace(table) == right.sum()
    # A row with a missing value removes no class.
    gap = net.predict({"a": [*A, np.nan]})
    assert gap.tolist()[:N] == predicted.tolist()
    assert gap.isna().tolist() == [False] * N + [True]
    # Files do not support sparse columns.
    for rows in (False, True) if name != "sparse" else ():
        net.save(tmp_path / "net.nn", data=rows)
        read = NeuralNetwork.load(tmp_path / "net.nn")
        assert read.classes == net.classes
        assert read.predict(data).tolist() == predicted.tolist()
        if rows:
            assert read.Y.tolist() == truth


@case_by_case("name", STORED)
def test_levels_are_exact(name: str, tmp_path: Any) -> None:
    make, first = STORED[name]
    data = pd.DataFrame({"k": make(), "y": STEPS + 0.5})
    net = NeuralNetwork("y ~ C(k)", data, hidden=0)
    net.train(optimizer="newton", trace=0)
    assert net.x_names[1:] == [f"C(k)[T.{first + i}]" for i in (1, 2, 3)]
    wanted = pytest.approx([3.5, 1.5, 2.5], rel=1e-6)
    last = pytest.approx([3.5], rel=1e-6)
    net.save(tmp_path / "net.nn")
    for each in (net, NeuralNetwork.load(tmp_path / "net.nn")):
        assert each.predict(data.iloc[[3, 1, 2]]).tolist() == wanted
        assert each.predict({"k": [first + i for i in (3, 1, 2)]}).tolist() == wanted
        assert each.predict({"k": first + 3}).tolist() == last
        assert each.predict(data[["k"]].astype(object).iloc[3]).tolist() == last
        gap = each.predict({"k": [first + 3, None]})
        assert gap.tolist()[:1] == last
        assert gap.isna().tolist() == [False, True]
        with pytest.raises(ValueError, match=f"{first + 4}, which training never saw"):
            each.predict({"k": [first + 4]})
        with pytest.warns(UserWarning, match=f"never saw: .* {first + 4}"):
            some = each.predict({"k": [first + 4, first]}, unseen="missing")
        assert some.isna().tolist() == [True, False]
        # A float that equals a level may be the rounding of another integer.
        floats = pd.DataFrame({"k": [float(first), np.nan]})
        for unseen in ("error", "missing"):
            with pytest.raises(ValueError, match="cannot tell whole numbers apart"):
                each.predict(floats, unseen=unseen)


def test_wrap(tmp_path: Any) -> None:
    """Classes of both signs are sorted, and may exceed every integer type of NumPy."""
    held = [-(2**63) - 1, 5, 2**64]
    data = pd.DataFrame({"k": pd.Series(held * 10, dtype=object), "a": np.arange(30.0)})
    assert NeuralNetwork("C(k) ~ a", data).classes == held


CONDITIONS: list[tuple[str, Callable[[int, int], bool]]] = [
    ("k == {0}", lambda k, o: k == o),
    ("{0} == k", lambda k, o: k == o),
    ("k != {0}", lambda k, o: k != o),
    ("k < {0}", lambda k, o: k < o),
    ("{0} <= k", lambda k, o: o <= k),
    ("k in [{0}]", lambda k, o: k == o),
    ("k %in% c({0})", lambda k, o: k == o),
    ("!(k == {0})", lambda k, o: k != o),
    ("k - {0} == 0", lambda k, o: k == o),
    ("k - j == {0}", lambda k, o: k - 1 == o),
    ("k % 4 == {0} % 4", lambda k, o: k % 4 == o % 4),
    ("k // 2 == {0} // 2", lambda k, o: k // 2 == o // 2),
    ("k * 3 == 3 * {0}", lambda k, o: k == o),
    ("-k == -{0}", lambda k, o: k == o),
    ("abs(k) == {0}", lambda k, o: abs(k) == o),
    ("ifelse(k > 0, k, 0) == {0}", lambda k, o: k == o > 0),
    ("minimum(k, {0}) == {0}", lambda k, o: k >= o),
    ("round(k) == {0}", lambda k, o: k == o),
    ("floor(k) == {0}", lambda k, o: k == o),
    ("np.clip(k, {0} - 1, {0}) == {0}", lambda k, o: k >= o),
]


@case_by_case("name", [name for name in STORED if name != "categories"])
@case_by_case(("text", "meets"), CONDITIONS, ids=[each[0] for each in CONDITIONS])
def test_conditions_are_exact(name: str, text: str, meets: Callable[[int, int], bool]) -> None:
    make, first = STORED[name]
    data = pd.DataFrame({"k": make(), "j": 1.0})
    other = first + 1
    if name == "objects" and text.startswith(("minimum", "np.clip")):
        with pytest.raises(ValueError, match="take whole numbers of 64 bits"):
            read_subset(text.format(other), data, None)
        return
    wanted = [meets(first + int(step), other) for step in STEPS]
    if not any(wanted):
        with pytest.raises(ValueError, match="picks none"):
            read_subset(text.format(other), data, None)
        return
    assert read_subset(text.format(other), data, None).tolist() == wanted
    if "in" in text.split() or "%in%" in text:
        return
    formula = f"y ~ I({text.replace('!(', '~(').format(other)})"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        rows = Design.fit(formula, data.assign(y=A)).read(data, response=False)
    assert rows.X[:, -1].tolist() == wanted


def test_columns_of_other_types_compare_exactly() -> None:
    left, right = BIG + np.array([1, 2, 3]), np.array([BIG + 1, BIG + 1, 2**63], np.uint64)
    data = pd.DataFrame({"k": left, "j": right})
    assert read_subset("k == j", data, None).tolist() == [True, False, False]
    assert read_subset("k > j", data, None).tolist() == [False, True, False]
    gaps = pd.DataFrame({"k": pd.array([BIG, None, BIG + 1], dtype="Int64")})
    assert read_subset(f"k == {BIG + 1}", gaps, None).tolist() == [False, False, True]
    assert read_subset(f"!(k == {BIG + 1})", gaps, None).tolist() == [True, False, False]
    # An integer that no float equals is beyond the exact range of floats.
    edge = pd.DataFrame({"k": [BIG, 1]})
    assert read_subset(f"k < {BIG + 1}", edge, None).all()
    with pytest.raises(ValueError, match="picks none"):
        read_subset(f"k == {BIG + 1}", edge, None)


def test_floats_are_no_identifiers() -> None:
    data = pd.DataFrame({"k": (BIG + STEPS).astype(float), "a": A})
    for text in (f"k == {BIG + 1}", f"k > {BIG + 1}", f"k + 0 in [{BIG + 1}]"):
        with pytest.raises(ValueError, match=rf"'k' holds floats that cannot tell {BIG + 1}"):
            read_subset(text, data, None)
    for formula, family in (("a ~ C(k)", None), ("C(k) ~ a", None), ("k ~ a", "softmax")):
        with pytest.raises(ValueError, match=r"k.*floats such as 9007199254740992\.0.*Int64"):
            NeuralNetwork(formula, data, family=family)
    # Every small integer is a float.
    assert read_subset(f"a < {BIG + 1}", data, None).all()
    assert NeuralNetwork("a ~ C(k)", data.assign(k=STEPS * 1.0)).x_names[-1] == "C(k)[T.3]"


def chunks(*columns: Any) -> Callable[[], Any]:
    frames = [pd.DataFrame({"k": k, "a": A[: len(k)], "y": A[: len(k)]}) for k in columns]
    return lambda: iter(frames)


SMALL = [1.0, np.nan, 2.0]
PIECES = [
    (BIG + np.arange(4), np.uint64(BIG) + np.arange(3, dtype=np.uint64)),
    (np.array([1, 2**63], np.uint64), np.array([-5, BIG])),
    (SMALL, BIG + np.arange(3)),
    (BIG + np.arange(3), SMALL, [1, 2]),
    (np.array([10**20, 1], dtype=object), BIG + np.arange(3)),
    (pd.array([BIG + 1, None], dtype="Int64"), BIG + np.arange(2)),
]


@case_by_case("pieces", PIECES)
def test_chunks_of_other_types_are_concatenated_exactly(pieces: Any) -> None:
    present = {int(one) for piece in pieces for one in piece if not pd.isna(one)}
    wanted = tuple(sorted(present))
    source = chunks(*pieces)
    levels = Design.fit("y ~ C(k)", source)
    assert levels.x_names[1:] == tuple(f"C(k)[T.{one}]" for one in wanted[1:])
    for formula, judge in (("C(k) ~ a", None), ("k ~ a", lambda numbers: True)):
        response = Design.fit(formula, source, wants_classes=judge).response
        assert response.classes == wanted
        # Predictions have this dtype.
        assert pd.Series(list(wanted), dtype=response.dtype).tolist() == list(wanted)


def test_chunks_of_rounded_identifiers_are_refused() -> None:
    source = chunks([float(BIG), np.nan], BIG + np.arange(3))
    with pytest.raises(ValueError, match="cannot tell whole numbers apart"):
        Design.fit("y ~ C(k)", source)


def test_validation_and_rows_with_missing_values() -> None:
    data = pd.DataFrame({"k": BIG + STEPS, "a": A})
    gaps = data.assign(a=np.where(np.arange(N) == 3, np.nan, A))
    for formula in ("C(k) ~ a", "k ~ a"):
        net = NeuralNetwork(formula, data, hidden=0, family="softmax", decay=0.01)
        net.train(optimizer="newton", trace=0, validation=data)
        history = net.history
        assert history["validation_loss"].iloc[-1] == pytest.approx(history["loss"].iloc[-1])
        with pytest.warns(UserWarning, match="1 of 40 rows left out"):
            table = net.confusion_matrix(gaps)
        wanted = net.confusion_matrix(data.drop(index=3))
        pd.testing.assert_frame_equal(table, wanted)
        wide = gaps.assign(k=gaps["k"].astype("Int64").mask(np.arange(N) == 5))
        with pytest.warns(UserWarning, match="2 of 40 rows left out"):
            table = net.confusion_matrix(wide)
        pd.testing.assert_frame_equal(table, net.confusion_matrix(data.drop(index=[3, 5])))


def test_response_of_an_expression_keeps_integers_beside_missing_ones() -> None:
    data = pd.DataFrame({"k": pd.array(BIG + STEPS, dtype="Int64"), "a": A})
    data.loc[1, "k"] = pd.NA
    response = Design.fit("C(k) ~ a", data).response
    read = response.read(data)
    assert read.tolist()[2:] == (BIG + STEPS).tolist()[2:]
    assert read.isna().tolist() == [False, True] + [False] * (N - 2)
    assert response.encode(read).tolist() == [0, -1, *STEPS[2:].tolist()]


def test_labels_of_classes_and_rows() -> None:
    truth, predicted = [BIG, BIG + 1, BIG], [BIG + 1, BIG + 1, BIG]
    table = confusion_matrix(truth, np.array(predicted, np.uint64), [BIG, BIG + 1])
    assert table.to_numpy().tolist() == [[1, 1], [0, 1]]
    signs = confusion_matrix([-1, 2**63], [2**63, 2**63], [-1, 2**63])
    assert signs.to_numpy().tolist() == [[0, 1], [0, 1]]
    with pytest.raises(ValueError, match="truth holds floats such as"):
        confusion_matrix(np.array(truth, float), predicted, [BIG, BIG + 1])
    index = pd.Index(BIG + np.arange(3))
    assert find_rows("subset", pd.Index([BIG + 1]), index).tolist() == [False, True, False]
    labels = pd.Index([BIG + 1], dtype="uint64")
    assert find_rows("subset", labels, index).tolist() == [False, True, False]
    with pytest.raises(ValueError, match="subset names rows by floats"):
        find_rows("subset", pd.Index([float(BIG)]), index)


def test_class_weights_are_matched_to_exact_classes() -> None:
    data = pd.DataFrame({"k": BIG + STEPS, "a": A})
    given = {BIG + i: i + 1.0 for i in range(4)}
    net = NeuralNetwork("C(k) ~ a", data, hidden=0, seed=1, class_weight=given)
    other = NeuralNetwork("C(k) ~ a", data, hidden=0, seed=1, weights=STEPS + 1.0)
    assert net.compute_loss() == pytest.approx(other.compute_loss())


def test_numbers_are_the_nearest_floats_with_a_warning() -> None:
    data = pd.DataFrame({"k": BIG + STEPS, "y": A})
    floats = (BIG + STEPS).astype(float)
    with pytest.warns(UserWarning, match="'k' holds whole numbers beyond"):
        net = NeuralNetwork("y ~ k", data, hidden=0)
    np.testing.assert_array_equal(net.X[:, 1], floats)
    objects = data.assign(k=[10**20 + int(i) for i in STEPS])
    with pytest.warns(UserWarning, match="'k' holds whole numbers beyond"):
        NeuralNetwork("y ~ k", objects, hidden=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = "y ~ log(k) + sqrt(k) + center(k) + poly(k, 2) + I(k**2) + np.clip(k, 0, 1)"
        rounded = Design.fit(text, data.assign(k=floats)).read(data).X
        np.testing.assert_array_equal(Design.fit(text, data).read(data).X, rounded)
        np.testing.assert_array_equal(
            NeuralNetwork("y ~ offset(k)", data, weights="k").predict(),
            NeuralNetwork("y ~ 1", data, weights=floats, offset=floats).predict(),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(NeuralNetwork(f"y ~ C(k) + I(k > {BIG + 1})", data).x_names) == 5
        net = NeuralNetwork("k ~ y", data, hidden=0, family="gaussian")
        assert net.Y.tolist() == data["k"].tolist()
    with pytest.warns(UserWarning, match=rf"'k' is constant \({BIG + 1} in every row\)"):
        NeuralNetwork("y ~ C(k) + y2", data.assign(k=BIG + 1, y2=A**2))
    with pytest.raises(ValueError, match="too large for a float"):
        NeuralNetwork("y ~ k", data.assign(k=10**400))


def test_user_defined_functions_compute_exactly_or_raise_with_a_remedy() -> None:
    data = pd.DataFrame({"k": BIG + STEPS, "y": A})
    env = {
        "rest": lambda values: values % 4,
        "clip": lambda values: values.clip(0, 1),
        "write": lambda values: values.whole.fill(0),
    }
    with pytest.warns(UserWarning, match="'k' holds whole numbers beyond"):
        net = NeuralNetwork("y ~ rest(k)", data, env=env)
    assert net.X[:, 1].tolist() == STEPS.tolist()
    assert len(NeuralNetwork("y ~ C(rest(k))", data, env=env).x_names) == 4
    with (
        pytest.warns(UserWarning, match="'k' holds whole numbers beyond"),
        pytest.raises(ValueError, match=r"no attribute 'clip': np\.asarray"),
    ):
        NeuralNetwork("y ~ clip(k)", data, env=env)
    with (
        pytest.warns(UserWarning, match="'k' holds whole numbers beyond"),
        pytest.raises(ValueError, match="read-only"),
    ):
        NeuralNetwork("y ~ write(k)", data, env=env)


WHOLES = st.integers(-(2**70), 2**70)
OPERATORS = [
    *(operator.add, operator.sub, operator.mul, operator.eq, operator.ne, operator.lt),
    *(operator.le, operator.gt, operator.ge, operator.mod, operator.floordiv),
]


@given(st.lists(st.tuples(WHOLES, WHOLES), min_size=1, max_size=5), st.sampled_from(OPERATORS))
def test_arithmetic_is_that_of_python(pairs: list[tuple[int, int]], compute: Any) -> None:
    left, right = (
        read_column("k", pd.Series([*each, BIG], dtype=object)) for each in zip(*pairs, strict=True)
    )
    if compute in (operator.mod, operator.floordiv):
        right = right + (right == 0) * 1
    wanted = [compute(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    found = compute(left, right)
    assert found.tolist() == wanted
    # Integers that floats represent exactly are returned as floats.
    large = not isinstance(wanted[0], bool) and any(abs(one) >= BIG for one in wanted)
    assert isinstance(found, Integers) == large


def test_arrays_are_mixed_and_concatenated() -> None:
    big = Integers(BIG + np.arange(3))
    assert (big - np.array([0.0, 1.0, 2.0])).tolist() == [BIG] * 3
    assert (np.array([0.0, 1.0, 2.0]) + big).tolist() == [BIG, BIG + 2, BIG + 4]
    assert (big / 2).tolist() == [2.0**52, 2.0**52 + 0.5, 2.0**52 + 1]
    assert (big * 0.5).dtype == np.float64
    assert np.isnan(big).tolist() == [False] * 3
    assert big[1] == BIG + 1
    assert big[1:].tolist() == [BIG + 1, BIG + 2]
    assert np.asarray(big, dtype=np.int64).tolist() == big.tolist()
    assert np.column_stack([big, big]).dtype == np.float64
    gap = Integers(np.array([BIG + 1, 0]), np.array([False, True]))
    assert gap.tolist()[:1] == [BIG + 1]
    assert np.isnan(np.asarray(gap)).tolist() == [False, True]
    assert (gap == BIG + 1).tolist() == [True, False]
    mixed = concatenate_numbers(
        [big, np.array([1.0, np.nan]), Integers(np.array([2**63], np.uint64))]
    )
    assert mixed.tolist()[:4] == [BIG, BIG + 1, BIG + 2, 1]
    assert mixed.tolist()[-1] == 2**63
    assert isinstance(concatenate_numbers([big, np.array([0.5])]), np.ndarray)
