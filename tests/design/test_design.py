"""From a table to matrices: missing values, ignored columns, dropped rows and warnings."""

import numpy as np
import pandas as pd
import pytest
from extent import count_examples
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet.design.design import Design
from neuralnet.design.model_frame import read_model_frame


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5],
            "a": [1.0, 2.0, 4.0, 7.0, 5.0, 3.0],
            "g": pd.Categorical(list("uvwuvw")),
            "t": [True, False, False, True, True, False],
        },
        index=[10, 20, 20, 30, 40, 50],
    )


class TestRows:
    def test_missing_values_give_nan_rows_and_change_no_others(self, frame: pd.DataFrame) -> None:
        design = Design.fit("y ~ standardize(a)*g + t", frame)
        whole = design.read(frame).X
        holes = frame.astype({"t": "boolean"})
        holes.iloc[1, 1], holes.iloc[3, 2], holes.iloc[4, 3] = np.nan, None, pd.NA
        rows = design.read(holes)
        kept = np.array([True, False, True, False, False, True])
        np.testing.assert_array_equal(rows.X[kept], whole[kept])
        assert np.isnan(rows.X[~kept]).all()
        np.testing.assert_array_equal(rows.complete, kept)
        assert not rows.undefined.any()

    def test_count_and_index_are_kept(self, frame: pd.DataFrame) -> None:
        design = Design.fit("y ~ a + g", frame)
        order = [5, 1, 2, 2, 0]
        rows = design.read(frame.iloc[order])
        assert rows.index.tolist() == [50, 20, 20, 20, 10]
        np.testing.assert_array_equal(rows.X, design.read(frame).X[order])
        np.testing.assert_array_equal(rows.response, frame["y"].to_numpy()[order])

    @pytest.mark.parametrize("text", ["y ~ a*g", "y ~ t + log(a)", "y ~ bs(a, df=4)", "y ~ 1"])
    def test_no_rows(self, text: str, frame: pd.DataFrame) -> None:
        design = Design.fit(text, frame)
        rows = design.read(frame.iloc[:0])
        assert rows.X.shape == (0, len(design.x_names))
        assert len(rows.index) == len(rows.response) == 0

    def test_one_row(self, frame: pd.DataFrame) -> None:
        design = Design.fit("y ~ standardize(a)*g + t", frame)
        whole = design.read(frame).X
        for row in range(len(frame)):
            series = frame.iloc[row]
            for one in (frame.iloc[[row]], series, series.to_dict()):
                np.testing.assert_array_equal(design.read(one, response=False).X, whole[[row]])

    def test_response_is_not_needed(self, frame: pd.DataFrame) -> None:
        design = Design.fit("log(y) ~ a", frame)
        rows = design.read(frame[["a"]], response=False)
        np.testing.assert_array_equal(rows.X, design.read(frame).X)
        assert rows.complete.all()
        with pytest.raises(ValueError, match="column 'y' is not in the data"):
            design.read(frame[["a"]])

    def test_other_columns_are_ignored(self, frame: pd.DataFrame) -> None:
        design = Design.fit("y ~ a", frame)
        extra = frame.assign(when=pd.Timestamp("2026-01-01"), z=1j)
        extra[7] = np.inf
        extra = pd.concat([extra, extra[["z"]]], axis=1)
        np.testing.assert_array_equal(design.read(extra).X, design.read(frame).X)

    def test_dot_is_frozen_at_training(self, frame: pd.DataFrame) -> None:
        design = Design.fit("y ~ .", frame)
        new = frame[["t", "g", "a", "y"]].assign(b=1.0)
        np.testing.assert_array_equal(design.read(new).X, design.read(frame).X)

    def test_columns_of_any_memory_layout(self, frame: pd.DataFrame) -> None:
        numbers = np.asfortranarray(np.arange(24.0).reshape(6, 4))
        names = list("yabc")
        design = Design.fit("y ~ .^2", pd.DataFrame(numbers, columns=names))
        wanted = design.read(pd.DataFrame(np.ascontiguousarray(numbers), columns=names)).X
        strided = pd.DataFrame(np.repeat(numbers, 2, axis=0)[::2], columns=names)
        np.testing.assert_array_equal(design.read(strided).X, wanted)
        assert design.read(strided).X.dtype == np.float64


