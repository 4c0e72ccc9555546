"""New data without case weights, without rows, and with values outside of the listed levels."""

import numpy as np
import pandas as pd
import pytest

from neuralnet import DataWarning, NeuralNetwork

n = 30
TABLE = pd.DataFrame(
    {
        "y": np.arange(n) * 7 % 11 / 4,
        "x": np.linspace(-1, 1, n),
        "g": list("abc") * 10,
        "w": np.arange(n) % 3 + 1.0,
    }
)
TABLE["k"] = np.where(np.arange(n) * 5 % 7 > 2, "p", "q")
WITHOUT = TABLE.drop(columns="w")
NO_WEIGHTS = r"^the data has no column 'w', which holds the case weights: each row counts once$"


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("k ~ x", ["accuracy", "compute_loss", "metrics", "confusion_matrix", "layers"]),
        ("y ~ x", ["compute_loss", "metrics", "simulate"]),
    ],
)
def test_new_data_without_the_column_of_case_weights_is_measured_unweighted_with_a_warning(
    text, measures
):
    net = NeuralNetwork(text, TABLE, 0, weights="w", decay=0.1, seed=1)
    net.train(optimizer="newton", trace=0)
    for name in measures:
        given = {"seed": 1} if name == "simulate" else {}
        arguments = (1,) if name == "simulate" else ()
        data = {"data": WITHOUT}
        with pytest.warns(DataWarning, match=NO_WEIGHTS) as caught:
            getattr(net, name)(*arguments, **data, **given)
        assert len(caught) == 1 and caught[0].filename == __file__
        getattr(net, name)(*arguments, data=TABLE, **given)
    with pytest.warns(DataWarning, match=NO_WEIGHTS):
        once = net.compute_loss(WITHOUT)
    np.testing.assert_allclose(once, net.compute_loss(TABLE.assign(w=1.0)), rtol=1e-13)
    assert net.compute_loss(TABLE) > 1.5 * once
    with pytest.warns(DataWarning, match=NO_WEIGHTS):
        net.clone().train(2, learn_rate=0.01, validation=WITHOUT, trace=0)


def test_what_has_no_use_for_weights_says_nothing():
    net = NeuralNetwork("k ~ x", TABLE, 0, weights="w", seed=1)
    assert len(net.predict(WITHOUT)) == len(net.fit(WITHOUT)) == n
    assert net.simulate(1, data=WITHOUT, seed=1).shape == (n, 1)
    given = NeuralNetwork("k ~ x", TABLE, 0, weights=TABLE["w"].to_numpy(), seed=1)
    assert 0 <= given.accuracy(WITHOUT) <= 1


@pytest.mark.parametrize("options", [{}, {"weights": "w"}])
@pytest.mark.parametrize("name", ["accuracy", "compute_loss", "metrics", "confusion_matrix"])
def test_no_rows_are_an_error(name, options):
    net = NeuralNetwork("k ~ x", TABLE, 0, seed=1, **options)
    with pytest.raises(ValueError, match=r"^the data has no rows: give one row or more$"):
        getattr(net, name)(TABLE.head(0))
    assert net.predict(TABLE.head(0)).empty


@pytest.mark.parametrize("unseen", ["error", "missing"])
@pytest.mark.parametrize("na_action", ["drop", "impute"])
def test_values_that_are_none_of_the_listed_levels_are_missing(na_action, unseen):
    text = "y ~ factor(g, levels=c('b', 'a')) + x"
    with pytest.warns(DataWarning, match="10 of 30 rows dropped"):
        net = NeuralNetwork(text, TABLE, 0, na_action=na_action, seed=1)
    new = TABLE.head(5).assign(g=["a", "new", "c", "b", "newer"])
    reported = "^3 of 5 rows are predicted as missing: no value of factor"
    with pytest.warns(DataWarning, match=reported) as caught:
        found = net.predict(new, unseen=unseen)
    assert len(caught) == 1
    assert found.isna().tolist() == [False, True, True, False, True]


def test_a_missing_level_is_still_imputed_beside_them():
    holes = TABLE.assign(g=TABLE["g"].where(TABLE.index != 3))
    with pytest.warns(DataWarning):
        net = NeuralNetwork(
            "y ~ factor(g, levels=c('b', 'a', 'c'))", holes, 0, na_action="impute", seed=1
        )
    with pytest.warns(DataWarning, match="1 of 3 rows is predicted as missing: no value of fac"):
        found = net.predict({"g": ["new", None, "b"]})
    assert found.isna().tolist() == [True, False, False]


@pytest.mark.parametrize(
    "text",
    ["y ~ factor(g, levels=c('b', 'a', 'c')) + g:x", "y ~ factor(g, labels=c('x', 'y', 'z'))"],
)
def test_other_uses_of_the_column_keep_the_error(text):
    net = NeuralNetwork(text, TABLE, 0, decay=0.1, seed=1)
    with pytest.raises(ValueError, match="'g' holds 'new', which training never saw"):
        net.predict(TABLE.head(2).assign(g="new"))


def test_numbers_and_nested_calls_are_read_alike():
    table = TABLE.assign(n=np.arange(n) % 3 + 1)
    text = "y ~ relevel(factor(g, levels=c('a', 'b', 'c')), 'b') + factor(n, levels=seq(1, 3))"
    net = NeuralNetwork(text, table, 0, seed=1)
    assert net.x_names[-1] == "factor(n, levels=seq(1, 3))[T.3]"
    with pytest.warns(DataWarning, match=r"2 of 3 rows are .*1 for no value of relevel.*1 for no"):
        found = net.predict({"g": ["new", "a", "a"], "n": [1, 9, 1]})
    assert found.isna().tolist() == [True, True, False]
    with pytest.raises(TypeError, match=r"'g' was .* in training and arrives as"):
        net.predict({"g": [1.0], "n": [1]})


def test_files_keep_them(tmp_path):
    net = NeuralNetwork("y ~ factor(g, levels=c('b', 'a', 'c'))", TABLE, 0, seed=1)
    loaded = NeuralNetwork.load(net.save(tmp_path / "net.nn") and tmp_path / "net.nn")
    with pytest.warns(DataWarning, match="1 of 1 row is predicted as missing"):
        assert loaded.predict({"g": "new"}).isna().all()
