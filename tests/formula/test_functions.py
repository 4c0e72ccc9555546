"""The table of functions that a formula may call: each entry, with valid and with any arguments."""

import re
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from extent import count_examples
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet.design.design import Design
from neuralnet.errors.exceptions import UntrustedError
from neuralnet.formula.elementwise import choose
from neuralnet.formula.functions import FUNCTIONS, TABLE
from neuralnet.formula.parser import parse
from neuralnet.formula.placeholders import hide_columns
from neuralnet.formula.safety import check_code
from neuralnet.formula.signatures import MOST_COLUMNS, Function

COLUMNS = ["y", "a", "b", "g", "t", "d"]


def make_frame(n: int = 40) -> pd.DataFrame:
    generator = np.random.default_rng(20260402)
    return pd.DataFrame(
        {
            "y": generator.normal(size=n),
            "a": generator.uniform(1.1, 3, n),
            "b": generator.uniform(-1, 1, n),
            "g": list("uvwx") * (n // 4),
            "t": [True, False] * (n // 2),
            "d": pd.date_range("2024-01-31 08:00", periods=n, freq="31h"),
        }
    )


FRAME = make_frame()


def write_call(name: str, arguments: list[str]) -> str:
    return f"{name}({', '.join(arguments)})"


# Functions that make a factor of a factor or of a number.
FACTORS = {
    **{"C": ["g"], "factor": ["g"], "relevel": ["g", "'v'"], "cut": ["a", "4"]},
    **{"interaction": ["g", "t"], "pool": ["g", "2"]},
}


def list_good_arguments(name: str, function: Function) -> list[str]:
    """Return valid arguments: columns, and plain values where a function takes no column."""
    if name in FACTORS:
        return FACTORS[name]
    if name == "te":
        return ["cr(a, df=3)", "cr(b, df=3)"]
    if function.variadic is not None:
        return ["a", "b", "0.5"]
    if function.takes_dates:
        return ["d"]
    if name == "ntile":
        return ["a", "4"]
    if name in ("bs", "cr", "cc", "ns"):
        return ["a", "df=4"]
    logical = ("bitwise", "invert", "logical")
    column = "a > 2" if any(word in name for word in logical) else "a"
    arguments = [column, "2" if "ldexp" in name else "b > 0" if column != "a" else "b", "0.5"]
    return arguments[: max(1, function.required)]


# Functions that make lists of plain values.
LISTS = ("c", "seq")
CALLED = [name for name, each in TABLE.items() if not each.is_contrast and name not in LISTS]


@case_by_case("name", CALLED)
def test_each_function_gives_the_same_bits_twice(name: str) -> None:
    """Also when the memory of the result had other contents before."""
    call = write_call(name, list_good_arguments(name, TABLE[name]))
    text = f"y ~ {call}" if name in FACTORS else f"y ~ I({call} * 1)"
    found = []
    for filler in (np.pi, -np.e):
        held = [np.full(FRAME.shape[0], filler) for _ in range(50)]
        del held
        design = Design.fit(text, FRAME)
        found.append(design.read(FRAME, response=False).X.tobytes())
    assert found[0] == found[1]


@case_by_case("name", [name for name in TABLE if name.startswith("np.")])
def test_functions_of_numpy_take_no_output_array(name: str) -> None:
    call = list_good_arguments(name, TABLE[name])
    for more in ("out=b", "where=a > 1.5", "dtype='f4'", "casting='unsafe'"):
        with pytest.raises(ValueError, match=rf"^{name} in .* takes .* and no other"):
            parse(f"y ~ {write_call(name, [*call, more])}", COLUMNS)


def test_np_is_the_table_and_no_module() -> None:
    assert not hasattr(FUNCTIONS["np"], "load")
    assert {f"np.{name}" for name in vars(FUNCTIONS["np"])} - set(TABLE) == {
        *("np.e", "np.euler_gamma", "np.inf", "np.nan", "np.pi")
    }


NAMED_AS_NUMPYS = [
    name for name in TABLE if name.startswith("np.") and hasattr(np, name.removeprefix("np."))
]


@case_by_case("name", NAMED_AS_NUMPYS)
def test_functions_with_names_of_numpy_agree_with_it(name: str) -> None:
    function, numpys = TABLE[name].run, getattr(np, name.removeprefix("np."))
    values = [FRAME["a"].to_numpy(), FRAME["b"].to_numpy(), 0.5]
    if name.endswith("ldexp"):
        values = [values[0], 3]
    if any(word in name for word in ("bitwise", "invert")):
        values = [each > 0.7 for each in values]
    if name.endswith("round"):
        values = [values[0], 2]
    values = values[: len(TABLE[name].arguments)]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(function(*values), numpys(*values))


# (call, pattern of its error)
REFUSED = [
    # R compares first, so that Python would silently compute other numbers.
    ("I(a == 1 | (b > 2))", r"join comparisons, each in its own brackets, as in \(a == 1\)"),
    ("I((b > 2) & 1 == a)", "each in its own brackets"),
    ("scale(a, center='mean')", "scale takes a finite number as center, not 'mean'"),
    ("scale(a, scale=b)", "scale takes a finite number as scale, not b"),
    ("scale(a, scale=np.inf)", "as scale"),
    ("standardize(a, scale=False)", "takes x, center=, rescale=, ddof= and no other"),
    ("np.clip(a, 0, 9, where=a > 1.5)", "takes a, a_min=, a_max=, .* and no other"),
    ("np.clip(a, 0, 9, b)", "and no other"),
    ("np.clip(a, 'x', 9)", "takes a column, a number .* as a_min, not 'x'"),
    ("np.round(a, 2147483647)", "a whole number from -308 to 308 as decimals, not 2147483647"),
    ("round(a, 1.5)", "as decimals, not 1.5"),
    ("round(a, b)", "as decimals, not b"),
    ("np.where(a > 1)", "takes condition, x, y and no other"),
    ("maximum(a, [1, 2])", "takes a column, a number or an expression of them as x2"),
    ("bs(a, df=35, degree=30)", "a whole number from 0 to 5 as degree, not 30"),
    ("bs(a, df=9, degree=-1)", "as degree, not -1"),
    ("bs(a, df=9, degree=2.0)", "as degree, not 2.0"),
    ("bs(a, df=10**6)", "a whole number from 1 to 1,000, or None as df, not 1000000"),
    ("bs(a, knots=[1, 1e400])", "no float can be"),
    ("bs(a, knots=[1, np.nan])", "a list of up to 1,000 finite numbers, or None as knots"),
    ("bs(a, knots=[[1, 2]])", "as knots"),
    ("bs(a, df=5, lower_bound=-np.inf)", "a finite number, or None as lower_bound"),
    ("bs(a, df=5, lower_bound=b)", "a finite number, or None as lower_bound, not b"),
    ("bs(a, df=5, include_intercept='yes')", "True or False as include_intercept, not 'yes'"),
    ("cr(a, df=100000)", "from 1 to 1,000"),
    ("cc(a, df=5, constraints='middle')", "'center' or a matrix"),
    ("cr(a, df=3, constraints=[[1, 0, np.inf]])", "'center' or a matrix"),
    ("te(cr(a, df=900), cr(b, df=900))", "te would make 810,000 columns, and no more than 10,000"),
    ("I(te() + a)", "takes one or more columns or splines, constraints= and no other"),
    ("te(a, 3)", "takes a column or an expression of columns as s2, not 3"),
    ("poly(a, 10**7, raw=True)", "a whole number from 1 to 1,000 as degree, not 10000000"),
    ("poly(2) + a", "names no column"),
    ("standardize(a, ddof=np.inf)", "a finite number as ddof"),
    ("standardize(a, True, True, 0, 1)", "takes x, center=, rescale=, ddof= and no other"),
    ("scale(x=a, x=a)", "cannot read|and no other|repeated"),
    ("C(g, levels='uvw')", "a list of up to 10,000 levels, or None as levels"),
    ("C(g, levels=[['u']])", "a list of up to 10,000 levels"),
    ("C(g, Treatment([1]))", "one of the levels, or None as reference"),
    ("C(g, Poly(scores=['u', 'v']))", "finite numbers, or None as scores"),
    ("C(g, Helmert(1))", "Helmert .* takes no argument and no other"),
    ("C(g, log)", "C takes a contrast such as Sum"),
    ("I(log + a)", "a function in it has no arguments"),
    ("I(poly(a, 1) - a)", "several columns, as of a spline, do not go with a single one"),
    ("maximum(bs(a, df=4), b)", "several columns"),
    ("I(bs(a, df=4) > b)", "several columns"),
    ("pi(a)", "calls 'pi', which is no function"),
    ("log(a)(b)", "is no function"),
    ("np(a)", "is no function"),
    ("log(np + a)", "takes no part in arithmetic"),
    # Numbers and texts that grow without a limit.
    ("I(a + 9**9**9)", "a whole number beyond 2\\*\\*1023"),
    ("I(a + 10**4000)", "beyond 2\\*\\*1023"),
    ("maximum(a, 18446744073709551616)", "take whole numbers of 64 bits"),
    ("I(a ** 18446744073709551616)", "take whole numbers of 64 bits"),
    ("I(a + 2**1023)", "beyond 2\\*\\*1023"),
    (f"I(a + {'9' * 5000})", "cannot read"),
    (f"I(a + 0x{'F' * 5000})", "beyond 2\\*\\*1023"),
    ("I(a + 9.0**9**9)", "cannot be computed"),
    ("I(a + 1e400)", "no float can be; np.inf is infinity"),
    ("I(a + I(9**9)**99)", "beyond 2\\*\\*1023"),
    ("maximum(a, -9223372036854775808 - 1)", "take whole numbers of 64 bits"),
    ("I(a + (-8) ** 0.5)", "root of a negative number"),
    ("I(a + np.abs(2) ** -np.abs(1))", "cannot be computed: Integers to negative"),
    ("I(a + 1 / 0)", "cannot be computed: division by zero"),
    ("I(a + (1 << 10**9))", "LShift .* not allowed"),
    ("I(a << 10**9)", "LShift .* not allowed"),
    ("I(a == 'u' * 10**9)", "text takes no part in arithmetic"),
    ("I(a == '%1000000000d' % 1)", "text takes no part in arithmetic"),
    ("C(g, levels=['u'] * 10**9)", "a list or None takes no part in arithmetic"),
    ("I(a + None)", "a list or None takes no part"),
    ("bs(a, df=ifelse('u' == 'v', 4, 10**6))", "not 1000000|as df"),
]


@case_by_case(("call", "message"), REFUSED, ids=[row[0][:50] for row in REFUSED])
def test_wrong_argument_is_named_in_the_error(call: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        parse(f"y ~ {call}", COLUMNS)
    assert not isinstance(caught.value, UntrustedError)
    assert len(str(caught.value)) < 500


def check_safety(call: str) -> None:
    """Check a call as if it came from a file, with placeholders in place of columns."""
    check_code(hide_columns(call, COLUMNS, {}), call)


@case_by_case("call", [row[0] for row in REFUSED], ids=lambda call: call[:50])
def test_wrong_argument_from_a_file_is_refused(call: str) -> None:
    with pytest.raises(UntrustedError):
        check_safety(call)


TAKEN = [
    *("np.clip(a, a_min=1, a_max=2)", "np.clip(a, min=1)", "np.clip(a, None, 2)"),
    *("round(a, decimals=1)", "round(a, -1)", "np.round(a, 308)"),
    *("bs(a, df=4, lower_bound=log(2), upper_bound=9)", "bs(a, knots=[1.5, 2], degree=5)"),
    *("bs(a, df=2 + 2)", "bs(a, knots=(2,), include_intercept=TRUE)"),
    *("C(g, Treatment)", "C(g, contrast=Sum('v'))", "C(g, levels=('x', 'w', 'v', 'u'))"),
    *("I(a > 9007199254740993)", "I(a + 18446744073709551615)", "I(a + 1e300)"),
    *("I(a * np.e ** -np.pi)", "I(a + I(2))", "log(a + log(2))", "I(-(~2) * a)"),
    *("np.equal(g, 'u')", "np.ldexp(a, 3)", "I(bs(a, df=4) * 2)"),
    *("poly(a, 100)", "bs(a, df=1000)"),
]


@case_by_case("call", TAKEN)
def test_valid_call_from_a_file_is_accepted(call: str) -> None:
    parse(f"y ~ {call}", COLUMNS)
    check_safety(call)


BOXED = [
    *(write_call(name, ["C(g)", "1", "2"][: max(1, TABLE[name].required)]) for name in CALLED),
    *("np.where(a > 0, 'x', C(g))", "np.where(C(g), 1, 2)", "ifelse(a > 0, factor(g), 'x')"),
    *("np.equal(C(g), 'u')", "bs(factor(a), df=4)", "te(cr(a, df=3), C(b))", "center(C(C(a)))"),
    *("I(C(g) == 'u')", "I(C(a) * 10**9)", "I(-C(a))", "I('u' < C(g))", "I(1 + C(a))"),
    "I(np.where(a > 0, C(g), 'zzz') < '<patsy')",
]
BOXED = [
    call for call in BOXED if not call.startswith(("C(", "factor(", "relevel(", "inter", "pool("))
]


@case_by_case("call", BOXED)
def test_categories_take_no_part_in_arithmetic(call: str) -> None:
    for check in (lambda: Design.fit(f"y ~ {call}", FRAME), lambda: check_safety(call)):
        with pytest.raises(ValueError, match="categories for a term") as caught:
            check()
        assert "Box" not in str(caught.value)


def test_no_text_contains_a_memory_address() -> None:
    env = {"own": lambda x: x}
    for call in ("np.where(a > 2, own(C(g)), 'x')", "np.where(a > 2, own(C(a)), 1)"):
        with pytest.raises(ValueError, match="cannot evaluate") as caught:
            Design.fit(f"y ~ {call}", FRAME, env=env)
        assert " at 0x" not in str(caught.value)
    things = np.array([object(), object()], dtype=object)
    with pytest.raises(TypeError, match="takes numbers and text, and no objects"):
        choose(np.array([True, False]), things, "x")
    assert Design.fit("y ~ C(C(g)) + own(C(g)):a + np.where(a > 2, own(g), 'x')", FRAME, env=env)


@pytest.mark.parametrize("constraints", ["'center'", f"[[{'1, ' * 1600}]]"])
def test_constraints_on_products_are_bounded_before_they_are_made(constraints: str) -> None:
    many = f"te(cr(a, df=40), cr(b, df=40), constraints={constraints})"
    few = "te(cr(a, df=31), cr(b, df=32), constraints='center')"
    for check in (lambda text: parse(f"y ~ {text}", COLUMNS), check_safety):
        check(few)
        check("te(cr(a, df=40), cr(b, df=40))")
        with pytest.raises(
            ValueError, match="constraints are made for up to 1,000 columns, not 1,600"
        ):
            check(many)


IN_WORDS = [
    *(("np.ldexp(a, b)", "a whole number"), ("np.ldexp(a, 3.5)", "a whole number")),
    *(("I(-t)", "True and False take no '-'"), ("I(t - t)", "~ gives the opposite")),
    *(("np.negative(t)", "make.* numbers of them"), ("cr(a, df=2)", "write df=3 or more")),
    *(("cr(a, knots=[])", "a knot between"), ("cr(a, df=1, constraints='center')", "a knot")),
    ("C(g, [[1, 2], [3, 4]])", "one row for each level"),
]


@case_by_case(("call", "words"), IN_WORDS)
def test_errors_of_numpy_and_patsy_are_explained(call: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        Design.fit(f"y ~ {call}", FRAME)
    assert "^" not in str(caught.value) and "Mismatch" not in str(caught.value)
    for good in ("I(~t)", "I(t * 1)", "cr(a, df=3)", "cr(a, df=2, constraints='center')"):
        assert Design.fit(f"y ~ {good}", FRAME).x_names


ODD = st.sampled_from(
    [
        *("a", "b", "g", "t", "d", "a > 2", "log(a)", "bs(a, df=4)", "poly(b, 1)", "C(g)", "Sum"),
        *("0", "1", "-1", "2", "3", "0.5", "-2.5", "1e300", "1e400", "10**4", "2**63", "9**9**9"),
        *("2147483647", "-2147483648", "9" * 30, "np.inf", "-np.inf", "np.nan", "pi", "TRUE"),
        *("None", "'u'", "'center'", "''", "[1]", "[1, 2]", "[]", "[[1, 0], [0, 1]]", "('u',)"),
        *("[np.nan]", "[1e308, -1e308]", "log", "Treatment('u')", "1j", "b'x'", "'u' * 9"),
    ]
)
STRANGE = st.sampled_from(["out", "where", "dtype", "x", "df"])


@st.composite
def draw_call(draw: Any, name: str) -> str:
    """Draw a call with some valid arguments."""
    arguments = list_good_arguments(name, TABLE[name])
    placed = arguments if draw(st.booleans()) else draw(st.lists(ODD, max_size=4))
    known = [*TABLE[name].arguments] if TABLE[name].accepts_names else ["x1", "out"]
    keys = st.one_of(st.sampled_from(known or ["out"]), STRANGE)
    named = draw(st.dictionaries(keys, ODD, max_size=3))
    return write_call(name, [*placed, *(f"{key}={value}" for key, value in named.items())])


def attempt(call: str) -> np.ndarray | None:
    """Return the columns of a call; None where it is refused."""
    try:
        design = Design.fit(f"y ~ {call}", FRAME)
        return design.read(FRAME, response=False).X
    except ValueError:
        return None
    except TypeError as fault:
        # Numbers where dates are wanted, or dates where numbers are.
        assert re.match(r"column .\w. is .* (dates enter a formula|take dates)", str(fault))
        return None


def check_call(call: str) -> None:
    start = time.process_time()
    found = attempt(call)
    used = time.process_time() - start
    # The same table with a plain term, for calls that may make some hundred columns.
    start = time.process_time()
    attempt("a")
    assert used < 1_000 * (time.process_time() - start)
    if found is not None:
        again = attempt(call)
        assert found.shape[0] == len(FRAME) and found.shape[1] <= 1 + MOST_COLUMNS
        assert again is not None and found.tobytes() == again.tobytes()


def compare_checks(call: str) -> None:
    answers = []
    # A column alone, and a product of terms, are no expressions.
    text = f"C({call})" if call.startswith(("C(", "factor(")) else f"I({call} == 1)"
    for check in (lambda: parse(f"y ~ {text}", COLUMNS), lambda: check_safety(text)):
        try:
            check()
            answers.append("taken")
        except ValueError:
            answers.append("refused")
    assert answers[0] == answers[1]


NUMPYS = [name for name, function in TABLE.items() if not function.accepts_names]
OTHERS = [name for name, function in TABLE.items() if function.accepts_names]


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=count_examples(300), deadline=None)
@given(call=st.sampled_from(NUMPYS).flatmap(draw_call))
def test_any_call_of_numpy_is_refused_or_gives_a_row_for_each(call: str) -> None:
    check_call(call)
    compare_checks(call)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=count_examples(40), deadline=None)
@given(data=st.data())
def test_any_call_is_refused_or_gives_a_row_for_each(name: str, data: Any) -> None:
    call = data.draw(draw_call(name))
    check_call(call)
    compare_checks(call)
