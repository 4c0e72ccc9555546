"""The right side as a matrix, one line a case: against patsy where it is right, and against R.

``R_COLUMNS`` holds the column names of ``model.matrix()`` of R 4.2, in its order, for the frame
``small``; ``1`` is the intercept. ``POLYNOMIALS`` holds its ``contr.poly()``.
"""

import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd
import patsy
import pytest
from loops import case_by_case

from neuralnet.design.design import Design


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(20260402)
    n = 40
    return pd.DataFrame(
        {
            "y": generator.normal(size=n),
            "x": generator.normal(size=n),
            "z": generator.uniform(1, 5, n),
            "k": generator.integers(1, 4, n),
            "g": generator.choice(list("abc"), n),
            "h": generator.choice(["u", "v"], n),
            "b": generator.random(n) > 0.5,
            "q": pd.Categorical(generator.choice(list("lmn"), n), list("nml")),
        }
    )


# Formulas for which patsy gives the right matrix, in an order of columns of its own.
PATSY = [
    "x",
    "x + z",
    "z + x",
    "x:z",
    "x*z",
    "g",
    "g + x",
    "x + g",
    "g*h",
    "h*g",
    "g:h",
    "h:g",
    "g:x",
    "x:g",
    "x*g",
    "g*x",
    "g/x",
    "x/g",
    "g/h",
    "h/g",
    "b",
    "b*x",
    "x*b",
    "b:g",
    "g:b",
    "q",
    "q*g",
    "g*h*b",
    "(g + h + b)**2",
    "(x + g + h)**2",
    "x*z*g",
    "x:g:h",
    "g:h:x",
    "g:x:h",
    "0 + g",
    "0 + g + h",
    "0 + h + g",
    "0 + g:h",
    "0 + x:g",
    "0 + x + g",
    "0 + b",
    "0 + x",
    "1",
    "g + g:h",
    "g:h - g",
    "g*h - g",
    "C(k)",
    "C(k)*x",
    'C(g, Treatment("b"))',
    "C(g, Sum)",
    "C(g, Sum)*C(h, Sum)",
    "C(g, Poly)",
    "C(g, Helmert)",
    "C(g, Diff)",
    "C(g, Sum):x",
    "0 + C(g, Sum)",
    '0 + C(g, Treatment("c")):h',
    'C(g, levels=["c", "b", "a"])',
    "I(x**2)",
    "I(x > 0)",
    "I(x > 0)*g",
    "np.log(z)",
    "np.log(z):g",
    "bs(x, df=4)",
    "bs(x, df=5, degree=2):g",
    "cr(z, df=3)",
    'cr(z, df=3, constraints="center")*h',
    "cc(z, df=4)",
    "te(cr(x, 3), cr(z, 3))",
    "x + g + h + x:g + g:h + x:g:h",
    "g:q",
    "0 + g:h:b",
    "x + x:g:h",
    "bs(x, df=3):cr(z, df=3)",
    "bs(x, df=3):bs(z, df=3)",
    "bs(x, df=3):g:bs(z, df=3)",
]


@case_by_case("text", PATSY)
def test_matrix_is_patsys(text: str, frame: pd.DataFrame) -> None:
    wanted = patsy.dmatrix(text, frame)
    names = wanted.design_info.column_names
    design = Design.fit(f"y ~ {text}", frame)
    assert sorted(design.x_names) == sorted(names)
    X = design.read(frame).X
    np.testing.assert_array_equal(X, np.asarray(wanted)[:, list(map(names.index, design.x_names))])


# patsy keeps their state in long doubles, which is up to one rounding away.
SCALED = [
    "center(x)",
    "center(x):g",
    "standardize(z)",
    "standardize(center(z)):h",
    "scale(x, ddof=1)",
]


@pytest.mark.parametrize("text", SCALED)
def test_scaled_columns_are_patsys(text: str, frame: pd.DataFrame) -> None:
    X = Design.fit(f"y ~ {text}", frame).read(frame).X
    np.testing.assert_allclose(X, patsy.dmatrix(text, frame), rtol=0, atol=5e-16)


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y": [1.2, 0.3, 2.2, 1.9, 0.1, 0.7, 1.1, 1.5, 0.4],
            "x": [0.5, 1.5, -0.7, 2.5, 0.2, 3.1, -1.3, 0.9, 1.1],
            "z": [2.0, 1.0, 3.0, 2.5, 0.5, 1.5, 4.0, 3.5, 2.2],
            "g": list("abcabcabc"),
            "h": list("uvuvuvuvu"),
            "b": [True, False, False, True, True, False, False, True, True],
            "o": pd.Categorical(
                ["low", "mid", "high", "top", "mid", "low", "high", "top", "mid"],
                ["low", "mid", "high", "top"],
                ordered=True,
            ),
        }
    )