class TestCaller:
    """A column that is missing is never taken from the variables of the program."""

    def test_at_training(self, frame: pd.DataFrame) -> None:
        b = frame["a"].to_numpy()
        with pytest.raises(ValueError, match="unknown name 'b'"):
            Design.fit("y ~ b", frame)
        with pytest.raises(ValueError, match="unknown name 'b'"):
            Design.fit("y ~ I(a + b)", frame)
        assert len(b) == len(frame)

    @pytest.mark.parametrize("text", ["y ~ a", "y ~ log(a)", "y ~ center(a)", "y ~ a:g"])
    def test_at_reading(self, text: str, frame: pd.DataFrame) -> None:
        design = Design.fit(text, frame)
        a = np.array([100.0, 200.0])
        with pytest.raises(ValueError, match="column 'a' is not in the data"):
            design.read(pd.DataFrame({"b": a, "g": ["u", "v"]}), response=False)

    def test_index_name_is_no_column(self, frame: pd.DataFrame) -> None:
        with pytest.raises(ValueError, match="unknown name 'row'"):
            Design.fit("y ~ row", frame.rename_axis("row"))


class TestFrameIsLeftAlone:
    TEXT = "log(y) ~ standardize(a)*g + t + C(g, Sum) + I(a * t) + bs(a, df=4)"

    def test_unchanged(self, frame: pd.DataFrame) -> None:
        before = frame.copy(deep=True)
        design = Design.fit(self.TEXT, frame)
        design.read(frame)
        design.read_complete_rows(read_model_frame(frame, np.ones(len(frame))))
        pd.testing.assert_frame_equal(frame, before)

    def test_read_only(self, frame: pd.DataFrame) -> None:
        values = frame[["y", "a"]].to_numpy()
        wanted = Design.fit("y ~ standardize(a)", pd.DataFrame(values, columns=["y", "a"]))
        values.flags.writeable = False
        locked = pd.DataFrame(values, columns=["y", "a"])
        design = Design.fit("y ~ standardize(a)", locked)
        np.testing.assert_array_equal(design.read(locked).X, wanted.read(locked).X)

    def test_design_keeps_no_reference_to_the_frame(self, frame: pd.DataFrame) -> None:
        design = Design.fit(self.TEXT, frame)
        new = frame.copy(deep=True)
        before = design.read(new).X
        frame["a"] = 0.5
        frame["g"] = "z"
        np.testing.assert_array_equal(design.read(new).X, before)

    def test_reading_twice_gives_separate_arrays(self, frame: pd.DataFrame) -> None:
        design = Design.fit("y ~ a", frame)
        one, two = design.read(frame), design.read(frame)
        one.X[:] = 0
        np.testing.assert_array_equal(two.X[:, 1], frame["a"])


NAMES = [
    ("twice, unused", ["y", "a", "b", "b"], "y ~ a", None),
    ("twice, used", ["y", "a", "a", "b"], "y ~ a", (ValueError, "2 columns named 'a': rename")),
    ("twice, by the dot", ["y", "a", "b", "b"], "y ~ .", (ValueError, "2 columns named 'b'")),
    ("twice, response", ["y", "y", "a", "b"], "y ~ a", (ValueError, "2 columns named 'y'")),
    ("a number, unused", ["y", "a", "b", 0], "y ~ a", None),
    ("tuples, unused", ["y", "a", ("b", 1), ("b", 2)], "y ~ a", None),
    ("nothing, unused", ["y", "a", None, np.nan], "y ~ a", None),
    ("a date, unused", ["y", "a", pd.Timestamp("2024-01-31"), 0.5], "y ~ a", None),
    ("a number, by the dot", ["y", "a", "b", 0], "y ~ .", (TypeError, "by strings, not by 0: ren")),
    ("levels", [("y", ""), ("a", ""), ("b", 1), ("b", 2)], "y ~ a", (ValueError, "name 'y'.*'b'")),
]


