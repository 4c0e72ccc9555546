"""Imputation of missing predictors: values, indicators, and every term from the filled columns."""

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from numpy.testing import assert_array_equal

from neuralnet.design.complete_columns import Unseen
from neuralnet.design.design import Design
from neuralnet.design.imputation import MissingPatterns
from neuralnet.design.model_frame import read_model_frame
from neuralnet.errors import DataWarning

NAN = np.nan
N = 40
RNG = np.random.default_rng(3)


def blank(values: Any, *rows: int) -> pd.Series:
    series = pd.Series(values)
    return series.mask(series.index.isin(rows))


def make_frame() -> pd.DataFrame:
    """Each column misses other rows, but b those of a; x and z miss none."""
    return pd.DataFrame(
        {
            "y": RNG.normal(size=N),
            "a": blank(RNG.uniform(1.0, 5.0, N), 1, 5, 8),
            "b": blank(RNG.normal(size=N), 1, 5, 8),
            "g": blank(np.resize(["u", "v", "w", "v"], N).astype(object), 2, 9),
            "k": blank(np.resize([1.0, 2.0, 3.0, 2.0], N), 3, 4, 10, 11),
            "t": blank(np.resize([True, False, False], N).astype(object), 6),
            "c": pd.Categorical(blank(np.resize(["lo", "hi"], N), 7, 8), ["lo", "hi"]),
            "x": np.arange(N) / N,
        }
    )


FRAME = make_frame()
FILLED = FRAME.assign(
    a=FRAME["a"].fillna(FRAME["a"].median()),
    b=FRAME["b"].fillna(FRAME["b"].median()),
    g=FRAME["g"].fillna("v"),
    k=FRAME["k"].fillna(2.0),
    t=FRAME["t"].astype("boolean").fillna(False).astype(bool),
    c=FRAME["c"].fillna("lo"),
)
NAMES = {
    "a": "is.na(a) & is.na(b)",
    "g": "is.na(g)",
    "k": "is.na(k)",
    "t": "is.na(t)",
    "c": "is.na(c)",
}


def fit(formula: str, frame: Any = FRAME, **options: Any) -> Design:
    return Design.fit(formula, frame, impute=True, **options)


@case_by_case(
    ("formula", "marked"),
    [
        ("y ~ a + g + x", "a g"),
        ("y ~ .", "a g k t c"),
        ("y ~ . - 1", "a g k t c"),
        ("y ~ log(a) + poly(b, 2)", "a"),
        ("y ~ scale(a):g + center(k)", "k a g"),
        ("y ~ standardize(log(a)) + I(b > 0)", "a"),
        ("y ~ C(k) + C(g, Sum) + k:x", "k g"),
        ("y ~ C(k, Poly) * t", "k t"),
        ("y ~ g * a * c", "g a c"),
        ("y ~ 0 + g:t", "g t"),
        ("y ~ x", ""),
    ],
)
def test_every_term_is_that_of_the_filled_columns(formula: str, marked: str) -> None:
    """Beside the design of a table that pandas filled, for which nothing has to be imputed."""
    design, judge = fit(formula), Design.fit(formula, FILLED)
    shorter = "b" not in design.variables
    names = [
        f"is.na({name})" if name == "a" and shorter else NAMES[name] for name in marked.split()
    ]
    assert list(design.x_names) == [*judge.x_names, *names]
    X = design.read(FRAME).X
    D = len(judge.x_names)
    np.testing.assert_allclose(X[:, :D], judge.read(FILLED).X, rtol=1e-13, atol=1e-13)
    for column, name in zip(X[:, D:].T, marked.split(), strict=True):
        assert_array_equal(column, FRAME[name].isna())


def test_splines_see_the_filled_column() -> None:
    pytest.importorskip("scipy")
    design, judge = fit("y ~ bs(a, df=4)"), Design.fit("y ~ bs(a, df=4)", FILLED)
    assert_array_equal(design.read(FRAME).X[:, :-1], judge.read(FILLED).X)


def test_values_and_indicators_are_scikit_learn_s() -> None:
    """But for the second indicator of columns that are missing in the same rows."""
    impute = pytest.importorskip("sklearn.impute")
    numbers = ["a", "b", "k", "x"]
    judge = impute.SimpleImputer(strategy="median", add_indicator=True)
    wanted = judge.fit_transform(FRAME[numbers])
    assert judge.indicator_.features_.tolist() == [0, 1, 2]
    design = fit("y ~ a + b + k + x")
    assert_array_equal(design.read(FRAME).X[:, 1:], np.delete(wanted, 5, axis=1))