R_COLUMNS = [
    ("y ~ x + g", "1 x gb gc"),
    ("y ~ g + x", "1 gb gc x"),
    ("y ~ 0 + x + g", "x ga gb gc"),
    ("y ~ 0 + g + h", "ga gb gc hv"),
    ("y ~ 0 + h + g", "hu hv gb gc"),
    ("y ~ g*h", "1 gb gc hv gb:hv gc:hv"),
    ("y ~ h*g", "1 hv gb gc hv:gb hv:gc"),
    ("y ~ g*x", "1 gb gc x gb:x gc:x"),
    ("y ~ x*g", "1 x gb gc x:gb x:gc"),
    ("y ~ x:g", "1 x:ga x:gb x:gc"),
    ("y ~ x + x:g", "1 x x:gb x:gc"),
    ("y ~ g:x", "1 ga:x gb:x gc:x"),
    ("y ~ g/h", "1 gb gc ga:hv gb:hv gc:hv"),
    ("y ~ h/g", "1 hv hu:gb hv:gb hu:gc hv:gc"),
    ("y ~ x/g", "1 x x:gb x:gc"),
    ("y ~ g/x", "1 gb gc ga:x gb:x gc:x"),
    ("y ~ g/x - 1", "ga gb gc ga:x gb:x gc:x"),
    ("y ~ 0 + g:h", "ga:hu gb:hu gc:hu ga:hv gb:hv gc:hv"),
    ("y ~ 0 + x:g", "x:ga x:gb x:gc"),
    ("y ~ 0 + g*h", "ga gb gc hv gb:hv gc:hv"),
    ("y ~ 0 + g*x", "ga gb gc x gb:x gc:x"),
    ("y ~ 0 + x*g", "x ga gb gc x:gb x:gc"),
    ("y ~ b", "1 bTRUE"),
    ("y ~ b + x", "1 bTRUE x"),
    ("y ~ 0 + b", "bFALSE bTRUE"),
    ("y ~ b*g", "1 bTRUE gb gc bTRUE:gb bTRUE:gc"),
    ("y ~ b:x", "1 bFALSE:x bTRUE:x"),
    ("y ~ b*x", "1 bTRUE x bTRUE:x"),
    ("y ~ o", "1 o.L o.Q o.C"),
    ("y ~ o + x", "1 o.L o.Q o.C x"),
    ("y ~ o*x", "1 o.L o.Q o.C x o.L:x o.Q:x o.C:x"),
    ("y ~ 0 + o", "olow omid ohigh otop"),
    ("y ~ o*h", "1 o.L o.Q o.C hv o.L:hv o.Q:hv o.C:hv"),
    ("y ~ h*o", "1 hv o.L o.Q o.C hv:o.L hv:o.Q hv:o.C"),
    ("y ~ .", "1 x z gb gc hv bTRUE o.L o.Q o.C"),
    ("y ~ . - g", "1 x z hv bTRUE o.L o.Q o.C"),
    ("y ~ x*z*g", "1 x z gb gc x:z x:gb x:gc z:gb z:gc x:z:gb x:z:gc"),
    ("y ~ (x + g + h)^2", "1 x gb gc hv x:gb x:gc x:hv gb:hv gc:hv"),
    (
        "y ~ g*h*b",
        "1 gb gc hv bTRUE gb:hv gc:hv gb:bTRUE gc:bTRUE hv:bTRUE gb:hv:bTRUE gc:hv:bTRUE",
    ),
    ("y ~ g*h*x", "1 gb gc hv x gb:hv gc:hv gb:x gc:x hv:x gb:hv:x gc:hv:x"),
    ("y ~ x:z", "1 x:z"),
    ("y ~ x + z + x:z + g", "1 x z gb gc x:z"),
    ("y ~ g + h + g:h - h", "1 gb gc ga:hv gb:hv gc:hv"),
    ("y ~ g + g:h", "1 gb gc ga:hv gb:hv gc:hv"),
    ("y ~ h + g:h", "1 hv hu:gb hv:gb hu:gc hv:gc"),
    ("y ~ g:h + h", "1 hv gb:hu gc:hu gb:hv gc:hv"),
    ("y ~ g:h - 1 + h", "hu hv gb:hu gc:hu gb:hv gc:hv"),
    ("y ~ x:g:h", "1 x:ga:hu x:gb:hu x:gc:hu x:ga:hv x:gb:hv x:gc:hv"),
    ("y ~ g:h:x", "1 ga:hu:x gb:hu:x gc:hu:x ga:hv:x gb:hv:x gc:hv:x"),
    ("y ~ g*h - g", "1 hv gb:hu gc:hu gb:hv gc:hv"),
    ("y ~ g:x + h:x", "1 ga:x gb:x gc:x x:hv"),
    ("y ~ 0 + g:x + h:x", "ga:x gb:x gc:x x:hv"),
    ("y ~ g:x + h:z", "1 ga:x gb:x gc:x hu:z hv:z"),
    ("y ~ 0 + x + g:h", "x ga:hu gb:hu gc:hu ga:hv gb:hv gc:hv"),
    ("y ~ 0 + x + g + h", "x ga gb gc hv"),
    ("y ~ 0 + x + h:g + g", "x ga gb gc hv:ga hv:gb hv:gc"),
    ("y ~ h + x:g", "1 hv x:ga x:gb x:gc"),
    ("y ~ 0 + h + x:g", "hu hv x:ga x:gb x:gc"),
    ("y ~ (g + h + b)^2", "1 gb gc hv bTRUE gb:hv gc:hv gb:bTRUE gc:bTRUE hv:bTRUE"),
    ("y ~ (g + h + b)^2 - 1", "ga gb gc hv bTRUE gb:hv gc:hv gb:bTRUE gc:bTRUE hv:bTRUE"),
    ("y ~ g*h + x:g:h", "1 gb gc hv gb:hv gc:hv ga:hu:x gb:hu:x gc:hu:x ga:hv:x gb:hv:x gc:hv:x"),
    ("y ~ 1", "1"),
    ("y ~ 0 + b:g", "bFALSE:ga bTRUE:ga bFALSE:gb bTRUE:gb bFALSE:gc bTRUE:gc"),
    ("y ~ b + b:g", "1 bTRUE bFALSE:gb bTRUE:gb bFALSE:gc bTRUE:gc"),
    ("y ~ 0 + b + g", "bFALSE bTRUE gb gc"),
    ("y ~ 0 + o + g", "olow omid ohigh otop gb gc"),
    ("y ~ 0 + g + o", "ga gb gc o.L o.Q o.C"),
    ("y ~ o:x", "1 olow:x omid:x ohigh:x otop:x"),
    ("y ~ 0 + o:x", "olow:x omid:x ohigh:x otop:x"),
    (
        "y ~ o + o:g",
        "1 o.L o.Q o.C olow:gb omid:gb ohigh:gb otop:gb olow:gc omid:gc ohigh:gc otop:gc",
    ),
]
# Without its margins R codes an interaction by more columns than it has dimensions, and `lm`
# then drops some; here, as in patsy, it has no more than it needs: as many as R's rank.
R_REDUNDANT = [("y ~ g:h", 6), ("y ~ b:g", 6), ("y ~ x + g:h", 7), ("y ~ g + h:b", 6)]
# contr.poly(n) of R, column by column.
POLYNOMIALS = {
    2: [[-0.7071067811865475, 0.7071067811865475]],
    3: [
        [-0.7071067811865476, 0, 0.7071067811865476],
        [0.4082482904638631, -0.816496580927726, 0.4082482904638631],
    ],
    4: [
        [-0.6708203932499369, -0.22360679774997896, 0.22360679774997896, 0.6708203932499369],
        [0.5, -0.5, -0.5, 0.5],
        [-0.2236067977499789, 0.6708203932499368, -0.6708203932499369, 0.223606797749979],
    ],
    5: [
        [-0.6324555320336759, -0.3162277660168378, 0, 0.31622776601683783, 0.6324555320336759],
        [
            *(0.5345224838248488, -0.2672612419124244, -0.5345224838248487),
            *(-0.2672612419124244, 0.5345224838248488),
        ],
        [-0.3162277660168378, 0.6324555320336758, 0, -0.632455532033676, 0.31622776601683783],
        [
            *(0.11952286093343928, -0.47809144373375756, 0.7171371656006363),
            *(-0.4780914437337573, 0.11952286093343928),
        ],
    ],
}


