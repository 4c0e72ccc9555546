"""Parser of the expressions in a formula, such as ``log(a)``: each becomes a factor of terms.

An expression is checked before anything runs: only arithmetic, comparisons and calls of functions
in the table or of the user pass.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import closest, cut, quote, shorten, suggest
from .bounds import infer_value
from .date_parts import spell_date_functions
from .dialect import spell_code, translate_code
from .factors import Expression
from .functions import FUNCTIONS, TABLE
from .placeholders import DOT, PLACEHOLDER, WITHIN
from .quoting import is_plain, quote_name
from .whitelist import check_node

# Functions of R, NumPy and pandas whose value in a row depends on the other rows of the table.
_OF_A_WHOLE_COLUMN = (
    *("cummax", "cumprod", "cumsum", "diff", "lag", "max", "mean", "median", "min", "order"),
    *("rank", "sd", "std", "sum", "var"),
)
# Names with a meaning in the syntax of formulas, and their place there.
_KEYWORDS = {
    "cbind": "cbind(a, b), without names, joins columns as a whole left side or all that is in "
    "offset(...); between predictors write '+'",
    "offset": "offset(a), of one argument without a name, is on the right side as a part of a sum",
}
# Functions of R and of pandas whose names differ here.
_ELSEWHERE = {
    **dict.fromkeys(
        ("fct_lump", "fct_lump_min", "fct_lump_n", "fct_lump_prop", "fct_other"),
        "pool(g, 20) joins levels of fewer than 20 rows",
    ),
    **dict.fromkeys(("fct_relevel", "reorder"), "relevel(g, 'b') puts a level first"),
    "fct_cross": "interaction(a, b) combines the levels of factors",
    **dict.fromkeys(
        ("cut_number", "qcut", "quantcut"), "factor(ntile(x, 4)) makes groups of equal size"
    ),
    **dict.fromkeys(
        ("cut_interval", "cut_width", "findInterval"),
        "cut(x, 5) makes intervals of equal width, and cut(x, [0, 1, 5]) those between these ends",
    ),
    "quantile": "factor(ntile(x, 4)) makes groups of equal size, with bounds from the training "
    "rows",
    "ordered": "factor(g, levels=[...], ordered=TRUE) makes an ordered factor",
    "case_when": "ifelse(a > 1, 'x', 'y') chooses by a condition",
    "droplevels": "levels without a row are left out of themselves",
}
# Replacements of R's syntax that Python does not parse.
_UNPARSED = {
    "as.factor": "as.factor(a) is written factor(a)",
    "is.na": "rows with a missing value are left out before a formula is computed, so is.na(a) "
    "would be the same in all of them; na_action='impute' adds a column is.na(a) for each "
    "predictor with missing values",
    "as.ordered": "as.ordered(a) is written factor(a, ordered=TRUE)",
    "as.numeric": "numbers are numbers without as.numeric(...); text that holds numbers is "
    "converted in the table, as by pd.to_numeric, and codes of levels are a column to make there",
    "as.integer": "floor(a) and round(a) make whole numbers",
    "as.character": "factor(a) makes levels of numbers",
    "as.Date": f"dates, and text of ISO dates, need no as.Date: write {spell_date_functions('d')}",
    WITHIN: "%in% joins terms, as ':' does, and has no meaning in a call; there write "
    "(a == 1) | (a == 2)",
}
# R's ranges, which Python reads as slices.
_RANGE = re.compile(r"\d *+: *+\d")
# R's and pandas' functions of dates, and what to write instead.
_DATES = spell_date_functions("d")
_WEEKDAY = "weekday(d) is 1 for Monday to 7 for Sunday"
_BEFOREHAND = f"built in are {_DATES}; any other part of a date is a column to make beforehand"
_OF_DATES = {
    **dict.fromkeys(("wday", "weekdays", "dayofweek", "day_of_week", "day_name"), _WEEKDAY),
    **dict.fromkeys(("day", "mday", "yday", "qday", "dayofyear"), _BEFOREHAND),
    **dict.fromkeys(("quarter", "quarters", "week", "isoweek", "minute", "second"), _BEFOREHAND),
    **dict.fromkeys(
        ("Date", "date", "ymd", "ymd_hms", "as_date", "to_datetime", "strptime", "difftime"),
        f"dates, and text of ISO dates, need no conversion: write {_DATES}",
    ),
}
# Two words without an operator between them.
_SPACED = re.compile(r"[\w.] +[\w.]")
# Python's keywords of statements: in an expression they can only be intended as names.
_STATEMENTS = {"class", "def", "del", "from", "global", "import", "pass", "return", "try", "with"}
_STATEMENTS |= {"as", "assert", "break", "continue", "except", "finally", "nonlocal", "raise"}
_STATEMENTS |= {"while", "yield"}
_DOTTED = re.compile(r"[\w.]++")


def read_arguments(code: str, function: str) -> list[str] | None:
    """Return the arguments of a call such as ``cbind(a, log(b))``; None for any other code."""
    if not code.startswith(f"{function}("):
        return None
    try:
        call = ast.parse(code, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != function or call.keywords:
        return None
    return [ast.get_source_segment(code, argument) or "" for argument in call.args] or None


def parse_expression(
    code: str,
    places: Mapping[str, str],
    columns: Sequence[Any],
    env: Mapping[str, Any],
    formula: str,
) -> Expression:
    """Parse and check an expression, and resolve its names.

    Parameters
    ----------
    code : str
        In R's spelling or Python's, with placeholders in place of columns.
    places : mapping
        The column of each placeholder.
    columns : sequence
        Names of the data's columns, for hints.
    env : mapping
        User-defined functions and values.
    formula : str
        The text that contains the expression, for errors.

    Raises
    ------
    ValueError
        If it cannot be parsed, has an unknown name, or contains what is not allowed.
    """
    places = {place: places[place] for place in PLACEHOLDER.findall(code)}
    typed = shown = spell_code(code)
    code = translate_code(typed)
    for place, column in places.items():
        shown = shown.replace(place, quote_name(column))
    try:
        tree = ast.parse(code, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _explain_syntax(code, shown, columns, formula) from None
    where = f"in {shorten(shown)}" + f" of {shorten(formula)}" * (shown != formula)
    names: dict[str, Any] = {}
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    functions = {node.id for node in called if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (dotted := _find_dotted(node, places, called)):
            raise _unknown(dotted, env, columns, formula)
        check_node(node, places, where)
        if isinstance(node, ast.Name) and node.id not in places:
            names[node.id] = _look_up(node.id, node.id in functions, env, columns, formula)
    if not places:
        hint = _explain_no_column(tree.body, columns)
        raise ValueError(f"{quote(shown)} in {quote(formula)} names no column of the data{hint}")
    value = infer_value(tree, places, names, where)
    return Expression(
        code,
        tuple(places.items()),
        names,
        value.width,
        value.categorical,
        _find_dates(tree, places, where),
        text=typed,
    )


def _explain_no_column(node: ast.expr, columns: Sequence[Any]) -> str:
    """Return the hint for a function without arguments, or with a column's name in quotes."""
    if isinstance(node, ast.Name) and node.id in TABLE:
        return f": {node.id} is a function, as in {node.id}(a)"
    if isinstance(node, ast.Call) and ast.unparse(node.func) in TABLE:
        name = ast.unparse(node.func)
        texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
        for text in texts:
            if isinstance(text, str) and text in columns:
                return f": write it without quotes, as in {name}({cut(quote_name(text))})"
        if not node.args:
            return f": {name} takes {TABLE[name].usage}"
    return ""


