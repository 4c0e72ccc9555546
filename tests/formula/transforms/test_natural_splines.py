"""Natural cubic splines against R's ``splines::ns`` and its ``predict``, R 4.2."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.design.design import Design
from neuralnet.formula.transforms.natural_splines import NaturalSplines

REFERENCE = Path(__file__).parents[2] / "reference" / "natural_splines.json"
R = json.loads(REFERENCE.read_text("utf-8"))
X, NEW = np.array(R["x"]), np.array(R["new"])


def make_frame(x: object) -> pd.DataFrame:
    return pd.DataFrame({"x": x}).assign(y=0.0)


@case_by_case("each", R["splines"], ids=lambda each: each["call"])
def test_columns_are_rs(each: dict) -> None:
    frame = make_frame(X).assign(y=np.arange(len(X)))
    design = Design.fit(f"y ~ {each['call']}", frame)
    for data, name in ((X, "training"), (NEW, "later")):
        ours = design.read(make_frame(data), response=False).X[:, 1:]
        theirs = np.array(each[name])
        # Far outside the boundary knots the columns are as large as the distance.
        size = np.maximum(1.0, np.abs(theirs).max(axis=1, keepdims=True))
        assert (np.abs(ours - theirs) / size).max() < 1e-12


def learn(x: object, **arguments: object) -> NaturalSplines:
    found = NaturalSplines()
    found.memorize_chunk(np.asarray(x), **arguments)
    found.memorize_finish()
    return found


def test_columns_are_natural_splines() -> None:
    """Smooth to the second derivative, straight at the ends and beyond, linearly independent."""
    spline = learn(X, df=5)
    inside = np.linspace(X.min(), X.max(), 2001)
    step = inside[1] - inside[0]
    second = np.diff(spline.transform(inside), 2, axis=0) / step**2
    assert np.abs(np.diff(second, axis=0)).max() < 0.05
    assert np.abs(second[[0, -1]]).max() < 0.05 < np.abs(second).max()
    for outside in (np.linspace(-9, X.min(), 50), np.linspace(X.max(), 99, 50)):
        np.testing.assert_allclose(np.diff(spline.transform(outside), 2, axis=0), 0.0, atol=1e-12)
    with_one = np.column_stack([np.ones(len(inside)), spline.transform(inside)])
    assert np.linalg.matrix_rank(with_one) == 6
    # Straight lines are natural splines too.
    fit = np.linalg.lstsq(with_one, inside, rcond=None)[0]
    np.testing.assert_allclose(with_one @ fit, inside, rtol=1e-12)


def test_rows_and_chunks_do_not_change_a_bit() -> None:
    parts, whole = NaturalSplines(), learn(X, df=4)
    for chunk in np.split(X, [1, 5]):
        parts.memorize_chunk(chunk, df=4)
    parts.memorize_finish()
    Z = whole.transform(NEW)
    np.testing.assert_array_equal(parts.transform(NEW), Z)
    for row, value in enumerate(NEW):
        np.testing.assert_array_equal(whole.transform(np.array([value])), Z[[row]])


@pytest.mark.parametrize("unit", [1e-200, 1e-9, 1e200])
def test_units_do_not_matter(unit: float) -> None:
    scaled = learn(X * unit, df=4).transform(NEW * unit)
    np.testing.assert_allclose(scaled, learn(X, df=4).transform(NEW), rtol=1e-12, atol=1e-12)


def test_missing_values_stay_missing() -> None:
    Z = learn(X, df=3).transform(np.array([np.nan, np.inf, 5.0]))
    assert np.isnan(Z[:2]).all()
    np.testing.assert_array_equal(Z[2:], learn(X, df=3).transform(np.array([5.0])))
    frame = make_frame([*X, np.nan]).assign(y=np.arange(13.0))
    with pytest.warns(DataWarning, match="1 of 13 rows dropped"):
        net = NeuralNetwork("y ~ ns(x, 3)", frame, hidden=0)
    assert net.predict({"x": [np.nan, 5.0]}).isna().tolist() == [True, False]


def test_names_and_hints() -> None:
    frame = make_frame(X).assign(y=np.arange(12.0))
    design = Design.fit("y ~ ns(x, 2) + ns(x, knots=c(3), Boundary.knots=c(1, 9))", frame)
    assert design.x_names[1:] == (
        *("ns(x, 2)[0]", "ns(x, 2)[1]"),
        *(f"ns(x, knots=c(3), Boundary.knots=c(1, 9))[{k}]" for k in (0, 1)),
    )


def test_knots_are_learned_from_the_rows_of_a_fold() -> None:
    from neuralnet.model.fold import refit

    frame = make_frame(X).assign(y=np.arange(12.0))
    model = NeuralNetwork("y ~ ns(x, 3)", frame, hidden=0)._model
    some = np.arange(12) % 3 > 0
    fold = refit(model, some)
    np.testing.assert_array_equal(fold.rows.X[:, 1:], learn(X[some], df=3).transform(X[some]))
    assert (model.rows.X[some] != fold.rows.X).any()


@case_by_case(
    ("text", "message"),
    [
        ("ns(x, 0)", "a whole number from 1 to 1,000, or None as df, not 0"),
        ("ns(x, 2.5)", "as df, not 2.5"),
        ("ns(x, 1, intercept=TRUE)", "with an intercept there are at least 2 columns, not df=1"),
        ("ns(x, 4, c(2, 5))", "2 knots make 3 columns, not df=4: give one of the two"),
        ("ns(x, knots=c(2, 2))", "distinct numbers between the boundary knots, 1.5 and 11$"),
        ("ns(x, knots=c(2, 12))", "distinct numbers between the boundary knots, 1.5 and 11$"),
        ("ns(x, knots=5)", "ns takes a list of up to 1,000 finite numbers, or None as knots"),
        ("ns(x, knots=c(x))", "a list of columns in .* is no term"),
        ("ns(x, knots=c('a'))", r"as knots, not \['a'\]"),
        ("ns(x, Boundary.knots=c(1))", "two boundary knots, a lower and an upper; not 1"),
        ("ns(x, Boundary.knots=c(20, 30), df=3)", "no value of the column is between"),
        ("ns(x, degree=2)", "takes x, df=, knots=, intercept=, boundary_knots= and no other"),
        ("ns(k, 3)", "quantiles of the column coincide at 1, which many rows have: lower df="),
        ("ns(pmin(x, 1), 3)", "need two distinct values; all of them are 1"),
        ("ns(wide, 2)", "the range from -1e\\+308 to 1e\\+308 is too wide for floats"),
        ("ns(log(k - 1), 2)", "need finite numbers, and 6 rows have none"),
        ("ns(g, 3)", "column 'g' holds categories"),
        ("nss(x, 3)", "did you mean 'ns'"),
    ],
)
def test_invalid_arguments_and_columns_are_refused(text: str, message: str) -> None:
    frame = make_frame(X).assign(y=np.arange(12.0), k=[1, 2] * 6, g=list("ab") * 6)
    frame["wide"] = [-1e308, *X[:-2], 1e308]
    with pytest.raises(ValueError, match=message):
        Design.fit(f"y ~ {text}", frame)
