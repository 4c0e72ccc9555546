"""X beside R's ``model.matrix``: the same columns, but for two kinds of formulas.

`reference/model_matrix.R` made what R says.
"""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.design import Design

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference/model_matrix.json").read_text("utf-8")
)
TABLE = pd.DataFrame(REFERENCE["table"])
DESIGNS = {each["formula"]: each for each in REFERENCE["designs"]}

# Products of factors without all of their margins: R's columns are redundant.
REDUNDANT = {
    *("g:h", "g:h:k", "g + g:h:k", "g + h + g:h:k", "g:h + g:k", "g:h + h:k", "g:h + g:k + h:k"),
    *("g %in% h", "g + h %in% (g + k)"),
}
# A product with a factor whose margins occur only in a product with one more number: R treats that
# product as the margins, and omits the factor's first level.
LESS = {
    *("x:z + x:g", "x:z + g:z", "z:x + z:g + g", "g:x + g:h", "x:z:g + x:g:h"),
}


def build(formula):
    """R's names of our columns, and the matrix."""
    design = Design.fit(f"y ~ {formula}", TABLE)
    names = [re.sub(r"\[(T\.)?(\w+)\]", r"\2", name) for name in design.x_names]
    names = ["(Intercept)" if name == "Intercept" else name for name in names]
    return [squeeze(name) for name in names], design.read(TABLE).X


def squeeze(name):
    return name.replace(" ", "")


def rank(*matrices):
    return np.linalg.matrix_rank(np.column_stack(matrices))


def test_lists_hold_formulas_of_the_reference():
    assert len(DESIGNS) == len(REFERENCE["designs"])
    assert DESIGNS.keys() >= REDUNDANT | LESS


@case_by_case("formula", [each for each in DESIGNS if each not in REDUNDANT | LESS])
def test_columns_are_those_of_r(formula):
    names, X = build(formula)
    assert names == [squeeze(name) for name in DESIGNS[formula]["names"]]
    np.testing.assert_allclose(X, DESIGNS[formula]["X"], rtol=1e-13, atol=1e-13)


@case_by_case("formula", sorted(REDUNDANT))
def test_redundant_columns_of_r_are_omitted_and_the_span_is_the_same(formula):
    _, X = build(formula)
    R = np.array(DESIGNS[formula]["X"])
    assert R.shape[1] > X.shape[1] >= DESIGNS[formula]["rank"]
    assert rank(X) == rank(X, R) == DESIGNS[formula]["rank"]


@pytest.mark.parametrize("formula", sorted(LESS))
def test_columns_that_r_omits_are_present(formula):
    _, X = build(formula)
    R = np.array(DESIGNS[formula]["X"])
    assert X.shape[1] == rank(X) == rank(X, R) > rank(R) == DESIGNS[formula]["rank"]
