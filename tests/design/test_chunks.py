"""A design fitted to chunks equals that of the whole frame, for any cut of the rows."""

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pandas as pd
import patsy
import pytest
from extent import count_examples
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import case_by_case
from test_design import tables

from neuralnet.design.chunks import cut_blocks
from neuralnet.design.columns import find_missing, read_column
from neuralnet.design.design import Design
from neuralnet.design.summaries import BLOCK_ROWS, ColumnSummary
from neuralnet.design.variable import Variable

RNG = np.random.default_rng(5)
N = 60


class Source:
    """Pieces of a frame, cut after the given rows, with a count of the passes over them."""

    def __init__(self, frame: pd.DataFrame, cuts: list[int]) -> None:
        ends = [0, *sorted(cuts), len(frame)]
        self.pieces = [frame.iloc[a:b] for a, b in pairwise(ends)]
        self.passes = 0

    def __call__(self) -> Iterator[pd.DataFrame]:
        yield from self.pieces
        self.passes += 1


def give(*pieces: object) -> Callable[[], Iterator[object]]:
    return lambda: iter(pieces)


def assert_same_variables(one: Mapping[str, Variable], other: Mapping[str, Variable]) -> None:
    """Compare as ``==`` does, but nan equals nan; Python 3.13 compares field by field."""
    np.testing.assert_equal(
        *({name: astuple(each) for name, each in held.items()} for held in (one, other))
    )


def assert_same(one: Design, other: Design) -> None:
    """Compare all that two designs hold, without reading rows."""
    assert one.x_names == other.x_names
    assert_same_variables(one.variables, other.variables)
    assert one.response.names == other.response.names
    assert one.response.classes == other.response.classes
    assert list(map(type, one.response.classes)) == list(map(type, other.response.classes))
    assert one.response.dtype == other.response.dtype
    assert one.response.ordered == other.response.ordered
    assert_same_variables(one.response.variables, other.response.variables)
    assert [shift.name for shift in one.offsets] == [shift.name for shift in other.offsets]


def assert_reads_same(one: Design, other: Design, frame: pd.DataFrame) -> None:
    found, wanted = one.read(frame), other.read(frame)
    np.testing.assert_array_equal(found.X, wanted.X)
    np.testing.assert_array_equal(found.response, wanted.response)
    assert (found.offset is None) == (wanted.offset is None)
    if wanted.offset is not None:
        np.testing.assert_array_equal(found.offset, wanted.offset)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    a = RNG.normal(size=N)
    a[[3, 17]] = np.nan
    return pd.DataFrame(
        {
            "y": RNG.normal(size=N) + 3,
            "a": a,
            "b": RNG.uniform(1, 2, N),
            "k": RNG.integers(1, 4, N),
            "half": np.r_[np.ones(N - 1), 2.5],
            "g": RNG.choice(["u", "v", "w"], N),
            "t": RNG.choice([True, False], N),
            "o": pd.Categorical(RNG.choice(["lo", "hi"], N), ["lo", "hi"], ordered=True),
            "c": pd.Categorical(RNG.choice(["v", "u"], N), ["v", "u"]),
        }
    )


# (formula, passes over the rows)
FORMULAS = [
    ("y ~ a + b + g + t + o + c", 1),
    ("y ~ .", 1),
    ("g ~ a*b", 1),
    ("y ~ a*g + log(b) + I(a > 0) + offset(b)", 1),
    ("y ~ center(a) + standardize(b):g", 2),
    ("log(y) ~ standardize(a) + offset(standardize(b))", 2),
    ("y ~ scale(a, ddof=1) + standardize(center(b))", 3),
    ("center(y) ~ a", 3),
    ("C(k) ~ a", 3),
    ("I(a > 0) ~ b", 2),
    ("np.where(a > 0, 'p', 'n') ~ b", 2),
    ("cbind(y, log(b), t) ~ a + g", 2),
    ("y ~ C(k) + C(half) + C(k / 2)", 2),
    ("y ~ C(k, Sum) + C(C(half), Sum) + factor(g, levels=['w', 'v', 'u'])", 3),
    ("y ~ np.where(a > 1, 'p', 'n') - 1", 2),
    ("y ~ bs(a, df=5) + cr(b, df=4) + cc(b, df=4)", 2),
    ("y ~ te(cr(a, 3), cr(b, 3), constraints='center')", 3),
    ("y ~ a + offset(cbind(center(b), k))", 2),
    ("y ~ poly(b, 2) + poly(standardize(k), 2)", 3),
    ("y ~ 1", 1),
]