def spell_as_r(name: str) -> str:
    """R's name of a column: ``g[T.b]:o.Linear`` is ``gb:o.L`` there."""
    for ours, theirs in [("Intercept", "1"), ("True", "TRUE"), ("False", "FALSE"), ("T.", "")]:
        name = name.replace(ours, theirs)
    for ours in ("Linear", "Quadratic", "Cubic"):
        name = name.replace(f".{ours}", f".{ours[0]}")
    return name.replace("[", "").replace("]", "")


def compute_as_r(frame: pd.DataFrame, name: str) -> np.ndarray:
    """The column with a name of R."""
    parts = {"1": np.ones(len(frame)), "x": frame["x"], "z": frame["z"]}
    parts |= {f"{c}{level}": frame[c] == level for c in "gho" for level in frame[c].unique()}
    parts |= {"bTRUE": frame["b"], "bFALSE": ~frame["b"]}
    for power, column in zip("LQC", POLYNOMIALS[4], strict=True):
        parts[f"o.{power}"] = np.array(column)[frame["o"].cat.codes]
    return np.prod([np.asarray(parts[part], float) for part in name.split(":")], axis=0)


@case_by_case(("text", "columns"), R_COLUMNS, ids=[row[0] for row in R_COLUMNS])
def test_columns_are_as_in_r(text: str, columns: str, small: pd.DataFrame) -> None:
    design = Design.fit(text, small)
    assert list(map(spell_as_r, design.x_names)) == columns.split()
    wanted = np.column_stack([compute_as_r(small, name) for name in columns.split()])
    np.testing.assert_allclose(design.read(small).X, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("text", "rank"), R_REDUNDANT)
