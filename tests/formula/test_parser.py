"""Parsed formulas, one case in each line.

The table ``TERMS`` has the results of ``terms()`` of R 4.2 for a data frame with the columns
``y, a, b, c, d``: whether there is an intercept, and the labels of the terms in R's order.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet.formula.parser import Formula, parse

COLUMNS = list("yabcd")

TERMS = [
    ("y ~ a", 1, "a"),
    ("y ~ a + b", 1, "a b"),
    ("y ~ a - 1", 0, "a"),
    ("y ~ 0 + a", 0, "a"),
    ("y ~ -1 + a", 0, "a"),
    ("y ~ 0 + 1 + a", 1, "a"),
    ("y ~ a - 1 + 1", 1, "a"),
    ("y ~ a + 1 - 1", 0, "a"),
    ("y ~ (a - 1) + b", 0, "a b"),
    ("y ~ (a - 1)*b", 0, "a b a:b"),
    ("y ~ a + (b - 1)", 0, "a b"),
    ("y ~ a:(b - 1)", 0, "a:b"),
    ("y ~ a*(b + 0)", 0, "a b a:b"),
    ("y ~ (a - 1):b", 0, "a:b"),
    ("y ~ (a + b - 1)^2", 0, "a b a:b"),
    ("y ~ a/(b - 1)", 0, "a a:b"),
    ("y ~ (0 + a):b", 0, "a:b"),
    ("y ~ (1 + a):b", 1, "a:b"),
    ("y ~ a:(1 + b)", 1, "a:b"),
    ("y ~ a - (b - 1)", 1, "a"),
    ("y ~ a - (1 + b)", 0, "a"),
    ("y ~ a - (0 + b)", 1, "a"),
    ("y ~ 0 + a - (b - 1)", 1, "a"),
    ("y ~ a - a", 1, ""),
    ("y ~ -a + a", 1, "a"),
    ("y ~ a + b - a", 1, "b"),
    ("y ~ a + b - (a + b) + c", 1, "c"),
    ("y ~ a*b", 1, "a b a:b"),
    ("y ~ a*b*c", 1, "a b c a:b a:c b:c a:b:c"),
    ("y ~ a*b - a", 1, "b a:b"),
    ("y ~ a*b - a:b", 1, "a b"),
    ("y ~ a:b + a", 1, "a a:b"),
    ("y ~ b:a + a + b", 1, "a b b:a"),
    ("y ~ b:a + a:b", 1, "b:a"),
    ("y ~ a + b:a", 1, "a a:b"),
    ("y ~ c:b + a:d + b + .", 1, "b a c d c:b a:d"),
    ("y ~ a:b:c + c:b", 1, "b:c a:b:c"),
    ("y ~ a:a", 1, "a"),
    ("y ~ a:b:a", 1, "a:b"),
    ("y ~ (a + b)^2", 1, "a b a:b"),
    ("y ~ (a + b + c)^2", 1, "a b c a:b a:c b:c"),
    ("y ~ (a + b + c)^3", 1, "a b c a:b a:c b:c a:b:c"),
    ("y ~ (a + b)^5", 1, "a b a:b"),
    ("y ~ (a*b)^2", 1, "a b a:b"),
    ("y ~ (a + b)^2 - a", 1, "b a:b"),
    ("y ~ (a + b + c)^2 - a:b", 1, "a b c a:c b:c"),
    ("y ~ a/b", 1, "a a:b"),
    ("y ~ a/b/c", 1, "a a:b a:b:c"),
    ("y ~ a/(b + c)", 1, "a a:b a:c"),
    ("y ~ (a + b)/c", 1, "a b a:b:c"),
    ("y ~ a/b*c", 1, "a c a:b a:c a:b:c"),
    ("y ~ a/(b*c)", 1, "a a:b a:c a:b:c"),
    ("y ~ (a*b)/c", 1, "a b a:b a:b:c"),
    ("y ~ a %in% b", 1, "a:b"),
    ("y ~ a + b %in% a", 1, "a a:b"),
    ("y ~ (a + b) %in% c", 1, "a:c b:c"),
    ("y ~ a:b %in% c", 1, "a:b:c"),
    ("y ~ a %in% b:c", 1, "a:b:c"),
    ("y ~ a*b %in% c", 1, "a b:c a:b:c"),
    ("y ~ a/b %in% c", 1, "a a:b:c"),
    ("y ~ a^2 %in% b", 1, "a:b"),
    ("y ~ c %in% a + b", 1, "b c:a"),
    ("y ~ c %in% (a + b)", 1, "c:a:b"),
    ("y ~ c %in% (a*b)", 1, "c:a:b"),
    ("y ~ (a*b) %in% c", 1, "a:c b:c a:b:c"),
    ("y ~ (a + b) %in% (c + d)", 1, "a:c:d b:c:d"),
    ("y ~ (a + b) %in% (b + c)", 1, "b:c a:b:c"),
    ("y ~ (a + b) %in% (c + d)^2", 1, "a:c:d b:c:d"),
    ("y ~ (c + d) %in% (a + a:b)", 1, "c:a:b d:a:b"),
    ("y ~ c:d + (c + d) %in% (b + a)", 1, "c:d c:b:a d:b:a"),
    ("y ~ a %in% (b:c + d)", 1, "a:b:c:d"),
    ("y ~ a %in% b^2", 1, "a:b"),
    ("y ~ a %in% b/c", 1, "a:b a:b:c"),
    ("y ~ a %in% b %in% c", 1, "a:b:c"),
    ("y ~ a %in% (b %in% c)", 1, "a:b:c"),
    ("y ~ a %in% a", 1, "a"),
    ("y ~ a %in% .", 1, "a:b:c:d"),
    ("y ~ a %in% (. - b)", 1, "a:c:d"),
    ("y ~ a %in% (b - b)", 1, "a"),
    ("y ~ b + c %in% (a + b)", 1, "b b:c:a"),
    ("y ~ d %in% c + c %in% d", 1, "d:c"),
    ("y ~ a*b - b %in% a", 1, "a b"),
    ("y ~ -a %in% b", 1, ""),
    ("y ~ (a + b):(c %in% (a + d))", 1, "a:c:d a:b:c:d"),
    ("y ~ (a + b %in% c)*d", 1, "a d b:c a:d b:c:d"),
    ("y ~ (b %in% a)^2", 1, "b:a"),
    ("y ~ log(a) %in% (b + log(c))", 1, "log(a):b:log(c)"),
    ("y ~ a:b^2", 1, "a:b"),
    ("y ~ a:b*c", 1, "c a:b a:b:c"),
    ("y ~ a*b:c", 1, "a b:c a:b:c"),
    ("y ~ a + b*c - c", 1, "a b b:c"),
    ("y ~ (c + d + b*d)^2", 1, "c d b c:d c:b d:b c:d:b"),
    ("y ~ (.*b + b - d)^3", 1, "a b c a:b a:c b:c b:d a:b:c a:b:d b:c:d a:b:c:d"),
    ("y ~ -a", 1, ""),
    ("y ~ +a - -b", 1, "a"),
    ("y ~ .", 1, "a b c d"),
    ("y ~ . - a", 1, "b c d"),
    ("y ~ . - 1", 0, "a b c d"),
    ("y ~ .^2", 1, "a b c d a:b a:c a:d b:c b:d c:d"),
    ("y ~ .^3 - a:b", 1, "a b c d a:c a:d b:c b:d c:d a:b:c a:b:d a:c:d b:c:d"),
    ("y ~ . + a:b", 1, "a b c d a:b"),
    ("y ~ .:b", 1, "b a:b b:c b:d"),
    ("y ~ a:.", 1, "a a:b a:c a:d"),
    ("y ~ a*.", 1, "a b c d a:b a:c a:d"),
    ("y ~ .*a", 1, "a b c d a:b a:c a:d"),
    ("y ~ ./a", 1, "a b c d a:b:c:d"),
    ("y ~ a/.", 1, "a a:b a:c a:d"),
    ("y ~ (. - a)^2", 1, "b c d b:c b:d c:d"),
    ("y ~ (. - a - b)^2", 1, "c d c:d"),
    ("y ~ (.)^2 - .", 1, "a:b a:c a:d b:c b:d c:d"),
    ("y ~ . - .", 1, ""),
    ("y ~ . %in% a", 1, "a a:b a:c a:d"),
    ("y ~ . + log(a)", 1, "a b c d log(a)"),
    ("y ~ log(a) + .", 1, "log(a) a b c d"),
    ("log(y) ~ .", 1, "a b c d"),
    ("log(y + a) ~ .", 1, "b c d"),
    ("cbind(y, a) ~ .", 1, "b c d"),
    ("cbind(y, log(a)) ~ .^2", 1, "b c d b:c b:d c:d"),
    ("cbind(y) ~ .", 1, "a b c d"),
    ("y ~ . + offset(a)", 1, "a b c d"),
    ("y ~ offset(a)", 1, ""),
    ("y ~ offset(log(b)) + a - 1 + offset(c)", 0, "a"),
    ("y ~ (a + offset(b)) + c", 1, "a c"),
    ("y ~ a + offset(b) + b:a", 1, "a a:b"),
    ("y ~ a*b + offset(b)", 1, "a b a:b"),
    ("I(y/b) ~ .", 1, "a c d"),
    ("~ .", 1, "y a b c d"),
    ("~ a + b", 1, "a b"),
    ("y ~ 1", 1, ""),
    ("y ~ 0", 0, ""),
    ("y ~ -1", 0, ""),
    ("y ~ a**2", 1, "a"),
    ("y ~ log(a):b + log(a)", 1, "log(a) log(a):b"),
    ("y ~ log(a)*b - log(a)", 1, "b log(a):b"),
    ("y ~ b:log(a) + log(a):b", 1, "b:log(a)"),
    ("y ~ (a + log(b))^2", 1, "a log(b) a:log(b)"),
    ("y ~ ((a)) + ((b + (c)))", 1, "a b c"),
    ("y ~ (a:b):c", 1, "a:b:c"),
    ("y ~ c:(b + a)", 1, "c:b c:a"),
    ("y ~ (b + a):(d + c)", 1, "b:d b:c a:d a:c"),
    ("y ~ (a + b):(a + b)", 1, "a b a:b"),
    ("y ~ (b + a)*(d + c)", 1, "b a d c b:d b:c a:d a:c"),
    ("y ~ (a + b + a:b):c", 1, "a:c b:c a:b:c"),
    ("y ~ (a + b + c)^2/d", 1, "a b c a:b a:c b:c a:b:c:d"),
    ("y ~ d + (c + b)^2 + a", 1, "d c b a c:b"),
    ("y ~ a:b + c:d + a:c + b", 1, "b a:b c:d a:c"),
    ("y ~ d:c:b:a", 1, "d:c:b:a"),
    ("y ~ d:c + b:c:d", 1, "d:c d:c:b"),
    ("y ~ b:a + c + a:b:c + a", 1, "c a b:a b:a:c"),
    ("y ~ a - y", 1, "a"),
    ("y ~ (a+b)^2:c", 1, "a:c b:c a:b:c"),
    ("y ~ a + b - 1 + c", 0, "a b c"),
    ("y ~ (-1) + a", 0, "a"),
    ("y ~ a - (-1)", 1, "a"),
    ("y ~ a - (1)", 0, "a"),
    ("y ~ a - (0)", 1, "a"),
    ("y ~ -0 + a", 1, "a"),
    ("y ~ - 1 - 1 + a", 0, "a"),
    ("y ~ a + (b + 1)", 1, "a b"),
    ("y ~ 0 + a + (b + 1)", 1, "a b"),
    ("y ~ 0 + (1 + a)", 1, "a"),
    ("y ~ 0 + (1 + a)*b", 1, "a b a:b"),
    ("y ~ (0 + a) + (1 + b)", 1, "a b"),
]


def read(text: str, columns: list[str] = COLUMNS) -> tuple[int, list[str]]:
    """Return whether there is an intercept, and the labels of the other terms."""
    terms = parse(text, columns).terms
    intercept = bool(terms) and not terms[0].factors
    return int(intercept), [term.name() for term in terms if term.factors]


def name_factors(formula: Formula) -> list[set[str]]:
    """Return the names of the factors of each term; their order within a term has no meaning."""
    return [{factor.name() for factor in term.factors} for term in formula.terms]


@case_by_case(("text", "intercept", "labels"), TERMS, ids=[row[0] for row in TERMS])
def test_terms_are_as_in_r(text: str, intercept: int, labels: str) -> None:
    assert read(text) == (intercept, labels.split())


@case_by_case("text", [row[0] for row in TERMS])
def test_expanded_formula_is_equivalent(text: str) -> None:
    formula = parse(text, COLUMNS)
    again = parse(formula.expanded, COLUMNS)
    assert name_factors(again) == name_factors(formula)
    assert again.expanded.split("~")[0] == formula.expanded.split("~")[0]
    assert again.expanded.split("offset")[1:] == formula.expanded.split("offset")[1:]


@pytest.mark.parametrize("text", ["y ~ .^2 - c - c:a", "y ~ b:`a b` + . - d", "y ~ a:b + log(a)"])
def test_text_with_its_columns_gives_the_same_formula(text: str) -> None:
    formula = parse(text, ["c", "d", "a", "a b", "y", "b", "log"])
    again = parse(text, formula.table_columns)
    assert again == formula
    factors = [[term.factors for term in each.terms] for each in (again, formula)]
    assert factors[0] == factors[1]
    assert "log" not in formula.table_columns or "." in text


# Formulas that R accepts, and that are ambiguous enough to refuse.
@case_by_case(
    ("text", "message"),
    [
        ("y ~ a:1", "1 is not a term"),  # R: nothing but the intercept
        ("y ~ 1*a", "1 is not a term"),  # the same
        ("y ~ a*0", "0 is not a term"),  # R: 0 + a
        ("y ~ a %in% 1", "1 is not a term"),  # R: a
        ("y ~ a - zzz", "unknown name 'zzz'"),  # R: a
        ("y ~ a*offset(b)", "part of the sum"),  # R: a + offset(b), as in the next four
        ("y ~ a:offset(b)", "part of the sum"),
        ("y ~ (a + offset(b))^2", "part of the sum"),
        ("y ~ (a + offset(b)) %in% c", "part of the sum"),
        ("y ~ a - offset(b)", "not behind '-'"),
        ("y ~ a - (b + offset(c))", "not behind '-'"),
        ("offset(y) ~ a", "'offset'.* is on the right side"),  # R: takes it for a response
        ("cbind(y, y) ~ a", "y is named twice on the left side"),
        ("cbind(y, b=a) ~ b", r"cbind\(a, b\), without names"),
    ],
)
def test_ambiguous_formulas_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text, COLUMNS)


# Formulas that R refuses too.
@case_by_case(
    ("text", "message"),
    [
        ("y ~ a + 2", "2 is not a term"),
        ("y ~ 2*a", r"2 is not a term .* I\(\.\.\.\)"),
        ("y ~ a^0", "whole number above 0"),
        ("y ~ a^b", "whole number above 0"),
        ("y ~ a^1.5", "whole number above 0"),
        ("y ~ a^-1", "whole number above 0"),
        ("y ~ a + zzz", "unknown name 'zzz'"),
        ("y ~ a +", "cannot read the formula"),
        ("y ~ (a", "Unmatched"),
        ("y ~ a)", "extra '\\)'"),
        ("y ~ a %in%", "cannot read the formula .*: expected a term"),
        ("y ~ %in% a", "expected a term, not '%in%'"),
        ("y ~ I(a %in% b)", r"cannot read 'I\(a %in% b\)' .*: %in% joins terms"),
        ("y ~ a -> b", "'->' means nothing there"),
        ("y ~ a b", "cannot read 'a b'"),
        ("y ~ a = b", "cannot read 'a = b'"),
        ("y ~ 'a", "cannot read the formula"),
        ("y ~ ..", r"cannot read '\. \.'"),
        ("y ~ a.", r"cannot read 'a\.'"),
        ("y ~ log(.)", "only as a whole term"),
        ("y ~ a ~ b", "one response"),
        ("y ~ ~ a", r"'~' is not a term of .* column t of True and False is I\(~t\)$"),
        ("y ~ !a", r"'!' means nothing there\. The opposite of a column t .* is I\(~t\)$"),
        ("class ~ a", r"^unknown name 'class' in 'class ~ a': the columns are \[.*\]\.$"),
        ("y ~ log(pass)", r"^unknown name 'pass' in 'y ~ log\(pass\)': the columns are"),
        (
            "y ~ I(lambda: a)",
            r"^a lambda in 'I\(lambda: a\)' of 'y ~ I\(lambda: a\)' is not allowed",
        ),
        (". ~ a", "name the response"),
        ("log(.) ~ a", "only as a whole term"),
        ("cbind(y, .) ~ a", "name the response"),
        ("cbind(y, log(.)) ~ a", "only as a whole term"),
        ("y ~ offset(.)", "only as a whole term"),
        ("y ~ offset(a, b)", r"one column or expression; .* offset\(cbind\(a, b\)\)"),
        ("y ~ offset()", r"offset\(a\), of one argument"),
        ("y ~ offset(x=a)", r"offset\(a\), of one argument"),
        ("y ~ offset(zzz)", "unknown name 'zzz'"),
        ("y ~ log(offset(a))", "is on the right side as a part"),
        ("y ~ ofset(a)", "did you mean 'offset'"),
        ("cbind() ~ a", "cannot read 'cbind'"),
        ("log(cbind(y, a)) ~ b", r"cbind\(a, b\), without names, joins"),
        ("y ~ cbind(a, b)", "between predictors write '\\+'"),
        ("y ~ offset(1)", "names no column"),
        ("cbind(*y) ~ a", "cannot read"),
        ("cbind(y a) ~ b", r"cannot read 'cbind\(y a\)'"),
        ("cbind(y, a) > 1 ~ b", "cannot read 'cbind'"),
        ("y ~ " + ":".join(["a"] * 5000), "too deeply"),
        ("y ~ " + "-" * 5000 + "a", "too deeply"),
    ],
)
def test_formula_that_r_refuses_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text, COLUMNS)


@pytest.mark.parametrize("text", [None, b"y ~ a", 3, ["y ~ a"]])
def test_formula_must_be_a_string(text: object) -> None:
    with pytest.raises(TypeError, match="must be a string such as 'y ~ x'"):
        parse(text, COLUMNS)  # type: ignore[arg-type]


@case_by_case(
    ("text", "stray"),
    [
        ("y ~ a \N{MINUS SIGN} b", "\N{MINUS SIGN}"),
        ("y ~ a +\N{NO-BREAK SPACE}b", r"\\xa0"),
        ("y ~ C(a, \N{LEFT DOUBLE QUOTATION MARK}b\N{RIGHT DOUBLE QUOTATION MARK})", "“"),
        ("y ~ d$a", r"\$"),
        ("y ~ !a", "!"),
        ("y ~ a ? b", r"\?"),
        ("y ~ `a", "`"),
    ],
)
def test_stray_character_is_named(text: str, stray: str) -> None:
    with pytest.raises(ValueError, match=f"'{stray}' means nothing there"):
        parse(text, COLUMNS)


@case_by_case(
    ("text", "response"),
    [
        ("y ~ a", "y"),
        ("`y` ~ a", "y"),
        ("Q('y') ~ a", "y"),
        ("log(y) ~ a", "log(y)"),
        ("C(y) ~ a", "C(y)"),
        ("I(y + b) ~ a", "I(y + b)"),
    ],
)
def test_left_side_is_one_response(text: str, response: str) -> None:
    formula = parse(text, COLUMNS)
    assert [factor.name() for factor in formula.responses] == [response]


@pytest.mark.parametrize(
    ("left", "names"),
    [
        ("cbind(y, b)", ["y", "b"]),
        ("cbind( y,log( b ) )", ["y", "log(b)"]),
        ("cbind(`y`, I(b / (a + 1)), Q('d'))", ["y", "I(b / (a + 1))", "d"]),
        ("cbind((y), np.where(b > 0, 'x, y)', 'z'))", ["y", "np.where(b > 0, 'x, y)', 'z')"]),
        ("cbind(y)", ["y"]),
    ],
)
def test_left_side_may_join_responses(left: str, names: list[str]) -> None:
    formula = parse(f"{left} ~ c", COLUMNS)
    assert [factor.name() for factor in formula.responses] == names
    assert formula.columns == ("c",)


@case_by_case(
    ("right", "offsets"),
    [
        ("a + offset(b)", [["b"]]),
        ("offset(log( b )) + a - 1 + offset(c)", [["log(b)"], ["c"]]),
        ("a + (offset(cbind(b, log(c))) + d)", [["b", "log(c)"]]),
        ("a*b + offset(cbind(b))", [["b"]]),
        ("offset(`a`)", [["a"]]),
        ("+offset(a) + b", [["a"]]),
    ],
)
def test_offsets_are_separate_from_the_terms(right: str, offsets: list[list[str]]) -> None:
    formula = parse(f"y ~ {right}", COLUMNS)
    assert [[factor.name() for factor in each] for each in formula.offsets] == offsets
    assert not any("offset" in term.name() for term in formula.terms)


@pytest.mark.parametrize("text", ["y ~ `0`", "y ~ Q('0')"])
def test_names_that_are_no_strings_are_to_be_renamed(text):
    message = (
        r"^the formula names '0', but that column's name is the int 0, and names must be strings"
    )
    with pytest.raises(ValueError, match=message):
        parse(text, ["y", 0])
    assert parse(text, ["y", "0"]).columns == ("0",)


def test_columns_named_like_words_of_the_formula() -> None:
    formula = parse("cbind ~ offset + offset(offset)", ["cbind", "offset"])
    assert [factor.name() for factor in formula.responses] == ["cbind"]
    assert formula.columns == ("offset",)
    assert [factor.name() for factor in formula.offsets[0]] == ["offset"]


@case_by_case("left", ["y + b", "y - b", "y:b", "1 + y", "1", "y*b"])
def test_left_side_of_several_is_an_error(left: str) -> None:
    with pytest.raises(ValueError, match="must be one response"):
        parse(f"{left} ~ a", COLUMNS)


# (id, name of a column, how it is typed in a formula); the other columns are y and a.
NAMES = [
    ("dots", "Sepal.Length", "Sepal.Length"),
    ("dots in backticks", "Sepal.Length", "`Sepal.Length`"),
    ("dot first", ".hidden", ".hidden"),
    ("dot and digit", "x.1", "x.1"),
    ("underscore", "_x", "_x"),
    ("space", "a b", "`a b`"),
    ("space, patsy's way", "a b", 'Q("a b")'),
    ("space, patsy's way, one quote", "a b", "Q( 'a b' )"),
    ("apostrophe", "it's", "`it's`"),
    ("apostrophe in Q", "it's", """Q("it's")"""),
    ("escaped quotes in Q", 'say "hi"', r'Q("say \"hi\"")'),
    ("quotes", 'say "hi"', '`say "hi"`'),
    ("backslash", r"back\slash", r"`back\slash`"),
    ("backslash as in R", r"back\slash", r"`back\\slash`"),
    ("backslash last", "back\\", r"`back\\`"),
    ("backtick", "tick`s", r"`tick\`s`"),
    ("backtick in Q", "tick`s", 'Q("tick`s")'),
    ("empty", "", "``"),
    ("keyword class", "class", "class"),
    ("keyword if", "if", "if"),
    ("keyword None", "None", "None"),
    ("keyword lambda", "lambda", "lambda"),
    ("digits first", "1st", "`1st`"),
    ("digits only", "2024", "`2024`"),
    ("built-in C", "C", "C"),
    ("built-in Q", "Q", "Q"),
    ("built-in Q in Q", "Q", 'Q("Q")'),
    ("built-in I", "I", "I"),
    ("built-in np", "np", "np"),
    ("built-in log", "log", "log"),
    ("Intercept", "Intercept", "Intercept"),
    ("colon", "a:b", "`a:b`"),
    ("looks like a call", "log(a)", "`log(a)`"),
    ("looks like a sum", "a + 1", "`a + 1`"),
    ("tilde", "a~b", "`a~b`"),
    ("percent", "%in%", "`%in%`"),
    ("comment", "a # b", "`a # b`"),
    ("line break", "a\nb", "`a\nb`"),
    ("equals", "a=b", "`a=b`"),
    ("accent", "é", "é"),
    ("ligature that Python folds", "ﬁ", "ﬁ"),
    ("combining accent", "e\u0301", "`e\u0301`"),
    ("another script", "日本", "日本"),
    ("emoji", "🌸", "`🌸`"),
    ("dunder", "__class__", "__class__"),
]


@pytest.mark.parametrize(("name", "typed"), [row[1:] for row in NAMES], ids=[n[0] for n in NAMES])
class TestNames:
    def test_as_a_term(self, name: str, typed: str) -> None:
        formula = parse(f"y ~ {typed}", ["y", name])
        assert formula.columns == (name,)
        assert len(formula.terms) == 2

    def test_in_an_interaction_and_removed(self, name: str, typed: str) -> None:
        formula = parse(f"y ~ a:{typed} + {typed} - {typed}", ["y", "a", name])
        assert formula.columns == ("a", name)
        assert len(formula.terms) == 2

    def test_as_the_response(self, name: str, typed: str) -> None:
        formula = parse(f"{typed} ~ .", ["a", name])
        assert [factor.columns for factor in formula.responses] == [(name,)]
        assert formula.columns == ("a",)

    def test_by_the_dot_and_by_name(self, name: str, typed: str) -> None:
        columns = ["y", "a", name]
        formula = parse("y ~ .^2", columns)
        assert formula.columns == ("a", name)
        assert name_factors(parse(formula.expanded, columns)) == name_factors(formula)

    def test_in_a_call(self, name: str, typed: str) -> None:
        formula = parse(f"y ~ log({typed}) + I(2 * {typed} + a)", ["y", "a", name])
        assert set(formula.columns) == {"a", name}
        assert name_factors(parse(formula.expanded, ["y", "a", name])) == name_factors(formula)


# (id, formula, columns, columns that the right side uses)
READINGS = [
    ("longest dotted name wins", "y ~ a.b.c", ["y", "a", "a.b", "a.b.c"], ["a.b.c"]),
    ("dotted name in a call", "y ~ log(a.b)", ["y", "a", "a.b"], ["a.b"]),
    ("np is NumPy", "y ~ np.log(a)", ["y", "a", "np"], ["a"]),
    ("np.log is a column", "y ~ np.log + np", ["y", "np", "np.log"], ["np.log", "np"]),
    ("C is patsy's when called", "y ~ C(C)", ["y", "C"], ["C"]),
    ("keyword arguments are no columns", "y ~ bs(a, df=4)", ["y", "a", "df"], ["a"]),
    ("but what they are equal to is", "y ~ center(x=x)", ["y", "x"], ["x"]),
    ("equality is no keyword", "y ~ I(a == b)", COLUMNS, ["a", "b"]),
    ("strings are no columns", 'y ~ I(a == "b")', COLUMNS, ["a"]),
    ("nor is a dot in a string", "y ~ I(a == '.')", COLUMNS, ["a"]),
    ("nor are backticks in a string", "y ~ I(a == '`b`')", COLUMNS, ["a"]),
    ("nor is %in% in a string", "y ~ I(a == 'x %in% b')", COLUMNS, ["a"]),
    ("numbers are no columns", "y ~ I(a * 1e5 + 2.5)", [*COLUMNS, "e5"], ["a"]),
    ("a column named like a call", "y ~ log(a)", ["y", "a", "log(a)"], ["a"]),
    ("a line break", "y ~ a\n  + b", COLUMNS, ["a", "b"]),
    ("no spaces", "y~a+b", COLUMNS, ["a", "b"]),
]


@case_by_case(
    ("text", "columns", "used"), [row[1:] for row in READINGS], ids=[row[0] for row in READINGS]
)
def test_columns_that_a_formula_uses(text: str, columns: list[str], used: list[str]) -> None:
    assert list(parse(text, columns).columns) == used


def test_calls_that_differ_only_in_spaces_are_one_term() -> None:
    assert read("y ~ log( a )+log(a)") == (1, ["log(a)"])


def test_both_spellings_of_a_backslash_where_both_are_columns() -> None:
    columns = ["y", "a\\b", "a\\\\b"]
    assert parse(r"y ~ `a\\b`", columns).columns == ("a\\b",)
    assert parse(r"y ~ `a\\\\b`", columns).columns == ("a\\\\b",)


@pytest.mark.parametrize("text", ["y ~ __dot__", "y ~ __column_0__", "y ~ log(__column_0__)"])
def test_placeholders_are_reserved(text: str) -> None:
    with pytest.raises(ValueError, match="reserved"):
        parse(text, [*COLUMNS, "__dot__", "__column_0__"])


def test_reserved_names_may_be_columns_of_the_dot() -> None:
    columns = ["__column_1__", "__dot__", "a"]
    assert list(parse("y ~ . + log(a)", ["y", *columns]).columns) == columns


# (formula, pattern of the hint)
HINTS = [
    ("y ~ Sepal.Lenght", "unknown name 'Sepal.Lenght'.*did you mean 'Sepal.Length'"),
    ("y ~ sepal.length", "did you mean 'Sepal.Length'"),
    ("y ~ AGE", "did you mean 'age'"),
    ("y ~ log(agee)", "did you mean 'age'"),
    ("y ~ `a b`", "names 'a b'.*the columns are"),
    ("y ~ Q('agge')", "names 'agge'.*did you mean 'age'"),
    ("y ~ standardise(age)", "did you mean 'standardize'"),
    ("y ~ age.max", "unknown name 'age.max'.*did you mean 'age'"),
    ("y ~ zzzz", r"the columns are \['y', 'age', 'Sepal.Length'\]"),
    ("y ~ age(y)", r"'age'.*is a column but is called like a function.*age:\(\.\.\.\)"),
    ("y ~ Sepal.Length(age)", "'Sepal.Length'.*is called like a function"),
    ("y ~ Q(age)", r"Q .* takes one name in quotes, as in Q\('a b'\)"),
]


@case_by_case(("text", "message"), HINTS, ids=[row[0] for row in HINTS])
def test_unknown_name_raises_with_a_hint(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text, ["y", "age", "Sepal.Length"])


NAMED = ["y", "x", "t", "A ge", "body-mass", "1st", "% fat", "x-y", "2", "men's age", "fat$", "a.b"]
# (text without backticks, the name of the column)
BARE = [
    *(("A ge", "A ge"), ("a  GE", "A ge"), ("log(A ge)", "A ge"), ("offset(A ge)", "A ge")),
    *(("x*body-mass", "body-mass"), ("1st", "1st"), ("log(1st)", "1st"), ("% fat", "% fat")),
    *(("x + 2", "2"), ("men's age", "men's age"), ("fat$", "fat$"), ("I(A ge > 1)", "A ge")),
]


@case_by_case(("bare", "name"), BARE)
def test_name_without_its_backticks_is_shown_in_them(bare: str, name: str) -> None:
    with pytest.raises(ValueError, match=rf" in backticks: `{re.escape(name)}`$"):
        parse(f"y ~ t + {bare}", NAMED)


@pytest.mark.parametrize("left", ["A ge", "log(A ge)", "cbind(y, A ge)"])
def test_the_left_side_has_the_same_hint(left: str) -> None:
    with pytest.raises(ValueError, match=r" in backticks: `A ge`$"):
        parse(f"{left} ~ t", NAMED)


@pytest.mark.parametrize(
    "text",
    [
        "y ~ `A ge` + zzz",
        "y ~ x-y + zzz",
        "y ~ I(x == 'A ge') + zzz",
        "y ~ A get",
        "y ~ I(zzz + 2)",
    ],
)
def test_no_backtick_is_suggested_where_none_is_missing(text: str) -> None:
    with pytest.raises(ValueError, match=r"zzz|A get") as caught:
        parse(text, NAMED)
    assert "backticks" not in str(caught.value)


def test_two_words_suggest_one_name_in_backticks() -> None:
    with pytest.raises(ValueError, match=r"cannot read 'Sepal Length' .* mean 'Sepal.Length'\?$"):
        parse("y ~ Sepal Length", ["y", "Sepal.Length"])


def test_hint_of_a_wide_table_is_short() -> None:
    with pytest.raises(ValueError, match="unknown name") as fault:
        parse("y ~ zzzz", ["y", *(f"x{i}" for i in range(5000))])
    assert len(str(fault.value)) < 400


def test_dot_without_columns_left_is_an_error() -> None:
    with pytest.raises(ValueError, match="stands for no column"):
        parse("y ~ .", ["y"])


def test_duplicate_columns_are_once_in_the_dot() -> None:
    # Duplicate columns raise an error when the data is read.
    assert parse("y ~ .", ["y", "a", "a"]).columns == ("a",)


WIDE = [f"x{i}" for i in range(20_000)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("y ~ .", 20_000),
        ("y ~ " + " + ".join(WIDE[:4000]), 4000),
        ("y ~ " + " + ".join(f"log(`{name}`)" for name in WIDE[:1500]), 1500),
        ("y ~ . - " + " - ".join(WIDE[:4000]), 16_000),
        ("y ~ " + "(" * 200 + "x1" + ")" * 200, 1),
    ],
    ids=["dot", "sum", "sum of calls", "dot less many", "brackets"],
)
def test_long_formula_is_read(text: str, count: int) -> None:
    formula = parse(text, ["y", *WIDE])
    assert len(formula.terms) == 1 + count
    assert len(formula.columns) == count


DEEP = [
    *(f"y ~ {a * 201}x1{b * 201}" for a, b in ("()", "[]", "{}")),
    *("y ~ log" + "(" * 201 + "x1" + ")" * 201, "y ~ " + "log(" * 999 + "x1" + ")" * 999),
    *("y ~ " + "(" * 201, "y ~ `" + "(" * 500 + "` + " + "(" * 201),
    *("(" * 201 + "y" + ")" * 201 + " ~ x1", "y ~ offset" + "(" * 201 + "x1" + ")" * 201),
]


@case_by_case("text", DEEP, ids=range(len(DEEP)))
def test_depth_of_brackets_has_a_limit(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.\.\. has more than 200 brackets .* leave out"):
        parse(text, ["y", "x1", "(" * 500])


def test_brackets_in_sequence_in_names_and_in_texts_add_no_depth() -> None:
    name = "(" * 500
    text = "y ~ " + "(x1) + " * 500 + f"`{name}` + ifelse(x1 == '{name}', 1, 2)"
    assert parse(text, ["y", "x1", name]).columns == ("x1", name)


ODD = [
    *("y ~ a \\\n + b", "y ~ a \\", "y ~ 0x", "y ~ 1_", "y ~ I(a + 1__0)", "y ~ 0b2", "y ~ 1a"),
    *("y ~ f'", "y ~ f'{'", "y ~ log(f'{a')", "y ~ 'a", "y ~ '''a", "y ~ I(a == '\\N{none}')"),
    *("y ~ a\x00b", "y ~ \x01", "y ~ '\udc80'", "y ~ I(a == '\ud800')", "y ~ I(a\n", "y ~ )"),
]


@case_by_case("text", ODD, ids=ascii)
def test_text_that_python_cannot_tokenize_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(text, COLUMNS)
    assert type(caught.value) is ValueError
    assert repr(text) in str(caught.value)


@given(st.text("yab~+-*:^()[]{}'\"`\\ \n\t.,=<#01_xfI\x00é²\udc80"))
def test_any_text_is_parsed_or_refused_by_an_error_of_this_package(text: str) -> None:
    try:
        parse("y ~ " + text, ["y", "a", "b"])
    except ValueError as fault:
        assert type(fault) is ValueError


def test_surrogate_may_be_in_the_name_of_a_column() -> None:
    assert parse("y ~ `\udc80`", ["y", "\udc80"]).columns == ("\udc80",)


def test_power_of_a_wide_dot() -> None:
    columns = WIDE[:150]
    assert len(parse("y ~ .^2", ["y", *columns]).terms) == 1 + 150 + 150 * 149 // 2


def test_formula_keeps_what_was_typed() -> None:
    formula = parse("y ~ .^2 - a", COLUMNS)
    assert isinstance(formula, Formula)
    assert formula.text == "y ~ .^2 - a"
    assert formula.expanded == "y ~ 1 + b + c + d + a:b + a:c + a:d + b:c + b:d + c:d"


@case_by_case(
    ("text", "expanded"),
    [
        ("y ~ . - 1", "y ~ a + b + c + d + 0"),
        ("y ~ 1", "y ~ 1"),
        ("y ~ 0", "y ~ 0"),
        ("~ a", "~ 1 + a"),
        ("Q('y') ~ log( a )", "y ~ 1 + log(a)"),
        ("cbind(y,log(b)) ~ .", "cbind(y, log(b)) ~ 1 + a + c + d"),
        (
            "y ~ offset(log(a)) + b - 1 + offset(cbind(c,d))",
            "y ~ b + 0 + offset(log(a)) + offset(cbind(c, d))",
        ),
    ],
)
def test_expanded_formula_as_text(text: str, expanded: str) -> None:
    assert parse(text, COLUMNS).expanded == expanded