@case_by_case("size", [1, 7, 29, N])
@case_by_case(("text", "passes"), FORMULAS)
def test_design_is_that_of_the_whole_frame(
    text: str, passes: int, size: int, frame: pd.DataFrame
) -> None:
    whole = Design.fit(text, frame)
    source = Source(frame, list(range(size, N, size)))
    design = Design.fit(text, source)
    assert_same(design, whole)
    assert_reads_same(design, whole, frame)
    assert source.passes == passes
    stacked = np.vstack([design.read(piece).X for piece in source()])
    # Products of matrices, as in te(...), have bits that depend on the number of rows.
    exact = "te(" not in text
    np.testing.assert_allclose(stacked, whole.read(frame).X, rtol=0, atol=0 if exact else 1e-14)


@case_by_case("cuts", [[1], [BLOCK_ROWS], [7, BLOCK_ROWS - 1, BLOCK_ROWS + 9, 2 * BLOCK_ROWS + 5]])
@case_by_case(
    "text",
    [
        "y ~ a + b",
        "y ~ center(a) + standardize(b) + scale(log(b), ddof=1)",
        "y ~ te(cr(a, 3), cr(b, 3), constraints='center') + bs(b, df=4)",
    ],
)
def test_results_do_not_depend_on_where_many_rows_are_cut(text: str, cuts: list[int]) -> None:
    n = 2 * BLOCK_ROWS + 1000
    a, b = RNG.normal(size=(2, n)) * 10.0 ** RNG.integers(-8, 8, (2, n))
    a[RNG.integers(0, n, 500)] = np.nan
    many = pd.DataFrame({"y": RNG.normal(size=n), "a": a, "b": np.abs(b)})
    whole = Design.fit(text, many)
    design = Design.fit(text, Source(many, cuts))
    assert_same(design, whole)
    assert_reads_same(design, whole, many)


def test_block_sums_agree_with_patsy_and_numpy() -> None:
    n = 2 * BLOCK_ROWS + 1000
    values = RNG.normal(1e6, 1, n)
    many = pd.DataFrame({"y": RNG.normal(size=n), "a": values})
    design = Design.fit("y ~ center(a) + standardize(a) + scale(a, ddof=1)", many)
    assert design.variables["a"].typical == pytest.approx(values.mean(), rel=1e-15)
    off = values.astype(np.longdouble) - np.longdouble(values).mean()
    sd = np.sqrt((off**2).mean())
    wanted = np.column_stack([off, off / sd, off / sd * np.sqrt((n - 1) / np.longdouble(n))])
    # The mean itself is rounded, by half of 1e6's last bit.
    np.testing.assert_allclose(design.read(many).X[:, 1:], wanted, rtol=1e-12, atol=1e-10)
    few = values[:2000] - 1e6
    some = many[:2000].assign(a=few)
    X = Design.fit("y ~ standardize(a)", some).read(some).X
    np.testing.assert_allclose(X, patsy.dmatrix("standardize(a)", {"a": few}), rtol=1e-12)


@pytest.mark.parametrize("value", [0.1, 1e17 / 3, -7.3e-200])
def test_spread_of_a_constant_is_0(value: float) -> None:
    many = pd.DataFrame({"y": np.arange(1001.0), "a": value})
    with pytest.warns(UserWarning, match="column 'a' is .* in every row"):
        design = Design.fit("y ~ standardize(a)", Source(many, [10, 11, 500]))
    assert np.isnan(design.read(many).X[:, 1]).all()


@pytest.mark.filterwarnings("ignore:.*column.* no row of:UserWarning")
@pytest.mark.filterwarnings("ignore:.*column.* only in rows without a response:UserWarning")
@pytest.mark.filterwarnings("ignore:.* constant:UserWarning")
@pytest.mark.filterwarnings("ignore:.* in every row:UserWarning")
@settings(max_examples=count_examples(250))
@given(
    data=tables(),
    cuts=st.lists(st.integers(0, 8), max_size=4),
    text=st.sampled_from(
        [
            *("y ~ a", "y ~ a + b", "y ~ a*b", "y ~ C(a) + b", "a ~ b", "I(a) ~ standardize(b)"),
            *("y ~ I(a) + center(b)", "y ~ log(a) + b", "y ~ b + offset(a)", "cbind(a, b) ~ y"),
        ]
    ),
    judge=st.sampled_from([None, lambda numbers: True, lambda numbers: False]),
)
def test_any_chunks_give_the_design_of_the_whole_table(
    data: pd.DataFrame, cuts: list[int], text: str, judge: Callable | None
) -> None:
    """Chunks give the same design, or an error if the whole frame gives one."""
    source = Source(data, [min(cut, len(data)) for cut in cuts])
    try:
        whole = Design.fit(text, data, wants_classes=judge)
    except (TypeError, ValueError):
        with pytest.raises((TypeError, ValueError)):
            Design.fit(text, source, wants_classes=judge)
        return
    design = Design.fit(text, source, wants_classes=judge)
    assert_same(design, whole)
    try:
        whole.read(data)
    except (TypeError, ValueError) as fault:
        with pytest.raises(type(fault)):
            design.read(data)
        return
    assert_reads_same(design, whole, data)