def test_interaction_without_margins_spans_what_it_spans_in_r(
    text: str, rank: int, small: pd.DataFrame
) -> None:
    X = Design.fit(text, small).read(small).X
    assert X.shape[1] == np.linalg.matrix_rank(X) == rank


@pytest.mark.parametrize("n", POLYNOMIALS)
def test_ordered_factor_is_coded_by_the_polynomials_of_r(n: int) -> None:
    levels = [f"level {i}" for i in range(n)]
    values = pd.Categorical(levels, levels, ordered=True)
    frame = pd.DataFrame({"y": np.arange(n), "o": values})
    wanted = np.column_stack([np.ones(n), *POLYNOMIALS[n]])
    for text in ("y ~ o", "y ~ C(o)"):
        X = Design.fit(text, frame).read(frame).X
        np.testing.assert_allclose(X, wanted, rtol=0, atol=1e-12)


def test_polynomials_of_many_levels_are_orthonormal() -> None:
    n = 10
    values = pd.Categorical(range(n), ordered=True)
    frame = pd.DataFrame({"y": np.arange(n), "o": values})
    X = Design.fit("y ~ o", frame).read(frame).X[:, 1:]
    np.testing.assert_allclose(X.T @ X, np.eye(n - 1), rtol=0, atol=1e-12)
    np.testing.assert_allclose(X.sum(axis=0), 0, rtol=0, atol=1e-12)


def test_contrast_of_an_ordered_factor_can_be_chosen(small: pd.DataFrame) -> None:
    names = Design.fit("y ~ C(o, Treatment)", small).x_names
    assert names[1:] == tuple(f"C(o, Treatment)[T.{level}]" for level in ("mid", "high", "top"))


def test_intercept_is_identified_by_its_term() -> None:
    frame = pd.DataFrame({"y": [1.0, 2, 3], "Intercept": [4.0, 5, 7]})
    design = Design.fit("y ~ .", frame)
    assert design.x_names == ("Intercept", "`Intercept`")
    assert design.terms.intercept == 0
    without = Design.fit("y ~ . - 1", frame)
    assert without.x_names == ("`Intercept`",)
    assert without.terms.intercept is None
    np.testing.assert_array_equal(without.read(frame).X[:, 0], frame["Intercept"])


def test_names_with_colons_are_not_confused_with_interactions() -> None:
    frame = pd.DataFrame({"y": [1.0, 2, 3], "a": [1.0, 2, 4], "b": [2.0, 3, 5], "a:b": [7.0, 8, 9]})
    design = Design.fit("y ~ a:b + `a:b`", frame)
    assert design.x_names == ("Intercept", "`a:b`", "a:b")
    np.testing.assert_array_equal(design.read(frame).X[:, 1], frame["a:b"])
    np.testing.assert_array_equal(design.read(frame).X[:, 2], frame["a"] * frame["b"])


@case_by_case(
    ("text", "numeric"),
    [
        ("y ~ x + g", [False, True, False, False]),
        ("y ~ g:x - 1", [True, True, True]),
        ("y ~ b*x", [False, False, True, True]),
        ("y ~ I(x > 0) + C(z) - 1", [False] * 10),
        ("y ~ o", [False] * 4),
        ("y ~ 1", [False]),
    ],
)
def test_columns_of_terms_with_a_numeric_factor(
    text: str, numeric: list[bool], small: pd.DataFrame
) -> None:
    design = Design.fit(text, small)
    assert design.terms.is_numeric.tolist()[: len(numeric)] == numeric
    assert len(design.terms.is_numeric) == len(design.x_names)


