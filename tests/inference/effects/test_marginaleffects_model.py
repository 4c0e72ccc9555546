"""A fit as a model of the package marginaleffects: its effects are ours.

``.ci/run`` runs this file in an environment of its own with the package, which brings half a
gigabyte; elsewhere only what is refused is tested.
"""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from networks import make_table

from neuralnet import NeuralNetwork
from neuralnet.inference.effects.marginaleffects_model import RESERVED

TRAINING = {"optimizer": "newton", "trace": 0}
NET = {"hidden": 2, "activation": "tanh", "decay": 0.3, "scale": True}
FORMULAS = {
    "dot": ("cost ~ .", {"hidden": 0}),
    "offset": (
        "count ~ x1 + kind + offset(log(`time at risk`))",
        {"hidden": 0, "family": "poisson"},
    ),
    "transforms": ("win ~ poly(x1, 2) + standardize(x2)", NET),
    "factor": ("cost ~ C(code) * x1 + flag + kind", {"hidden": 0}),
    "softmax": ("species ~ x1 + x2 + kind", NET),
}
# The package calls what polars is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:.*get_categories:DeprecationWarning")
FOUND = find_spec("marginaleffects") is not None
needs_the_package = pytest.mark.skipif(not FOUND, reason="marginaleffects is not installed")
if FOUND:
    import marginaleffects as me


def make_wide_table(n=90):
    rng = np.random.default_rng(1)
    return make_table(n).assign(
        code=np.resize([4, 6, 8], n)[rng.permutation(n)],
        flag=rng.random(n) < 0.5,
        **{"time at risk": rng.uniform(1.0, 3.0, n)},
    )


@pytest.fixture(scope="module")
def records():
    table, found = make_wide_table(), {}
    for name, (formula, options) in FORMULAS.items():
        given = table[["cost", "x1", "x2", "kind"]] if name == "dot" else table
        net = NeuralNetwork(formula, given, seed=1, **options)
        found[name] = net.train(**TRAINING, restarts=2 if options["hidden"] else 1).inference()
    return found


def join(theirs, ours):
    """Both tables of effects, in one order."""
    theirs = theirs.to_pandas() if hasattr(theirs, "to_pandas") else theirs.data.to_pandas()
    keys = [name for name in ("term", "contrast", "group") if name in ours and name in theirs]
    if not keys:
        return pd.concat([ours, theirs.add_suffix("_theirs")], axis=1)
    ours, theirs = (each.astype(dict.fromkeys(keys, str)) for each in (ours, theirs))
    both = ours.merge(theirs, on=keys, suffixes=("", "_theirs"), validate="one_to_one")
    assert len(both) == len(ours) == len(theirs)
    return both


def assert_same(call, ours, column="estimate"):
    """Compare estimates, and standard errors at a step of 0, where two steps point to.

    The package takes forward differences of predictions by the coefficients: the error of a
    standard error is proportional to the step, so that twice that of half a step minus that of the
    step has an error of second order.
    """
    step = 1e-4
    half, whole = (join(call(eps_vcov=each), ours) for each in (step / 2.0, step))
    np.testing.assert_allclose(half[f"{column}_theirs"], half[column], rtol=1e-6, atol=1e-9)
    errors = 2.0 * half["std_error_theirs"] - whole["std_error_theirs"]
    np.testing.assert_allclose(errors, half["std_error"], rtol=1e-6)


@needs_the_package
@pytest.mark.parametrize("name", FORMULAS)
def test_average_slopes_are_ours(records, name):
    record = records[name]
    model = record.as_marginaleffects()
    assert_same(lambda **how: me.avg_slopes(model, **how), record.slopes())


@needs_the_package
@pytest.mark.parametrize("name", FORMULAS)
def test_average_comparisons_are_ours(records, name):
    record = records[name]
    model = record.as_marginaleffects()
    pair = {"x1": [-0.5, 1.0]}
    ours = record.comparisons("x1", contrast={"x1": (-0.5, 1.0)})
    assert_same(
        lambda **how: me.avg_comparisons(model, variables=pair, **how),
        ours.drop(columns="contrast"),
    )


@needs_the_package
@pytest.mark.parametrize("name", FORMULAS)
def test_predictions_are_ours(records, name):
    record = records[name]
    model, by = record.as_marginaleffects(), "group" if name == "softmax" else True
    assert_same(lambda **how: me.avg_predictions(model, by=by, **how), record.predictions())
    data = make_wide_table().head(3).reset_index(drop=True)
    text = data.drop(columns=["win", "count"]).astype({"code": str})
    theirs = me.predictions(model, newdata=text, eps_vcov=1e-6)
    ours = record.predictions(data, average=False)
    theirs = theirs.to_pandas().sort_values(["estimate"])
    ours = ours.sort_values(["estimate"])
    np.testing.assert_allclose(theirs["estimate"], ours["estimate"], rtol=1e-9)
    np.testing.assert_allclose(theirs["std_error"], ours["std_error"], rtol=1e-5)