class TestLevels:
    def learn(self, *columns: object) -> Variable:
        y = [np.arange(1.0, 1 + len(column)) for column in columns]
        frames = [pd.DataFrame({"y": n, "a": c}) for n, c in zip(y, columns, strict=True)]
        design = Design.fit("y ~ a", give(*frames))
        for one in frames:
            design.read(one)
        return design.variables["a"]

    def test_of_different_categories_are_as_text_in_one_frame(self) -> None:
        found = self.learn(pd.Categorical(["v", "w"]), pd.Categorical(["u", "v", "u"]))
        assert (found.levels, found.typical) == (("u", "v", "w"), "u")
        assert not found.ordered
        parts = [pd.Series(["v", "w"], dtype="category"), pd.Series(["u"], dtype="category")]
        joined = pd.concat(parts)
        assert (
            found.levels
            == Design.fit("y ~ a", pd.DataFrame({"y": [1.0, 2, 3], "a": joined.to_numpy()}))
            .variables["a"]
            .levels
        )
        union = pd.api.types.union_categoricals(parts, sort_categories=True)
        assert found.levels == tuple(union.categories)

    @pytest.mark.parametrize("ordered", [False, True])
    def test_of_the_same_categories_keep_their_order(self, ordered: bool) -> None:
        kind = pd.CategoricalDtype(["w", "u", "v"], ordered)
        found = self.learn(*(pd.Series(list(text), dtype=kind) for text in ("uv", "w", "uu")))
        assert (found.levels, found.ordered, found.dtype) == (("w", "u", "v"), ordered, kind)

    def test_of_equal_dtypes_are_in_the_first_order_as_in_pandas(self) -> None:
        parts = [
            pd.Series(pd.Categorical(["u"], list("vu"))),
            pd.Series(pd.Categorical(["v"] * 2, list("uv"))),
        ]
        assert self.learn(*parts).levels == tuple(pd.concat(parts).cat.categories) == ("v", "u")

    def test_of_numbers_are_in_numeric_order(self) -> None:
        found = self.learn(pd.Categorical([10, 9]), pd.Categorical([2, 9]))
        assert found.levels == (2, 9, 10)

    def test_of_text_and_categories_join(self) -> None:
        assert self.learn(["v", None], pd.Categorical(["u"])).levels == ("u", "v")

    def test_of_booleans_in_part(self) -> None:
        found = self.learn(pd.Categorical([True]), pd.Categorical([False, True]))
        assert (found.kind, found.levels) == ("boolean", (False, True))

    def test_only_of_incomplete_rows_are_dropped_with_one_warning(self) -> None:
        parts = [
            pd.DataFrame({"y": [1.0, 2.0], "a": ["u", "v"], "b": [1.0, 2.0]}),
            pd.DataFrame({"y": [3.0, 4.0], "a": ["w", None], "b": [np.nan, 4.0]}),
            pd.DataFrame({"y": [3.0, 4.0], "a": ["w", "u"], "b": [np.nan, 3.0]}),
        ]
        with pytest.warns(UserWarning, match="column 'a' has no row of 'w'") as reported:
            design = Design.fit("y ~ a + b", give(*parts))
        assert len(reported) == 1
        assert design.variables["a"].levels == ("u", "v")

    @pytest.mark.parametrize(
        ("first", "second", "reported"),
        [
            (list("ab"), list("ba"), "ordered categories 'b', 'a', and ordered .* 'a', 'b'"),
            (list("ab"), list("abc"), "ordered categories 'a', 'b', 'c', and ordered .* 'a', 'b'"),
            (list("ab"), None, "categories without an order, and ordered categories 'a', 'b'"),
        ],
    )
    def test_that_disagree_on_their_order_are_refused(
        self, first: list, second: list | None, reported: str
    ) -> None:
        one = pd.Categorical(["a"] * 2, first, ordered=True)
        other = pd.Categorical(["a"], second, ordered=second is not None)
        with pytest.raises(ValueError, match=f"chunk 3: column 'a' has {reported} in chunk 2"):
            self.learn([None], one, other)