def _find_dates(tree: ast.Expression, places: Mapping[str, str], where: str) -> tuple[str, ...]:
    """Return the columns that functions of dates take; raise where one is used in another way."""
    arguments = {
        argument
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in TABLE
        and TABLE[node.func.id].takes_dates
        for argument in (*node.args, *(keyword.value for keyword in node.keywords))
    }
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in places]
    dates = dict.fromkeys(places[node.id] for node in names if node in arguments)
    for node in names:
        if places[node.id] in dates and node not in arguments:
            raise refuse_dates(places[node.id], where)
    return tuple(dates)


def refuse_dates(column: str, where: str) -> ValueError:
    """Return the error for dates that are used as numbers or levels."""
    name = cut(quote_name(column))
    return ValueError(
        f"column {quote(column)} {where} is read as dates, which take no part in arithmetic and "
        f"are no term: write {spell_date_functions(name)}"
    )


def _explain_syntax(code: str, shown: str, columns: Sequence[Any], formula: str) -> ValueError:
    """Return the error for code that Python does not parse, with the probable remedy."""
    words = [] if "'" in code or '"' in code else _DOTTED.findall(code)
    for word in filter(_STATEMENTS.__contains__, words):
        return ValueError(
            f"unknown name {quote(word)} in {quote(formula)}: {closest(word, columns)}"
        )
    replacement = next((text for sign, text in _UNPARSED.items() if sign in shown), "")
    if not replacement and _RANGE.search(shown):
        replacement = "a range such as 0:10 is written seq(0, 10) in a call"
    shown = shown.strip().replace(DOT, ".").replace(WITHIN, " %in% ")
    near = suggest(shown, filter(is_plain, columns)) if _SPACED.search(shown) else ""
    if any(name in shown for name in columns if not is_plain(name)):
        near = ""  # `add_backtick_hint` names that column instead.
    hint = f": {replacement}" if replacement else near and f".{near}"
    return ValueError(f"cannot read {shorten(shown)} in {shorten(formula)}{hint}")