@case_by_case(
    ("columns", "text", "fault"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES]
)
def test_names_of_columns(columns: list, text: str, fault: tuple | None) -> None:
    data = pd.DataFrame([[1.0, 2, 3, 4], [2.0, 3, 5, 6]], columns=pd.Index(columns))
    if fault is None:
        assert Design.fit(text, data).x_names == ("Intercept", "a")
        return
    error, reported = fault
    with pytest.raises(error, match=reported):
        Design.fit(text, data)


@case_by_case(
    ("data", "error", "reported"),
    [
        (None, TypeError, "must be a pandas DataFrame.* not NoneType"),
        (np.ones((2, 2)), TypeError, "not ndarray"),
        ([{"y": 1}, ["a"]], TypeError, "not list"),
        ({"y": [1.0], "a": [np.nan]}, ValueError, "no row of 1 is complete; .* y 0, a 1"),
        (
            {"y": [1.0, np.nan], "a": [None, "u"]},
            ValueError,
            "no row of 2 is complete; .* y 1, a 1",
        ),
        ({"y": [], "a": []}, ValueError, "has no rows"),
        ({"y": [1.0, 2]}, ValueError, "unknown name 'a'"),
        ({"y": [1.0, 2], "a": [1, [2]]}, TypeError, "column 'a' holds 'int', 'list'"),
        ({"y": [1.0, 2], "a": [1, np.inf]}, ValueError, "column 'a' is infinite"),
    ],
    ids=[
        "none",
        "array",
        "list",
        "row missing",
        "rows missing",
        "no row",
        "no column",
        "lists",
        "inf",
    ],
)
def test_table_without_a_valid_design_is_refused(data: object, error: type, reported: str) -> None:
    with pytest.raises(error, match=reported):
        Design.fit("y ~ a", data)