@needs_the_package
def test_intervals_tests_and_covariances_are_ours(records):
    for name in ("dot", "transforms"):
        record = records[name]
        model, ours = record.as_marginaleffects(), record.slopes(kind="HC3", level=0.9)
        found = join(me.avg_slopes(model, vcov="HC3", conf_level=0.9, eps_vcov=1e-6), ours)
        for column in ("std_error", "statistic"):
            theirs = found[f"{column}_theirs"]
            np.testing.assert_allclose(theirs, found[column], rtol=1e-4)
        width = 1e-4 * found["std_error"]
        assert ((found["conf_low"] - found["lower"]).abs() <= width).all()
        np.testing.assert_allclose(found["p_value_theirs"], found["p_value"], rtol=1e-2, atol=1e-12)
    table = me.hypotheses(records["dot"].as_marginaleffects()).to_pandas()
    assert table["term"].tolist() == [*records["dot"].params.index]
    np.testing.assert_allclose(table["std_error"], records["dot"].bse, rtol=1e-6)
    bare = me.avg_slopes(records["dot"].as_marginaleffects(), vcov=False)
    assert "std_error" not in bare.columns and len(bare["estimate"]) == len(records["dot"].slopes())


@needs_the_package
def test_case_weights_are_a_column_to_name():
    table = make_wide_table().assign(w=np.resize([1.0, 2.0, 3.0], 90))
    for weights in ("w", table["w"].to_numpy()):
        net = NeuralNetwork("count ~ x1", table, 0, family="poisson", weights=weights)
        record, name = net.train(**TRAINING).inference(), weights
        model, name = record.as_marginaleffects(), name if isinstance(name, str) else "weights"
        theirs = me.avg_slopes(model, wts=name, eps_vcov=1e-6).to_pandas()
        ours = record.slopes()
        assert theirs["estimate"][0] == pytest.approx(ours["estimate"][0], rel=1e-7)
        assert theirs["std_error"][0] == pytest.approx(ours["std_error"][0], rel=1e-5)


@needs_the_package
@pytest.mark.filterwarnings("ignore::neuralnet.DataWarning")
def test_rows_with_an_imputed_predictor_are_left_out():
    table = make_wide_table()
    table.loc[table.index[:5], "x1"] = np.nan
    net = NeuralNetwork("cost ~ x1 + x2", table, hidden=0, na_action="impute").train(**TRAINING)
    with pytest.warns(Warning, match="5 of 90 rows left out: a predictor is missing"):
        model = net.inference().as_marginaleffects()
    theirs = me.avg_slopes(model, variables="x2", eps_vcov=1e-6).to_pandas()
    ours = net.inference().slopes("x2", table[5:])
    assert theirs["estimate"][0] == pytest.approx(ours["estimate"][0], rel=1e-6)


@needs_the_package
def test_dates_are_no_variables():
    table = make_wide_table().assign(when=pd.date_range("2024-01-01", periods=90))
    net = NeuralNetwork("cost ~ x1 + days(when)", table, hidden=0).train(**TRAINING)
    record = net.inference()
    found = me.avg_slopes(record.as_marginaleffects(), eps_vcov=1e-5).to_pandas()
    assert found["term"].tolist() == ["x1"]
    assert found["estimate"][0] == pytest.approx(record.params["x1"], rel=1e-6)


@needs_the_package
def test_levels_never_seen_are_an_error():
    net = NeuralNetwork("cost ~ kind", make_wide_table(), hidden=0).train(**TRAINING)
    model = net.inference().as_marginaleffects()
    with pytest.raises(Exception, match=r"(?i)new|invalid"):
        me.predictions(model, newdata=pd.DataFrame({"kind": ["a", "new"]}))


@pytest.mark.parametrize("name", RESERVED)
def test_names_that_the_package_takes_are_refused_by_name(name):
    table = make_wide_table().rename(columns={"x1": name})
    net = NeuralNetwork(f"cost ~ {name} + x2", table, hidden=0).train(**TRAINING)
    with pytest.raises(ValueError, match=rf"takes no column named \['{name}'\].*rename it"):
        net.inference().as_marginaleffects()
    net = NeuralNetwork(f"{name} ~ cost + x2", table, hidden=0).train(**TRAINING)
    with pytest.raises(ValueError, match=rf"takes no column named \['{name}'\]"):
        net.inference().as_marginaleffects()


def test_other_fits_are_refused_with_the_reason():
    table = make_wide_table()
    offset = NeuralNetwork("cost ~ x1", table, hidden=0, offset=table["x2"].to_numpy())
    with pytest.raises(ValueError, match=r"offset was given as numbers.*offset='\.\.\.'"):
        offset.train(**TRAINING).inference().as_marginaleffects()
    table["twice"] = 2.0 * table["x1"]
    with pytest.warns(Warning, match="linear combination"):
        net = NeuralNetwork("cost ~ x1 + twice", table, hidden=0).train(**TRAINING)
    with pytest.raises(ValueError, match=r"do not determine 2 coefficients, \['x1', 'twice'\]"):
        net.inference().as_marginaleffects()
    net = NeuralNetwork("cost ~ x1", table, hidden=0, seed=1).train(2, 1e-4, trace=0)
    with pytest.raises(ValueError, match="effects cannot be given"):
        net.inference().as_marginaleffects()


@pytest.mark.skipif(FOUND, reason="marginaleffects is installed")
def test_missing_package_is_named_with_its_extra():
    net = NeuralNetwork("cost ~ x1", make_wide_table(), hidden=0).train(**TRAINING)
    with pytest.raises(ImportError, match=r"formula-neuralnet\[marginaleffects\]"):
        net.inference().as_marginaleffects()