class TestIndicators:
    def test_indicators_are_no_numbers_to_standardize(self) -> None:
        design = fit("y ~ a + g")
        assert design.x_names == ("Intercept", "a", "g[T.v]", "g[T.w]", "is.na(a)", "is.na(g)")
        assert_array_equal(design.terms.is_numeric, [False, True, *[False] * 4])
        assert_array_equal(design.terms.is_categorical, [False, False, *[True] * 4])

    def test_a_column_may_have_the_name_of_one(self) -> None:
        frame = FRAME.rename(columns={"x": "is.na(a)"})
        design = fit("y ~ a + `is.na(a)`", frame)
        assert design.x_names == ("Intercept", "a", "`is.na(a)`", "is.na(a)")
        X = design.read(frame).X
        assert_array_equal(X[:, 2], FRAME["x"])
        assert_array_equal(X[:, 3], FRAME["a"].isna())

    def test_only_training_rows_count(self) -> None:
        """A value that is missing only where the response is too leaves no indicator."""
        frame = FRAME.assign(y=blank(FRAME["y"], 2, 9))
        assert fit("y ~ a + g", frame).x_names[-1] == "is.na(a)"

    def test_patterns_are_those_of_all_pieces(self) -> None:
        patterns = MissingPatterns("abcd")
        for rows in ("10 10 10 00", "01 01 00 00"):
            for name, row in zip("abcd", rows.split(), strict=True):
                patterns.add(name, np.array([each == "1" for each in row]))
        assert patterns.groups == (("a", "b"), ("c",))