class TestTraining:
    def test_incomplete_rows_are_dropped_with_one_warning(self, frame: pd.DataFrame) -> None:
        frame["a"] = [1.0, np.nan, 4.0, 7.0, np.nan, 3.0]
        design = Design.fit("y ~ a", frame)
        words = (
            r"^2 of 6 rows dropped: they have missing values \(a 2\). na_action='impute' keeps 2 "
            "of them, with values filled in$"
        )
        with pytest.warns(UserWarning, match=words) as w:
            rows, model_frame = design.read_complete_rows(
                read_model_frame(frame, np.arange(1.0, 7.0))
            )
        assert len(w) == 1
        assert rows.index.tolist() == [10, 20, 30, 50]
        np.testing.assert_array_equal(rows.X[:, 1], [1, 4, 7, 3])
        np.testing.assert_array_equal(model_frame.w, [1, 3, 4, 6])
        np.testing.assert_array_equal(model_frame.positions, [0, 2, 3, 5])
        assert list(model_frame.frame) == ["y", "a"]
        assert model_frame.frame.index.tolist() == [10, 20, 30, 50]

    def test_row_without_a_response_is_dropped(self) -> None:
        frame = pd.DataFrame(
            {"y": [1.0, 2, np.nan, 4], "x": [1.0, 2, 0, 4], "g": list("abca")}, index=list("ijkl")
        )
        with pytest.warns(UserWarning, match="'g' has 'c' only in rows without a response"):
            design = Design.fit("y ~ g + log(x)", frame)
        with pytest.warns(UserWarning, match=r"^1 of 4 rows dropped: .*\(y 1\)$"):
            rows, model_frame = design.read_complete_rows(read_model_frame(frame))
        assert rows.index.tolist() == model_frame.frame.index.tolist() == ["i", "j", "l"]
        wanted = [[1, 0, 0, 0], [1, 1, 0, np.log(2)], [1, 0, 0, np.log(4)]]
        np.testing.assert_array_equal(rows.X, wanted)

    def test_no_warning_where_no_row_is_dropped(self, frame: pd.DataFrame) -> None:
        rows, model_frame = Design.fit("y ~ a", frame).read_complete_rows(read_model_frame(frame))
        assert len(rows.X) == len(model_frame.frame) == 6
        assert model_frame.w is None

    def test_levels_are_those_of_complete_rows(self, frame: pd.DataFrame) -> None:
        frame["a"] = [1.0, 2.0, np.nan, 7.0, 5.0, np.nan]
        with pytest.warns(UserWarning, match="column 'g' has no row of 'w'"):
            design = Design.fit("y ~ a + g", frame)
        assert design.x_names == ("Intercept", "a", "g[T.v]")
        with pytest.raises(ValueError, match="holds 'w'"):
            design.read(frame.iloc[[2]].assign(a=1.0))

    @pytest.mark.parametrize("kind", [list, pd.Categorical])
    def test_class_that_only_incomplete_rows_have(self, kind: type, frame: pd.DataFrame) -> None:
        frame["y"] = kind(list("rstrst"))
        frame["a"] = [1.0, 2.0, np.nan, 7.0, 5.0, np.nan]
        with pytest.warns(UserWarning, match="column 'y' has no row of 't'"):
            design = Design.fit("y ~ a", frame)
        assert design.response.classes == ("r", "s")
        with pytest.warns(UserWarning, match="2 of 6 rows dropped"):
            rows, _ = design.read_complete_rows(read_model_frame(frame))
        np.testing.assert_array_equal(rows.response, [0, 1, 0, 1])
        assert list(rows.labels) == list("rsrs")

    def test_transforms_are_fitted_to_complete_rows(self, frame: pd.DataFrame) -> None:
        frame["a"] = [1.0, np.nan, 3.0, 5.0, np.nan, 7.0]
        design = Design.fit("y ~ center(a)", frame)
        np.testing.assert_array_equal(design.read(frame).X[:, 1], frame["a"] - 4)

    @pytest.mark.parametrize(
        ("text", "a"), [("log(a)", 0.0), ("log(a)", -1.0), ("I(1 / a)", 0.0), ("exp(a)", 1e4)]
    )
    def test_term_that_is_not_a_number_is_reported(
        self, text: str, a: float, frame: pd.DataFrame
    ) -> None:
        frame.iloc[3, 1] = a
        design = Design.fit(f"y ~ g + {text}", frame)
        with pytest.raises(ValueError, match=r"\(.*a\) is not a finite number in 1 row, .* row 30"):
            design.read_complete_rows(read_model_frame(frame))

    def test_standardizing_a_constant_is_reported(self, frame: pd.DataFrame) -> None:
        with pytest.warns(UserWarning, match="column 'a' is constant"):
            design = Design.fit("y ~ standardize(a)", frame.assign(a=2.0))
        with pytest.raises(
            ValueError, match=r"standardize\(a\) is not a finite .* no spread to divide by"
        ):
            design.read_complete_rows(read_model_frame(frame.assign(a=2.0)))


