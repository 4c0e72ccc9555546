"""Limits on the sizes of formulas, conditions and terms, checked before the computation."""

import numpy as np
import pandas as pd
import patsy
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.data_checks import check_spreads
from neuralnet.design.design import Design
from neuralnet.formula.functions import TABLE
from neuralnet.formula.parser import parse

MANY = [f"x{place}" for place in range(30)]
FEW = "(" + " + ".join(MANY[:12]) + ")"


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(20260403)
    n = 40
    table = pd.DataFrame({name: generator.normal(size=n) for name in ("y", "a", "b")})
    return table.assign(g=list("uvwx") * (n // 4), h=list("pqrst") * (n // 5))


# Each would make millions of terms, or combine as many pairs of them.
ENDLESS = [
    *(".^30", "*".join(MANY), ".*.*.*.*.", ". - .^30", ". - (. - .^30)", ".^5:.^5", ".*.^7"),
    *(".:.:.:.:.:.", "(.:.:.:.:.) %in% x0", f"{FEW}^12:{FEW}^12"),
    *("(.^4)^4", "((((.^2)^2)^2)^2)^2", "a" + "*.*x1" * 20),
]


@case_by_case("text", ENDLESS, ids=lambda text: text[:30])
def test_formula_of_too_many_terms_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"make more than 50,000 terms: name fewer columns, or"):
        parse(f"y ~ {text}", ["y", "a", *MANY])


# Long formulas of few terms are accepted, as in R.
SHORT = [
    ("(x0 + x1 + x2)^100000", 7),
    (f"(x0 + x1)^{'9' * 5000}", 3),
    (":".join(["x0"] * 300), 1),
    (" %in% ".join(["x0"] * 300), 1),
    (" %in% ".join(["."] * 5), 1),
    (":".join(["(x0 + x1)"] * 300), 3),
    ("+".join(["x0*x1"] * 300), 3),
    (f"{FEW}^12", 2**12 - 1),
    (".^3", 30 + 30 * 29 // 2 + 30 * 29 * 28 // 6),
]


@case_by_case(("text", "count"), SHORT, ids=[row[0][:30] for row in SHORT])
def test_power_makes_each_term_once(text: str, count: int) -> None:
    assert len(parse(f"y ~ {text} - 1", ["y", *MANY]).terms) == count


def test_power_keeps_the_order_of_products() -> None:
    """The order is by degree, and within a degree that of the equivalent products."""
    power, products = (
        parse(f"y ~ {text}", ["y", *MANY]) for text in (f"{FEW}^3", f"{FEW}*{FEW}*{FEW}")
    )
    assert [term.name() for term in power.terms] == [term.name() for term in products.terms]


@pytest.mark.parametrize("text", ["(x0 + x1)^0", "(x0 + x1)^000", "(x0 + x1)^1.5", "x0^x1"])
def test_power_is_a_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="must be a whole number above 0"):
        parse(f"y ~ {text}", ["y", *MANY])


NESTED = ["I(" + "-" * 5000 + "a)", "I(a" + " + 1" * 5000 + ")", "*".join(["a"] * 5000)]


@pytest.mark.parametrize("text", NESTED, ids=["signs", "sums", "products"])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot read|too deeply"):
        parse(f"y ~ {text}", ["y", "a"])


CONDITIONS = [
    ("a > 9**9**9", "a whole number beyond"),
    ("a > 10**4000", "a whole number beyond"),
    (f"a > 0x{'F' * 5000}", "cannot read"),
    (f"a > {'9' * 5000}", "cannot read"),
    ("a > 1e400", "no float can be"),
    ("g == 'u' * 10**9", "text takes no part"),
    ("a > (1 << 10**9)", "LShift .* not allowed"),
    ("bs(a, df=10**6) > 1", "from 1 to 1,000"),
    ("te(cr(a, df=90), cr(b, df=90)) > 1", "must say True or False of each row"),
    ("np.clip(a, 0, 9, where=a > 1.5) > 0", "and no other"),
    ("!" * 5000 + "(a > 0)", "cannot read"),
    ("a" + " + 1" * 5000 + " > 0", "cannot read"),
]


@case_by_case(("subset", "message"), CONDITIONS, ids=[row[0][:30] for row in CONDITIONS])
def test_condition_has_the_limits_of_a_formula(
    subset: str, message: str, frame: pd.DataFrame
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        NeuralNetwork("y ~ a", frame, 1, subset=subset)
    assert len(str(caught.value)) < 500


WIDE = [
    "bs(a, df=1000):bs(b, df=1000)",
    "poly(a, 5):bs(a, df=500):g",
    "bs(a, df=300):g:h",
    "te(cr(a, df=20), cr(b, df=20)):bs(a, df=900)",
    "I(bs(a, df=900) * 2):poly(b, 30)",
]


@pytest.mark.parametrize("text", WIDE)
def test_products_of_wide_terms_are_refused(text: str, frame: pd.DataFrame) -> None:
    frame = pd.concat([frame] * 20, ignore_index=True).assign(g=lambda d: d.index % 40)
    frame["g"] = "u" + frame["g"].astype(str)
    with pytest.raises(ValueError, match=r"columns of X in 800 rows and take .* MiB: lower df="):
        Design.fit(f"y ~ {text}", frame)


def test_spline_of_many_rows_is_refused_before_it_is_fitted(frame: pd.DataFrame) -> None:
    factor = parse("y ~ bs(a, df=1000)", list(frame)).terms[1].factors[0]
    most = 2**32 // (8 * 1000)
    check_spreads([factor], most)
    with pytest.raises(ValueError, match=r"bs\(a, df=1000\) would be 1,000 columns .* lower df="):
        check_spreads([factor], most + 1)


def test_given_levels_are_counted(frame: pd.DataFrame) -> None:
    """A term has a column for each given level, present in the rows or not."""
    names = [*"uvwx", *(f"level {place}" for place in range(396))]
    design = Design.fit("y ~ C(g, levels=names)", frame, env={"names": names})
    assert len(design.x_names) == 400
    for text in ("C(g, levels=names):C(h, levels=others)", "C(g, levels=names):bs(a, df=100)"):
        with pytest.raises(ValueError, match=r"(160,400|40,000) columns of X"):
            env = {"names": names, "others": [*"pqrst", *names[4:]]}
            Design.fit(f"y ~ {text}", frame, env=env)
    with pytest.raises(ValueError, match=r"a list of up to 10,000 levels"):
        Design.fit("y ~ C(g, levels=names)", frame, env={"names": names * 30})


def test_polynomials_of_many_levels_are_refused(frame: pd.DataFrame) -> None:
    """Polynomial contrasts take the cube of the number of levels, also of an ordered column."""
    names = [f"level {place:04}" for place in range(1_100)]
    wide = pd.concat([frame] * 60, ignore_index=True).assign(g=lambda d: d.index % len(names))
    wide["g"] = pd.Categorical.from_codes(wide["g"], names, ordered=True)
    for text in ("g", "C(g, Poly)", "C(g, Poly())"):
        with pytest.raises(ValueError, match=r"up to 1,000 ordered levels, not 1,100.*Treatment"):
            Design.fit(f"y ~ {text}", wide)
    assert len(Design.fit("y ~ C(g, Treatment)", wide).x_names) == 1_100


GROWING = ["{0} * 10**9", "{0} + {0}", "np.add({0}, {0})", "-{0}", "log({0})"]
TEXTS = ["ifelse(a > 1, 'x', 'y')", "ifelse(a > 1, g, 'y')", "np.where(a > 1, g, h)"]


@case_by_case("text", TEXTS)
@case_by_case("growing", GROWING)
def test_text_from_a_function_cannot_be_lengthened(
    text: str, growing: str, frame: pd.DataFrame
) -> None:
    with pytest.raises(ValueError, match=r"text takes no part|it takes numbers|holds categories"):
        Design.fit(f"y ~ I({growing.format(text)})", frame)
    X = Design.fit(f"y ~ I({text} == 'y') + {text} + a", frame).read(frame).X
    assert np.isfinite(X).all()


def test_text_of_many_rows_is_refused() -> None:
    choose = TABLE["ifelse"].run
    rows = np.broadcast_to(True, 2**32 // (4 * 100) + 1)
    with pytest.raises(ValueError, match=r"rows of text with up to 100 letters .* shorter words"):
        choose(rows, "x" * 100, "y")


# (expression, env): user-defined values are arguments of the table's functions like typed ones.
GIVEN = [
    ("bs(a, df=k)", {"k": 5}),
    ("bs(a, df=k)", {"k": np.int64(5)}),
    ("bs(a, knots=k)", {"k": np.array([0.0, 0.5])}),
    ("bs(a, knots=k)", {"k": pd.Series([0.0, 0.5])}),
    ("C(g, levels=k)", {"k": pd.Index(list("xwvu"))}),
    ("C(g, k)", {"k": np.eye(4)[:, :3]}),
    ("C(g, k)", {"k": patsy.Sum}),
    ("maximum(a, k)", {"k": 0.5}),
    ("I(a + center(k))", {"k": np.arange(40.0)}),
    ("I(a + k * 2)", {"k": np.float64(3.0)}),
    ("k(a, 'text', [1, 2])", {"k": lambda values, *rest: values}),
    ("I(k(bs(a, df=4)) * poly(b, 4))", {"k": lambda values: values}),
]


@case_by_case(("text", "env"), GIVEN, ids=[f"{i} {row[0]}" for i, row in enumerate(GIVEN)])
def test_user_defined_values_are_accepted_as_arguments(
    text: str, env: dict, frame: pd.DataFrame
) -> None:
    assert Design.fit(f"y ~ {text}", frame, env=env).read(frame).X.shape[0] == len(frame)


HANDED = [
    ("bs(a, df=k)", 10**6, "as df, not 1000000"),
    ("bs(a, df=9, degree=k)", 30, "as degree, not 30"),
    ("bs(a, knots=k)", np.array([0.0, np.inf]), "finite numbers"),
    ("I(a + k)", 10**400, "a whole number beyond"),
    ("bs(a, df=5, lower_bound=k)", 10**400, "a whole number beyond"),
    ("I(a + k ** k)", 10**9, "a whole number beyond"),
    ("I(a * (k * 10**9))", [1, 2], "a list takes part in arithmetic with columns only"),
    ("I(a == k * 10**9)", "u", "text takes no part"),
    ("C(g, levels=k)", "uvwx", "a list of up to 10,000 levels"),
]


@case_by_case(
    ("text", "value", "message"), HANDED, ids=[f"{i} {row[0]}" for i, row in enumerate(HANDED)]
)
def test_user_defined_values_have_the_same_limits(text: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(f"y ~ {text}", ["y", "a", "g"], {"k": value})