class TestWhatIsNotImputed:
    def test_response_and_offset(self) -> None:
        frame = FRAME.assign(y=blank(FRAME["y"], 0), o=blank(FRAME["x"], 20, 21))
        design = fit("y ~ a + o + offset(o)", frame)
        assert [each.fill is None for each in design.variables.values()] == [False, True]
        X = design.read(frame).X
        assert_array_equal(np.isnan(X).any(axis=1), FRAME.index.isin([20, 21]))
        assert fit("y ~ a + o", frame, offset=["o"]).read(frame).complete.sum() == N - 3

    def test_a_column_of_the_response(self) -> None:
        design = fit("log(a) ~ I(a > 2) + b")
        assert design.variables["a"].fill is None
        assert design.variables["b"].fill is not None

    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ({"a": NAN}, "column 'a' has no value in 40 rows, .* leave it out, as in '. - a'$"),
            ({"a": NAN, "b": None}, "columns 'a', 'b' have no value in 40 rows"),
            ({"a": [1.0, *[NAN] * (N - 1)], "y": [NAN, *range(N - 1)]}, "'a' has no .* in 39 rows"),
            (
                {"a": ["u", *[None] * (N - 1)], "y": [NAN, *range(N - 1)]},
                "'a' has no value in 39 rows",
            ),
        ],
        ids=["all", "two", "without a response", "text without a response"],
    )
    def test_a_column_without_values(self, columns: dict[str, Any], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            fit("y ~ a + b + x", FRAME.assign(**columns))

    def test_no_response(self) -> None:
        with pytest.raises(ValueError, match=r"no row of 40 is complete; missing values: y 40$"):
            fit("y ~ a + b", FRAME.assign(y=NAN))


class TestNewRows:
    def test_nothing_is_missing(self) -> None:
        design = fit("y ~ . - x")
        new = pd.DataFrame({name: [None] for name in FRAME.columns.drop(["y", "x"])})
        row = design.read(new, response=False).X[0]
        filled = design.read(
            FILLED.iloc[[1]].assign(
                a=FRAME["a"].median(), g="v", k=2.0, t=False, c="lo", b=FRAME["b"].median()
            ),
            response=False,
        )
        D = len(row) - 5
        assert_array_equal(row[:D], filled.X[0, :D])
        assert_array_equal(row[D:], 1.0)

    def test_a_column_that_was_complete_is_filled_in_with_a_warning(self) -> None:
        design = fit("y ~ a + x")
        words = (
            "^column 'x' is missing as in no row of training: filled in with 0.4875 in 2 rows, as "
            "if known$"
        )
        with pytest.warns(DataWarning, match=words):
            X = design.read({"a": [1.0, NAN, 2.0], "x": [NAN, NAN, 0.5]}, response=False).X
        assert_array_equal(X[:, 2], [0.4875, 0.4875, 0.5])
        assert_array_equal(X[:, 3], [0.0, 1.0, 0.0])

    def test_columns_that_were_missing_together_and_now_are_not(self) -> None:
        design = fit("y ~ a + b + x")
        new = {"a": [1.0, NAN], "b": [NAN, NAN], "x": [NAN, 0.0]}
        words = "^2 columns are missing as in no row of training: .* 'b' .* in 1 row.*, 'x' "
        with pytest.warns(DataWarning, match=words):
            X = design.read(new, response=False).X
        assert_array_equal(X[:, -1], [0.0, 1.0])

    def test_unseen_levels_are_an_error_or_imputed(self) -> None:
        design = fit("y ~ a + g + C(k)")
        new = FRAME.iloc[[0, 1, 12]].assign(g=["?", "u", None], k=[1.0, 9.0, 3.0])
        with pytest.raises(ValueError, match=r"column 'g' holds '\?', which training never saw"):
            design.read(new)
        unseen = Unseen()
        X = design.read(new, unseen=unseen).X
        assert X.shape == (3, 9)
        assert unseen.rows == 0
        assert unseen.filled == {0, 1}
        assert unseen.levels == {"column 'g'": ["?"], "C(k)": [9]}
        wanted = design.read(new.assign(g=[None, "u", None], k=[1.0, NAN, 3.0])).X
        assert_array_equal(X, wanted)
        assert_array_equal(X[:, -2:], [[1, 0], [0, 1], [1, 0]])

    def test_levels_of_numbers_may_come_as_numbers(self) -> None:
        frame = FRAME.assign(k=FRAME["k"].astype("Int64").astype("category"))
        design, unseen = fit("y ~ k", frame), Unseen()
        X = design.read({"k": [1.0, 7.0, NAN]}, response=False, unseen=unseen).X
        assert_array_equal(X, [[1, 0, 0, 0], [1, 1, 0, 1], [1, 1, 0, 1]])
        assert unseen.filled == {1}


class TestTrainingRows:
    def test_values_are_counted_by_column_in_place_of_rows(self) -> None:
        design, model_frame = fit("y ~ a + b + g + x"), read_model_frame(FRAME)
        words = (
            r"^8 missing values imputed by the median or the most frequent level: a 3 \(\d\.\d+\), "
            r"b 3 \(-?\d\.\d+\), g 2 \('v'\)$"
        )
        with pytest.warns(DataWarning, match=words) as reported:
            rows, kept = design.read_complete_rows(model_frame, "impute")
        assert len(reported) == 1
        assert len(rows.X) == len(kept.frame) == N
        # The columns themselves are stored, so that folds can learn other values.
        assert kept.frame["a"].isna().sum() == 3

    def test_rows_without_a_response_or_a_weight_are_dropped(self) -> None:
        frame = FRAME.assign(y=blank(FRAME["y"], 0, 1))
        model_frame = read_model_frame(frame, weights=blank(np.ones(N), 39))
        with pytest.warns(DataWarning) as reported:
            rows, _ = fit("y ~ g", frame).read_complete_rows(model_frame, "impute")
        assert [str(each.message) for each in reported] == [
            "3 of 40 rows dropped: they have missing values (y 2, weights or offset 1)",
            "2 missing values imputed by the median or the most frequent level: g 2 ('v')",
        ]
        assert len(rows.X) == N - 3

    @pytest.mark.parametrize(
        ("blanks", "remedy"),
        [
            ({"x": (0, 1)}, ""),
            ({"x": (0, 1, 2)}, r". na_action='impute' keeps 3 of them, with values filled in"),
            ({"x": (0, 1, 2), "y": (1, 2)}, ""),
            ({"y": (0, 1, 2, 3)}, ""),
        ],
        ids=["few", "many", "without a response", "the response"],
    )
    def test_where_it_would_keep_many_rows_the_warning_names_it(
        self, blanks: dict[str, tuple[int, ...]], remedy: str
    ) -> None:
        frame = FRAME.assign(**{name: blank(FRAME[name], *rows) for name, rows in blanks.items()})
        with pytest.warns(
            DataWarning, match=rf"dropped: they have missing values \([^()]*\){remedy}$"
        ):
            Design.fit("y ~ x", frame).read_complete_rows(read_model_frame(frame))

    def test_no_complete_row_names_it(self) -> None:
        frame = pd.DataFrame({"y": [1.0, 2, 3, 4], "a": [NAN, NAN, 1, 2], "b": [1.0, 2, NAN, NAN]})
        words = "y 0, a 2, b 2. na_action='impute' fills in predictors$"
        with pytest.raises(ValueError, match=words):
            Design.fit("y ~ a + b", frame)
        design = fit("y ~ a + b", frame)
        wanted = [[1.5, 1, 1, 0], [1.5, 2, 1, 0], [1, 1.5, 0, 1], [2, 1.5, 0, 1]]
        assert_array_equal(design.read(frame).X[:, 1:], wanted)


@pytest.mark.parametrize("cuts", [[], [1], [5, 8], [2, 3, 9, 10, 30], list(range(1, N, 3))])
def test_pieces_are_as_the_whole_table(cuts: list[int]) -> None:
    ends = [0, *cuts, N]
    pieces = [FRAME.iloc[a:b] for a, b in pairwise(ends)]

    def read() -> Iterator[pd.DataFrame]:
        return iter(pieces)

    formula = "y ~ scale(a) + b + g + C(k) + t + c"
    cut, whole = fit(formula, read), fit(formula)
    assert cut.x_names == whole.x_names
    fills = [{name: each.fill for name, each in one.variables.items()} for one in (cut, whole)]
    assert fills[0] == fills[1]
    assert_array_equal(cut.read(FRAME).X, whole.read(FRAME).X)


def test_medians_hold_one_column_at_a_time() -> None:
    n, D = 20_000, 20
    frame = pd.DataFrame({f"x{j}": np.arange(n, dtype=float) for j in range(D)})
    frame["y"] = np.arange(n) % 7.0
    peaks = []
    for impute in (False, True):
        tracemalloc.start()
        Design.fit("y ~ .", frame, impute=impute)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 4 * 8 * n
