"""Expressions of a formula, one case in each line, and their values."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.design import Design
from neuralnet.errors import DataWarning
from neuralnet.formula.factors import Column, Expression
from neuralnet.formula.functions import FUNCTIONS
from neuralnet.formula.parser import parse


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(20260401)
    n = 12
    return pd.DataFrame(
        {
            "y": generator.normal(size=n),
            "a": generator.uniform(1.1, 3, n),
            "b": generator.uniform(1.1, 3, n),
            "k": np.tile([3.0, 1.0, 2.0], n // 3),
            "g": list("uvwu") * (n // 4),
            "t": [True, False] * (n // 2),
            "Sepal.Length": generator.uniform(4, 7, n),
            "a b": generator.uniform(4, 7, n),
        }
    )


def build(text: str, frame: pd.DataFrame, **env: object) -> dict[str, np.ndarray]:
    """Return the columns of X by name, without the intercept."""
    design = Design.fit(f"y ~ {text} - 1", frame, env=env)
    return dict(zip(design.x_names, design.read(frame).X.T, strict=True))


# (expression, what NumPy gives for the columns of the frame)
VALUES = [
    ("log(a)", lambda d: np.log(d["a"])),
    ("exp(a)", lambda d: np.exp(d["a"])),
    ("sqrt(a)", lambda d: np.sqrt(d["a"])),
    ("abs(a - 2)", lambda d: np.abs(d["a"] - 2)),
    ("log10(a)", lambda d: np.log10(d["a"])),
    ("log2(a)", lambda d: np.log2(d["a"])),
    ("log1p(a)", lambda d: np.log1p(d["a"])),
    ("sin(a)", lambda d: np.sin(d["a"])),
    ("tanh(a)", lambda d: np.tanh(d["a"])),
    ("floor(a)", lambda d: np.floor(d["a"])),
    ("round(a, 1)", lambda d: np.round(d["a"], 1)),
    ("maximum(a, b)", lambda d: np.maximum(d["a"], d["b"])),
    ("np.log(a)", lambda d: np.log(d["a"])),
    ("np.arctan2(a, b)", lambda d: np.arctan2(d["a"], d["b"])),
    ("np.where(a > 2, 1, 0)", lambda d: np.where(d["a"] > 2, 1, 0)),
    ("np.where(g == 'u', a, -1)", lambda d: np.where(d["g"] == "u", d["a"], -1)),
    ("np.clip(a, 1.5, 2)", lambda d: np.clip(d["a"], 1.5, 2)),
    ("I(a + b)", lambda d: d["a"] + d["b"]),
    ("I(a - b)", lambda d: d["a"] - d["b"]),
    ("I(a * b)", lambda d: d["a"] * d["b"]),
    ("I(1 / a)", lambda d: 1 / d["a"]),
    ("I(a**2)", lambda d: d["a"] ** 2),
    ("I(-a)", lambda d: -d["a"]),
    ("I(np.pi * a)", lambda d: np.pi * d["a"]),
    ("I(t * 2)", lambda d: d["t"] * 2),
    ("I(1e2 * a)", lambda d: 100 * d["a"]),
    ("a % b", lambda d: d["a"] % d["b"]),
    ("a // b", lambda d: d["a"] // d["b"]),
    ("log(Sepal.Length)", lambda d: np.log(d["Sepal.Length"])),
    ("log(`a b`)", lambda d: np.log(d["a b"])),
    ("I(2 * Sepal.Length - `a b`)", lambda d: 2 * d["Sepal.Length"] - d["a b"]),
    ("center(a)", lambda d: d["a"] - d["a"].mean()),
    ("standardize(a)", lambda d: (d["a"] - d["a"].mean()) / d["a"].std(ddof=0)),
    ("scale(a)", lambda d: (d["a"] - d["a"].mean()) / d["a"].std(ddof=1)),
    ("scale(a, scale=False)", lambda d: d["a"] - d["a"].mean()),
    ("scale(a, False)", lambda d: d["a"] / np.sqrt((d["a"] ** 2).sum() / (len(d) - 1))),
    ("scale(a, 2, scale=0.5)", lambda d: (d["a"] - 2) / 0.5),
    ("scale(a, ddof=0)", lambda d: (d["a"] - d["a"].mean()) / d["a"].std(ddof=0)),
    ("scale(a, rescale=False)", lambda d: d["a"] - d["a"].mean()),
    ("standardize(a, ddof=1)", lambda d: (d["a"] - d["a"].mean()) / d["a"].std(ddof=1)),
    ("scale(a, ddof=1)", lambda d: (d["a"] - d["a"].mean()) / d["a"].std(ddof=1)),
    ("center(log(a))", lambda d: np.log(d["a"]) - np.log(d["a"]).mean()),
    ("center(x=a)", lambda d: d["a"] - d["a"].mean()),
]


@case_by_case(("text", "formula"), VALUES, ids=[row[0] for row in VALUES])
def test_value_and_name(text: str, formula: object, frame: pd.DataFrame) -> None:
    [(name, column)] = build(text, frame).items()
    assert name == text.replace("**", " ** ")
    np.testing.assert_allclose(column, formula(frame), rtol=1e-14, atol=1e-15)


BY_ROW = [
    *(row[0] for row in VALUES),
    *("C(k)", "C(g, Sum)", "I(a > 2)", "I(g == 'u')", "I(g)", "a:g", "t:log(a)", "C(k):center(a)"),
    *("bs(a, df=4)", "cr(a, df=3)", "cc(a, df=3)", "te(cr(a, 3), cr(b, 3))", "bs(a, df=3):g"),
    *("standardize(center(a))", "center(a)*standardize(b)"),
]


@case_by_case("text", BY_ROW)
def test_row_has_the_same_value_alone_and_among_others(text: str, frame: pd.DataFrame) -> None:
    design = Design.fit(f"y ~ {text}", frame)
    together = design.read(frame, response=False).X
    for row in range(len(frame)):
        alone = design.read(frame.iloc[[row]], response=False).X
        np.testing.assert_allclose(alone, together[[row]], rtol=1e-14, atol=1e-15)


def test_every_built_in_function_of_numbers_is_numpys() -> None:
    for name, function in FUNCTIONS.items():
        if isinstance(function, np.ufunc) and hasattr(np, name):
            assert function is getattr(np, name)


def test_words_for_numbers_are_rs() -> None:
    """Also the precedence and the associativity of ``^``."""
    reference = json.loads(
        (Path(__file__).parents[1] / "reference/natural_splines.json").read_text("utf-8")
    )
    table = pd.DataFrame({"x": reference["x"], "z": reference["z"]}).assign(y=0.5)
    for each in reference["words"]:
        columns = build(each["word"], table)
        assert [*columns] == [each["word"].replace(" = ", "=")]
        (values,) = columns.values()
        np.testing.assert_allclose(values, each["values"], rtol=1e-14, atol=1e-15)


def test_powers_are_the_same_term_in_both_spellings() -> None:
    formula = parse("y ~ I(a^2) + I(a**2) + I(a ^ 2):b", ["y", "a", "b"])
    assert [term.name() for term in formula.terms] == ["Intercept", "I(a^2)", "I(a^2):b"]
    assert [str(f.name()) for f in parse("log(y^2) ~ a", ["y", "a"]).responses] == ["log(y^2)"]


def test_a_caret_in_quotes_is_no_power(frame: pd.DataFrame) -> None:
    table = frame.assign(g=["^", "**"] * 6, **{"a^b": 2.0 * frame["a"]})
    columns = build("ifelse(g == '^', 1, 0) + I(`a^b`^2)", table)
    np.testing.assert_array_equal(columns["ifelse(g == '^', 1, 0)"], [1.0, 0.0] * 6)
    np.testing.assert_array_equal(columns["I(`a^b`^2)"], table["a^b"] ** 2)


def test_smallest_and_largest_are_exact_with_integers() -> None:
    large = [2**60 + 1, 2**60 + 3, 5, 7]
    table = pd.DataFrame({"y": [0.0, 1.0, 2.0, 3.0], "i": large})
    columns = build(f"I((pmin(i, {2**60 + 2}) == {2**60 + 1}) * 1)", table)
    np.testing.assert_array_equal([*columns.values()], [[1, 0, 0, 0]])
    columns = build(f"I((pmax(i, 3, {2**60 + 2}) == {2**60 + 3}) * 1)", table)
    np.testing.assert_array_equal([*columns.values()], [[0, 1, 0, 0]])


WHOLE_COLUMN = [
    ("I(a - a.mean())", "'.mean'.*center"),
    ("I(a - np.mean(a))", "'.mean'.*standardize"),
    ("I((a - np.mean(a)) / np.std(a))", "'.std'"),
    ("a.rank()", "'.rank'"),
    ("a.shift()", "'.shift'"),
    ("a.cumsum()", "'.cumsum'"),
    ("np.cumsum(a)", "'.cumsum'"),
    ("np.sort(a)", "'.sort'"),
    ("np.add.reduce(a)", "'.reduce'"),
    ("np.linalg.norm(a)", "'.norm'"),
    ("np.random.normal(a)", "'.normal'"),
    ("np.matmul(a, b)", "'.matmul'"),
    ("np.modf(a)", "'.modf'"),
    ("I(a - a @ a)", "MatMult .* row by row"),
    ("mean(a)", "unknown name 'mean'"),
    ("sum(a)", "unknown name 'sum'"),
    ("I(a[0])", "an index in .* not allowed"),
    ("I(a[::-1])", "an index in .* not allowed"),
    ("I(not a)", "Not .* row by row"),
    ("I(a in b)", "In .* row by row"),
    ("I(a is b)", "Is .* row by row"),
    ("I([a, b])", "a list of columns"),
    ("a, b", "a list of columns .* write '\\+'"),
]
PYTHON = [
    ("__import__('os')", "unknown name '__import__'"),
    ("I(a * (__import__('os').getpid() * 0 + 1))", "not allowed|unknown name"),
    ("I(a * open('x'))", "unknown name 'open'"),
    ("exec('a') + a", "unknown name 'exec'"),
    ("eval('a') + a", "unknown name 'eval'"),
    ("print(a)", "unknown name 'print'"),
    ("__builtins__ + a", "unknown name '__builtins__'"),
    ("Q('__builtins__')", "names '__builtins__'"),
    ("a.__class__", "unknown name 'a.__class__'"),
    ("a.__class__()", "'.__class__' .* not allowed"),
    ("a.tofile('x')", "'.tofile' .* not allowed"),
    ("log.__class__(a)", "unknown name 'log.__class__'"),
    ("np.__class__(a)", "'.__class__' .* not allowed"),
    ("np.load(a)", "'.load' .* not allowed"),
    ("np.save('x', a)", "'.save' .* not allowed"),
    ("I((lambda x: x)(a))", "a lambda in .* not allowed"),
    ("I([x for x in a])", "a loop in .* not allowed|unknown name 'x'"),
    ("[i for i in a]", "a loop in .* not allowed|unknown name 'i'"),
    ("I({a})", "a set in .* not allowed"),
    ("I({a: 1})", "a dict in .* not allowed"),
    ('I(f"{a}")', "an f-string in .* not allowed"),
    ("I(a if b else a)", ".if. in .* not allowed"),
    ("I(a and b)", "BoolOp .* not allowed"),
    ("I((x := a))", "NamedExpr .* not allowed"),
    ("log(*a)", "Starred .* not allowed"),
    ("log(**a)", "takes x, base= and no other"),
]
FAULTS = [
    ("I(a %% 2)", r"'%%' means nothing there. The remainder is I\(a % 2\), in brackets"),
    ("a %/% 2", r"'%/%' means nothing there. The whole quotient is I\(a // 2\)"),
    ("is.na(a)", r"rows with a missing value are left out .* na_action='impute' adds"),
    ("log(a, b)", "log takes a finite number above 0 other than 1 as base, not b"),
    ("log(a, 1)", "above 0 other than 1 as base, not 1"),
    ("log(a, -2)", "above 0 other than 1 as base, not -2"),
    ("log(a, bse=2)", "takes x, base= and no other"),
    ("log(a, out=b)", "takes x, base= and no other"),
    ("log10(a, 2)", "takes one argument"),
    ("pmin(a, na.rm=TRUE)", "pmin .* takes one or more columns or expressions and no other"),
    ("pmax(a, 'x')", "pmax takes a column, a number or an expression of them as s2, not 'x'"),
    ("pmim(a, b)", "did you mean 'pmin'"),
    ("celing(a)", "did you mean 'ceiling' or 'ceil'"),
    ("max(a, b)", r"pmin\(a, b\) and pmax\(a, b\) compare within a row"),
    ("I(c(1, 2) * a)", "a list or None takes no part"),
    ("c(1, 2)", "names no column"),
    ("C(g, c(1, 2))", "C takes a contrast such as Sum"),
    ("np.log(a, b)", "np.log .* takes one argument"),
    ("maximum(a)", "maximum .* takes 2 arguments"),
    ("maximum(a, b, b)", "takes 2 arguments"),
    ("log", "names no column"),
    ("log(2)", "names no column"),
    ("I(np.pi)", "names no column"),
    ("'a'", "names no column"),
    ("as.ordered(g)", r"is written factor\(a, ordered=TRUE\)"),
    ("log(a", "unclosed bracket"),
]


@case_by_case(("text", "message"), [*WHOLE_COLUMN, *PYTHON, *FAULTS], ids=lambda value: value[:40])
def test_forbidden_expressions_are_refused_before_evaluation(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(f"y ~ {text}", ["y", "a", "b", "g"])


# Errors that depend on the values.
EVALUATED = [
    ("log(g)", r"cannot evaluate 'y ~ log\(g\)'"),
    ("I(1 < a < 2)", "cannot evaluate"),
    ("log(center(g))", "cannot evaluate|non-numeric"),
    ("C(g, Treatment('z'))", "specified level 'z' not found"),
    ("C(k, levels=['1', '2'])", r"levels= has none of the values, which are 1, 2, 3: text"),
    ("first(a)", r"first\(a\) gives the single value .* for 12 rows"),
    ("half(a)", r"half\(a\) gives 6 values for 12 rows"),
    ("fail(a)", "cannot evaluate .*ZeroDivisionError"),
]


@case_by_case(("text", "message"), EVALUATED, ids=[row[0] for row in EVALUATED])
def test_error_in_values_is_reported(text: str, message: str, frame: pd.DataFrame) -> None:
    def fail(values: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError("so it goes")

    env = {"first": lambda values: values[0], "half": lambda values: values[::2], "fail": fail}
    with pytest.raises(ValueError, match=message):
        Design.fit(f"y ~ {text}", frame, env=env).read(frame)


class TestEnvironment:
    def test_functions_and_values(self, frame: pd.DataFrame) -> None:
        found = build("I(squash(a) * k2)", frame, squash=np.tanh, k2=3)
        np.testing.assert_array_equal(found["I(squash(a) * k2)"], np.tanh(frame["a"]) * 3)

    def test_column_wins_over_env(self, frame: pd.DataFrame) -> None:
        found = build("I(a * 1)", frame, a=100.0)
        np.testing.assert_array_equal(found["I(a * 1)"], frame["a"])

    def test_built_in_wins_over_env(self, frame: pd.DataFrame) -> None:
        with pytest.warns(DataWarning, match=r"env={'log': ...} is not used, as 'log' is a built"):
            found = build("log(a)", frame, log=np.exp)
        np.testing.assert_array_equal(found["log(a)"], np.log(frame["a"]))

    def test_function_that_is_not_called_may_be_a_value_of_env(self, frame: pd.DataFrame) -> None:
        found = build("I(a * c) + I(a * seq)", frame, c=2.0, seq=3.0)
        np.testing.assert_array_equal(found["I(a * c)"], 2.0 * frame["a"])
        np.testing.assert_array_equal(found["I(a * seq)"], 3.0 * frame["a"])
        with pytest.raises(ValueError, match="a function in it has no arguments"):
            build("I(a * seq)", frame)

    def test_hint_includes_names_of_env(self) -> None:
        with pytest.raises(ValueError, match="did you mean 'squash'"):
            parse("y ~ squish(a)", ["y", "a"], {"squash": np.tanh})

    @pytest.mark.parametrize("kind", [np.array, pd.Series, list])
    def test_values_are_copied(self, frame: pd.DataFrame, kind: type) -> None:
        offsets = kind([0.5] * len(frame))
        design = Design.fit("y ~ maximum(a, offsets)", frame, env={"offsets": offsets})
        before = design.read(frame).X.copy()
        offsets[0] = 1000.0
        np.testing.assert_array_equal(design.read(frame).X, before)

    def test_env_is_not_kept(self, frame: pd.DataFrame) -> None:
        env = {"squash": np.tanh}
        design = Design.fit("y ~ squash(a)", frame, env=env)
        env["squash"] = np.exp
        np.testing.assert_array_equal(design.read(frame).X[:, 1], np.tanh(frame["a"]))

    def test_callers_variables_are_not_seen(self, frame: pd.DataFrame) -> None:
        zz = frame["a"]
        with pytest.raises(ValueError, match=r"unknown name 'zz'.*of your program are not seen"):
            Design.fit("y ~ zz", frame)
        with pytest.raises(ValueError, match="unknown name 'zz'"):
            Design.fit("y ~ I(a + zz)", frame)
        assert len(zz) == len(frame)

    def test_globals_of_the_caller_are_not_seen(self, frame: pd.DataFrame) -> None:
        with pytest.raises(ValueError, match="unknown name 'FAULTS'"):
            Design.fit("y ~ I(a + FAULTS)", frame)


def test_keyword_may_be_named_like_a_column(frame: pd.DataFrame) -> None:
    frame["x"] = 1.0
    frame["levels"] = 2.0
    found = build("center(x=a) + C(k, levels=[1, 2, 3]):levels", frame)
    np.testing.assert_allclose(found["center(x=a)"], frame["a"] - frame["a"].mean(), atol=1e-15)
    assert "C(k, levels=[1, 2, 3])[2]:levels" in found


@case_by_case(
    ("text", "names"),
    [
        ("C(k)", ["C(k)[1]", "C(k)[2]", "C(k)[3]"]),
        ("C(k, Treatment(2))", ["C(k, Treatment(2))[1]", "C(k, Treatment(2))[2]"]),
        ("C(k, levels=[3, 2, 1])", ["C(k, levels=[3, 2, 1])[3]", "C(k, levels=[3, 2, 1])[2]"]),
        ("C(I(k / 2))", ["C(I(k / 2))[0.5]", "C(I(k / 2))[1.0]", "C(I(k / 2))[1.5]"]),
        ("C(np.where(k > 1, 5, 4))", [f"C(np.where(k > 1, 5, 4))[{level}]" for level in (4, 5)]),
        ("C(t)", ["C(t)[False]", "C(t)[True]"]),
        ("C(g)", ["C(g)[u]", "C(g)[v]", "C(g)[w]"]),
    ],
)
def test_levels_of_categories_keep_their_spelling(
    text: str, names: list[str], frame: pd.DataFrame
) -> None:
    assert list(build(text, frame))[: len(names)] == names


def test_state_of_transforms_does_not_depend_on_the_platform(frame: pd.DataFrame) -> None:
    state: dict[str, object] = {}
    factor = parse("y ~ standardize(a)", list(frame)).terms[1].factors[0]
    factor.memorize(state, {name: frame[name].to_numpy() for name in ("a", "y")})
    [transform] = state["transforms"].values()
    assert all(np.asarray(value).itemsize <= 8 for value in vars(transform).values())


def test_factors_with_the_same_code_are_equal() -> None:
    one, two, three = (
        parse(f"y ~ {text}", ["y", "a", "b"]).terms[1].factors[0]
        for text in ("log(a)", "log( a )", "log(b)")
    )
    assert isinstance(one, Expression)
    assert one == two
    assert hash(one) == hash(two)
    assert one != three
    assert Column("a") != Column("b")