# Any column of the dtypes that pandas has; None stands for missing.
FLOATS = st.floats(-1e6, 1e6) | st.just(None) | st.just(np.nan)
INTS = st.integers(-(2**40), 2**40)
KINDS = {
    "float": (FLOATS, "float64"),
    "float32": (st.floats(-1e3, 1e3, width=32), "float32"),
    "int": (st.integers(-5, 5), "int64"),
    "Int64": (INTS | st.none(), "Int64"),
    "Float64": (st.floats(-1e6, 1e6) | st.none(), "Float64"),
    "bool": (st.booleans(), "bool"),
    "boolean": (st.booleans() | st.none(), "boolean"),
    "text": (st.sampled_from(["u", "v", "w", ""]) | st.none(), object),
    "string": (st.sampled_from(["u", "v", "w"]) | st.none(), "string"),
    "category": (st.sampled_from(["u", "v"]) | st.none(), pd.CategoricalDtype(["w", "v", "u"])),
    "ordered": (st.sampled_from(["u", "v"]), pd.CategoricalDtype(["w", "v", "u"], ordered=True)),
    "ints of a category": (st.integers(0, 3) | st.none(), "category"),
    "bools of a category": (st.booleans() | st.none(), pd.CategoricalDtype([True, False])),
    "ints as objects": (INTS | st.none(), object),
    "bools as objects": (st.booleans() | st.none(), object),
    "mixed": (st.integers(0, 3) | st.sampled_from("uv") | st.booleans() | st.none(), object),
    "dates": (st.datetimes() | st.none(), object),
    "complex": (st.complex_numbers(max_magnitude=9), "complex128"),
    "with infinity": (st.floats(allow_nan=False), "float64"),
}
TERMS = ["a", "a + b", "a*b", "a:b - 1", "C(a) + b", "I(a) + center(b)", "log(a) + b"]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(1, 8))
    columns = {"y": np.arange(n, dtype=float)}
    for name in "ab":
        values, dtype = KINDS[draw(st.sampled_from(sorted(KINDS)))]
        columns[name] = pd.Series(draw(st.lists(values, min_size=n, max_size=n)), dtype=dtype)
    return pd.DataFrame(columns)


def test_factor_with_one_level_is_reported(frame: pd.DataFrame) -> None:
    with pytest.warns(UserWarning, match=r"column 'g' is constant \('u' in every row\)"):
        design = Design.fit("y ~ a + g", frame.assign(g="u"))
    assert design.x_names == ("Intercept", "a")


def test_r_names_for_the_same(frame: pd.DataFrame) -> None:
    design = Design.fit("y ~ factor(g) + ifelse(a > 2, pi, 0)", frame)
    same = Design.fit("y ~ C(g) + np.where(a > 2, np.pi, 0)", frame)
    np.testing.assert_array_equal(design.read(frame).X, same.read(frame).X)
    assert design.x_names[1].startswith("factor(g)[T.")


@pytest.mark.filterwarnings("ignore:.*column.* no row of:UserWarning")
@pytest.mark.filterwarnings("ignore:.*column.* only in rows without a response:UserWarning")
@pytest.mark.filterwarnings("ignore:.*column.* constant:UserWarning")
@settings(max_examples=count_examples(150))
@given(data=tables(), text=st.sampled_from(TERMS), order=st.randoms(use_true_random=False))
def test_any_table_is_read_consistently_or_refused(
    data: pd.DataFrame, text: str, order: object
) -> None:
    """Some of the rows, in any order, are read as they are read among all rows."""
    before = data.copy(deep=True)
    try:
        design = Design.fit(f"y ~ {text}", data)
        whole = design.read(data)
    except (ValueError, TypeError):
        return
    finally:
        pd.testing.assert_frame_equal(data, before)
    assert whole.X.shape == (len(data), len(design.x_names))
    missing = data[["a", "b"][: 1 + ("b" in text)]].isna().any(axis=1).to_numpy()
    np.testing.assert_array_equal(np.isnan(whole.X).any(axis=1), missing | whole.undefined)

    some = [row for row in range(len(data)) if order.random() < 0.6]
    order.shuffle(some)
    few = design.read(data.iloc[some])
    np.testing.assert_array_equal(few.X, whole.X[some])
    np.testing.assert_array_equal(few.response, whole.response[some])
    assert few.index.equals(data.index[some])