def test_infinite_value_of_a_term_is_undefined(small: pd.DataFrame) -> None:
    design = Design.fit("y ~ I(1 / z) + x", small)
    rows = design.read(pd.DataFrame({"z": [1.0, 0.0, np.nan], "x": 1.0}), response=False)
    np.testing.assert_array_equal(rows.undefined, [False, True, False])
    np.testing.assert_array_equal(rows.complete, [True, False, False])


def test_spline_outside_its_knots_is_reported(frame: pd.DataFrame) -> None:
    design = Design.fit("y ~ bs(x, df=4)", frame)
    with pytest.raises(ValueError, match=r"cannot evaluate .*bs.* outside"):
        design.read(frame.assign(x=frame["x"] + 100))


def test_spline_without_scipy_names_the_extra(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("scipy", "scipy.interpolate"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"need scipy: .*formula-neuralnet\[splines\]"):
        Design.fit("y ~ bs(x, df=4)", frame)


def test_no_row_and_no_complete_row_are_read(frame: pd.DataFrame) -> None:
    design = Design.fit("y ~ bs(x, df=4) + C(k) + g", frame)
    assert design.read(frame.iloc[:0]).X.shape == (0, len(design.x_names))
    X = design.read(frame.iloc[:2].assign(x=np.nan)).X
    assert np.isnan(X).all()


@pytest.mark.parametrize("text", ["y ~ x", "y ~ x - 1", "y ~ x + z + g*b", "y ~ I(x) + h:x - 1"])
def test_matrix_is_a_new_array_in_row_major_order(text: str, frame: pd.DataFrame) -> None:
    before = frame.copy()
    X = Design.fit(text, frame).read(frame).X
    assert X.dtype == np.float64 and X.flags.c_contiguous and X.flags.writeable
    assert not any(np.shares_memory(X, frame[name].to_numpy()) for name in ("y", "x", "z"))
    X[:] = 7.0
    pd.testing.assert_frame_equal(frame, before)


def test_function_of_the_user_cannot_write_into_the_data(frame: pd.DataFrame) -> None:
    def double(values: np.ndarray) -> np.ndarray:
        values *= 2
        return values

    before = frame.copy()
    with pytest.raises(ValueError, match="read-only"):
        Design.fit("y ~ double(x) + x", frame, env={"double": double})
    pd.testing.assert_frame_equal(frame, before)


def test_rows_do_not_depend_on_the_rest_of_their_table(frame: pd.DataFrame) -> None:
    """Matrices of long tables are built in blocks of rows; the result does not depend on them."""
    design = Design.fit("y ~ x*g + b:z + q + I(x > 0) + cr(z, df=3)", frame)
    copies = 70_000 // (len(frame) * len(design.x_names)) + 2
    table = pd.concat([frame] * copies, ignore_index=True)
    table.loc[::7, "x"] = np.nan
    rows = design.read(table)
    wanted = np.tile(design.read(frame).X, (copies, 1))
    wanted[::7] = np.nan
    np.testing.assert_array_equal(rows.X, wanted)
    np.testing.assert_array_equal(rows.complete, table["x"].notna())


def test_wide_table_of_text_is_much_faster_than_patsy() -> None:
    """A tenth is typical; see tests/benchmarks/formula.py."""
    generator = np.random.default_rng(1)
    n = 20_000
    table = pd.DataFrame({name: generator.normal(size=n) for name in "yxz"})
    table = table.assign(g=generator.choice(list("abcdef"), n), h=generator.choice(["u", "v"], n))

    def measure(action: Callable[[], object]) -> float:
        start = perf_counter()
        action()
        return perf_counter() - start

    text = "y ~ x + z + g + h"
    ours = min(measure(lambda: Design.fit(text, table).read(table)) for _ in range(5))
    theirs = min(measure(lambda: patsy.dmatrices(text, table)) for _ in range(2))
    assert ours < 0.3 * theirs


def test_overflow_of_a_product_is_reported_without_a_numpy_warning() -> None:
    table = pd.DataFrame({"y": [1.0, 2, 3], "a": [40.0, 1, 2], "b": [6e307, 1, 2]})
    rows = Design.fit("y ~ a*b", table).read(table, response=False)
    np.testing.assert_array_equal(rows.X[:, -1], [np.nan, 1.0, 4.0])
    assert rows.complete.tolist() == [False, True, True]
