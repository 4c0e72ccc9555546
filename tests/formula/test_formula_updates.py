"""Formulas that name parts of another one, against R's ``update.formula``, R 4.2."""

import json
from pathlib import Path

import pytest
from loops import case_by_case

from neuralnet.formula.parser import parse
from neuralnet.formula.updates import update_formula

REFERENCE = Path(__file__).parents[1] / "reference" / "updated_formulas.json"
COLUMNS = ["y", "x", "z", "w", "a", "b", "g", "a.b", "a b"]


def update(old: str, new: str) -> str:
    return update_formula(parse(old, COLUMNS), new, COLUMNS)


@case_by_case(
    "each",
    json.loads(REFERENCE.read_text("utf-8")),
    ids=lambda each: f"{each['old']}, {each['new']}",
)
def test_formulas_are_rs(each: dict[str, str]) -> None:
    assert update(each["old"], each["new"]) == each["updated"]


@case_by_case(
    ("old", "new", "updated"),
    [
        ("y ~ .", ". ~ . - `a b` - a.b", "y ~ x + z + w + a + b + g"),
        ("y ~ x - 1", ". ~ . - x", "y ~ 0"),
        ("y ~ x", ". ~ . + ifelse(g == '.~.', 1, 0)", "y ~ x + ifelse(g == '.~.', 1, 0)"),
        ("y ~ x", ". ~ . + I(~(a > .5))", "y ~ x + I( ~(a > .5))"),
        ("y ~ ns(x, 3) + z", ". ~ . - z", "y ~ ns(x, 3)"),
        ("I(y^2) ~ x", ".~.+z", "I(y^2) ~ x + z"),
    ],
)
def test_dots_are_the_old_sides(old: str, new: str, updated: str) -> None:
    assert update(old, new) == updated


@case_by_case(
    ("old", "new", "message"),
    [
        ("y ~ x", "z", r"has no '~': write '\. ~ \. - x' to drop a term"),
        ("y ~ x", ". ~ . + zz", "unknown name 'zz'"),
        ("y ~ x + z", ". ~ log(.)", "'.' in .* stands for columns only as a whole term"),
        ("y ~ x - 1", ". ~ log(.)", "only as a whole term"),
        ("y ~ x", ". + z ~ .", "the left side of .* must be one response"),
        ("y ~ x + offset(w)", ". ~ . - offset(w)", "not behind '-'"),
        ("y ~ x", ". ~ .)", "cannot read"),
        ("y ~ x", ". ~ . ~ .", "the left side of .* must be one response"),
    ],
)
def test_unreadable_ones_are_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        update(old, new)


def test_formula_must_be_text() -> None:
    with pytest.raises(TypeError, match="the formula must be a string such as"):
        update("y ~ x", None)