class TestDtypes:
    def learn(self, *columns: object, text: str = "a ~ y") -> Design:
        frames = [pd.DataFrame({"a": column}) for column in columns]
        frames = [one.assign(y=RNG.normal(size=len(one)), b=1.0) for one in frames]
        return Design.fit(text, give(*frames))

    @pytest.mark.parametrize(
        "parts",
        [
            ([1, 2], [1.5]),
            (pd.array([1, 2], "Int64"), [1.5]),
            (pd.array([1, None], "Int64"), pd.array([1], "Int64")),
            ([1, 2], np.array([2, 1], "int8")),
            (pd.array(["u"], "string"), ["v"]),
            ([True], pd.array([False], "boolean")),
        ],
    )
    def test_of_chunks_join_as_in_pandas(self, parts: tuple) -> None:
        joined = pd.concat([pd.Series(part) for part in parts], ignore_index=True)
        whole = self.learn(joined)
        found = self.learn(*parts)
        assert found.response.dtype == joined.dtype == whole.response.dtype
        assert found.response.classes == whole.response.classes

    def test_of_categories_stay_categories(self) -> None:
        parts = [pd.Categorical(["v", "u"]), pd.Categorical(["w", "v"])]
        union = pd.api.types.union_categoricals(parts, sort_categories=True)
        assert self.learn(*parts).response.dtype == union.dtype
        assert self.learn(union).response.dtype == union.dtype

    def test_do_not_matter_where_all_values_are_missing(self) -> None:
        found = self.learn([None, None], ["u", "v"], [np.nan]).response
        assert found.classes == ("u", "v")
        assert found.dtype == pd.Series(["u", "v"]).dtype

    @pytest.mark.parametrize(
        ("column", "reported"),
        [
            (["x"], r"holds text \(\w+\), and numbers \(float64\) in chunk 1"),
            ([True], r"holds booleans \(bool\), and numbers \(float64\) in chunk 1"),
            (pd.Categorical([1]), r"holds categories of numbers \(category\), and numbers"),
            ([1j], "is complex128"),
            ([np.inf], "is infinite in 1 row"),
        ],
    )
    @pytest.mark.parametrize("text", ["a ~ y", "y ~ a", "y ~ b + offset(a)", "log(a) ~ y"])
    def test_that_change_are_reported_with_column_and_chunk(
        self, column: object, reported: str, text: str
    ) -> None:
        with pytest.raises((TypeError, ValueError), match=f"^chunk 3: column 'a' {reported}"):
            self.learn([1.0, 2.0], [3.0], column, text=text)


class TestSource:
    def test_that_gives_nothing_is_reported(self) -> None:
        with pytest.raises(ValueError, match="the function gave no frames"):
            Design.fit("y ~ a", give())

    def test_without_rows_is_reported(self, frame: pd.DataFrame) -> None:
        with pytest.raises(ValueError, match="the data has no rows"):
            Design.fit("y ~ a", give(frame[:0], frame[:0]))

    def test_without_a_complete_row_is_reported_with_counts(self) -> None:
        empty = pd.DataFrame({"y": [1.0, None], "a": [None, 2.0]})
        with pytest.raises(ValueError, match="no row of 4 is complete; missing values: y 2, a 2"):
            Design.fit("y ~ a", give(empty, empty))

    def test_that_is_exhausted_is_reported(self, frame: pd.DataFrame) -> None:
        once = iter([frame[:9], frame[9:]])
        with pytest.raises(ValueError, match="gave 60 rows when called first and 0 when called"):
            Design.fit("y ~ center(b)", lambda: once)

    @pytest.mark.parametrize("make", [iter, lambda pieces: (piece for piece in pieces)])
    def test_that_is_an_iterator_is_reported(self, make: Callable, frame: pd.DataFrame) -> None:
        with pytest.raises(TypeError, match=r"can be gone through once, .* lambda: pd.read_csv"):
            Design.fit("y ~ b", make([frame]))

    @pytest.mark.parametrize("given", [pd.DataFrame({"y": [1.0], "b": [2.0]}), 3, None, {}])
    def test_that_gives_no_iterator_is_reported(self, given: object) -> None:
        with pytest.raises(TypeError, match=r"must give an iterator of frames, .* gave a "):
            Design.fit("y ~ b", lambda: given)

    def test_that_gives_no_frames_is_reported(self, frame: pd.DataFrame) -> None:
        with pytest.raises(TypeError, match="chunk 2: the data must be"):
            Design.fit("y ~ b", give(frame, "more"))

    def test_may_reorder_columns_and_add_some(self, frame: pd.DataFrame) -> None:
        other = frame[9:][list(frame)[::-1]].assign(more=1)
        design = Design.fit("y ~ .", give(frame[:9], other))
        assert_same(design, Design.fit("y ~ .", frame))

    def test_that_lacks_a_column_is_reported(self, frame: pd.DataFrame) -> None:
        with pytest.raises(ValueError, match="chunk 2: column 'b' is not in the data"):
            Design.fit("y ~ a + b", give(frame, frame.drop(columns="b")))

    def test_may_give_dicts(self, frame: pd.DataFrame) -> None:
        parts = [frame[:9].to_dict("list"), frame[9:].to_dict("list")]
        assert Design.fit("y ~ g + b", give(*parts)).x_names == (
            "Intercept",
            "g[T.v]",
            "g[T.w]",
            "b",
        )

    def test_may_be_a_reader_of_files_that_is_closed_again(
        self, frame: pd.DataFrame, tmp_path: object
    ) -> None:
        path = tmp_path / "rows.csv"
        frame.to_csv(path, index=False)
        readers = []

        def read() -> object:
            readers.append(pd.read_csv(path, chunksize=7, dtype={"g": "category"}))
            return readers[-1]

        text = "y ~ standardize(a) + g + np.where(a > 0, 'p', 'n')"
        design = Design.fit(text, read)
        assert_same(design, Design.fit(text, pd.read_csv(path, dtype={"g": "category"})))
        with pytest.raises(ValueError, match="cannot read"):
            Design.fit("y ~ (", read)
        gc.collect()
        assert all(reader.handles.handle.closed for reader in readers)