def _look_up(
    name: str, called: bool, env: Mapping[str, Any], columns: Sequence[Any], formula: str
) -> Any:
    """Return the value of a name: of the built-in table, else of ``env``.

    A function that is not called, such as ``c`` in ``I(a * c)``, may be a value of ``env``.
    """
    if name in _KEYWORDS:
        raise ValueError(f"cannot read {quote(name)} there in {quote(formula)}: {_KEYWORDS[name]}")
    as_value = name in env and name in TABLE and not (called or TABLE[name].is_contrast)
    if name in FUNCTIONS and not as_value:
        return FUNCTIONS[name]
    if name in env:
        value = env[name]
        # A copy, so that later changes of an array or a series do not change the formula.
        return value.copy() if callable(getattr(value, "copy", None)) else value
    if name == DOT:
        raise ValueError(f"'.' in {quote(formula)} stands for columns only as a whole term")
    if name == "Q":
        raise ValueError(f"Q in {quote(formula)} takes one name in quotes, as in Q('a b')")
    raise _unknown(name, env, columns, formula)


def _unknown(name: str, env: Mapping[str, Any], columns: Sequence[Any], formula: str) -> ValueError:
    """Return the error for an unknown name, with the most similar known ones."""
    if name in columns:
        return ValueError(
            f"{quote(name)} in {quote(formula)} is a column but is called like a function: write "
            f"* or : behind it for a product of terms, as in {cut(quote_name(name))}:(...)"
        )
    if name in _ELSEWHERE:
        return ValueError(f"unknown name {quote(name)} in {quote(formula)}: {_ELSEWHERE[name]}")
    if name in _OF_A_WHOLE_COLUMN:
        return ValueError(
            f"unknown name {quote(name)} in {quote(formula)}: what depends on the whole column "
            "would be another number for the rows of predict(). center(a), standardize(a) and "
            "scale(a) remember what they learned from the training rows; pmin(a, b) and "
            "pmax(a, b) compare within a row; anything else is a column to make beforehand"
        )
    if name in _OF_DATES:
        return ValueError(f"unknown name {quote(name)} in {quote(formula)}: {_OF_DATES[name]}")
    # Classes such as Poly are arguments of C(...), and not applied to columns.
    functions = [known for known in FUNCTIONS if not known[0].isupper() or len(known) == 1]
    start, dot, _ = name.partition(".")
    hint = f"did you mean {quote(start)}?" if dot and start in columns else ""
    hint = hint or closest(name, columns, [*functions, *_KEYWORDS, *env])
    return ValueError(
        f"unknown name {quote(name)} in {quote(formula)}: {hint} Names mean columns of the data, "
        f"built-in functions, or what is passed as env={{{quote(name)}: ...}}; variables of your "
        "program are not seen."
    )


def _find_dotted(node: ast.Attribute, places: Mapping[str, str], called: set[ast.expr]) -> str:
    """Return a misspelt dotted name as typed; empty for names of ``np``, and for methods."""
    dotted = ast.unparse(node)
    start, dot, rest = dotted.partition(".")
    if start == "np" or (start in places and node in called) or not _DOTTED.fullmatch(dotted):
        return ""
    return places.get(start, start) + dot + rest