class TestSuspicions:
    """Target leakage and the width of X are checked for chunks as for a whole frame."""

    @pytest.mark.parametrize("name", ["y", "t", "g", "c"])
    def test_predictor_that_equals_the_response(self, name: str, frame: pd.DataFrame) -> None:
        source = Source(frame.assign(leak=frame[name]), [9, 30])
        with pytest.warns(UserWarning, match=f"'leak' equals the response {name}") as reported:
            Design.fit(f"{name} ~ leak + a", source)
        assert len(reported) == 1
        assert source.passes == 2

    def test_predictor_of_the_same_range_and_mean_only(self, frame: pd.DataFrame) -> None:
        mirror = frame.assign(y=np.arange(1.0 * N), alike=np.arange(1.0 * N)[::-1])
        assert Design.fit("y ~ alike", Source(mirror, [9])).x_names == ("Intercept", "alike")

    @pytest.mark.parametrize("text", ["y ~ id", "y ~ C(number)"])
    def test_column_that_identifies_the_rows(self, text: str) -> None:
        n = 3000
        many = pd.DataFrame({"y": RNG.normal(size=n), "number": np.arange(n)})
        many["id"] = many["number"].map("id {}".format)
        with pytest.raises(ValueError, match="3,000 levels in 3,000 rows"):
            Design.fit(text, Source(many, [1000, 2000]))


def test_whole_frame_is_not_copied_for_its_blocks() -> None:
    columns = {"a": np.arange(10.0)}
    [block] = cut_blocks([(columns, 10)])
    assert np.shares_memory(block["a"], columns["a"])


def test_blocks_are_cut_by_the_number_of_the_row() -> None:
    a, g = np.arange(2.5 * BLOCK_ROWS), pd.Categorical(np.arange(2.5 * BLOCK_ROWS) % 3)
    cuts = [0, 5, 5, BLOCK_ROWS + 1, 2 * BLOCK_ROWS, len(a)]
    pieces = [({"a": a[i:j], "g": g[i:j]}, j - i) for i, j in pairwise(cuts)]
    blocks = list(cut_blocks(pieces))
    assert [len(block["a"]) for block in blocks] == [BLOCK_ROWS, BLOCK_ROWS, BLOCK_ROWS // 2]
    np.testing.assert_array_equal(np.concatenate([block["a"] for block in blocks]), a)
    assert all((block["g"].codes == block["a"] % 3).all() for block in blocks)


def test_sum_of_a_non_contiguous_column_is_the_same() -> None:
    table = RNG.normal(size=(2 * BLOCK_ROWS, 3)) * 1e5
    means = set()
    for values in (table[:, 1], table[:, 1].copy()):
        summary, read = ColumnSummary("a"), read_column("a", pd.Series(values))
        summary.add(pd.Series(values), read, ~find_missing(read))
        means.add(summary.to_variable().typical)
    assert len(means) == 1
