"""Predictions of every type: labels with their dtype, means, scores; missing values propagate."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table, take_snapshot
from scipy.special import expit, softmax

from neuralnet import NeuralNetwork

NEW = make_table().iloc[[7, 3, 3, 20]][["x1", "x2", "kind"]]


def score(net):
    """Scores of NEW computed by hand; the first rows of the table define the levels."""
    places = [7, 3, 3, 20]
    h = expit(net.X[places] @ net.W1)
    return np.column_stack([np.ones(4), h]) @ net.W2


# Types ----------------------------------------------------------------------------------------


def test_softmax():
    net = make_net("softmax")
    eta = score(net)
    link, probs = net.predict(NEW, type="link"), net.predict(NEW, type="probs")
    np.testing.assert_allclose(link, eta, rtol=1e-13)
    np.testing.assert_allclose(probs, softmax(eta, axis=1), rtol=1e-13)
    for frame in (link, probs):
        assert list(frame.columns) == ["small", "middle", "large"]
        assert frame.index.equals(NEW.index)
    pd.testing.assert_frame_equal(net.predict(NEW, type="response"), probs)
    labels = [net.classes[k] for k in eta.argmax(axis=1)]
    assert net.predict(NEW).tolist() == net.predict(NEW, type="class").tolist() == labels


def test_binomial():
    net = make_net("binomial")
    eta = score(net)[:, 0]
    link, mean = net.predict(NEW, type="link"), net.predict(NEW, type="response")
    np.testing.assert_allclose(link, eta, rtol=1e-13)
    np.testing.assert_allclose(mean, expit(eta), rtol=1e-13)
    assert isinstance(link, pd.Series)
    assert isinstance(mean, pd.Series)
    probs = net.predict(NEW, type="probs")
    assert list(probs.columns) == [False, True]
    np.testing.assert_allclose(probs, np.column_stack([expit(-eta), expit(eta)]), rtol=1e-13)
    assert net.predict(NEW).tolist() == (eta > 0).tolist()
    assert net.predict().nunique() == 2


@pytest.mark.parametrize(("family", "mean"), [("gaussian", lambda eta: eta), ("poisson", np.exp)])
def test_numbers(family, mean):
    net = make_net(family)
    eta = score(net)[:, 0]
    predicted = net.predict(NEW)
    assert isinstance(predicted, pd.Series)
    assert predicted.name == FORMULAS[family].split()[0]
    assert predicted.index.equals(NEW.index)
    np.testing.assert_allclose(predicted, mean(eta), rtol=1e-13)
    pd.testing.assert_series_equal(net.predict(NEW, type="response"), predicted)
    np.testing.assert_allclose(net.predict(NEW, type="link"), eta, rtol=1e-13)
    for kind in ("class", "probs"):
        with pytest.raises(ValueError, match="needs a response of classes"):
            net.predict(NEW, type=kind)


@pytest.mark.parametrize("family", FORMULAS)
def test_fit_gives_the_means_as_an_array_and_stores_nothing(family):
    net = make_net(family)
    before = take_snapshot(net)
    from_frame, from_matrix = net.fit(NEW), net.fit(net.X[[7, 3, 3, 20]])
    assert type(from_frame) is np.ndarray
    assert from_frame.shape == (4, net.output.shape[1])
    np.testing.assert_allclose(from_frame, from_matrix, rtol=1e-13)
    np.testing.assert_allclose(
        from_frame, np.asarray(net.predict(NEW, type="response")).reshape(4, -1), rtol=1e-13
    )
    np.testing.assert_array_equal(net.fit(), net.output)
    net.fit()[:] = 0.0
    assert take_snapshot(net) == before


# Labels ---------------------------------------------------------------------------------------

CATEGORIES = pd.CategoricalDtype(["z", "m", "a"], ordered=True)
RESPONSES = {
    "str": pd.Series(list("maz") * 12),
    "object": pd.Series(list("maz") * 12, dtype=object),
    "category": pd.Series(list("maz") * 12).astype("category"),
    "ordered": pd.Series(list("maz") * 12).astype(CATEGORIES),
    "bool": pd.Series([True, False, True] * 12),
    "boolean": pd.Series([True, False, True] * 12, dtype="boolean"),
    "int": pd.Series([30, 10, 20] * 12),
    "Int64": pd.Series([30, 10, 20] * 12, dtype="Int64"),
    "float": pd.Series([-0.5, 1.5, 2.5] * 12),
}


def make_labelled(name, family):
    table = make_table().reset_index(drop=True).assign(y=RESPONSES[name])
    if family == "binomial":
        table = table[~table["y"].isin(["m", 20, 2.5])]
        if hasattr(table["y"], "cat"):
            table["y"] = table["y"].cat.remove_unused_categories()
    return table, NeuralNetwork("y ~ x1 + x2", table, 0, family=family, init=1.0, seed=1)


@case_by_case("family", ["softmax", "binomial"])
@case_by_case("name", RESPONSES)
def test_classes_are_predicted_in_the_dtype_of_the_response(name, family):
    table, net = make_labelled(name, family)
    predicted = net.predict(table)
    assert predicted.dtype == table["y"].dtype
    assert predicted.name == "y"
    assert predicted.index.equals(table.index)
    best = net.predict(table, type="probs").to_numpy().argmax(axis=1)
    assert predicted.tolist() == [net.classes[k] for k in best]
    assert predicted.nunique() > 1
    assert net.accuracy() == pytest.approx((predicted == table["y"]).mean())


@case_by_case("name", RESPONSES)
def test_missing_values_give_missing_predictions_for_every_dtype(name):
    table, net = make_labelled(name, "softmax")
    holes = table.drop(columns="y").assign(x1=table["x1"].where(table.index % 3 != 1))
    predicted, whole = net.predict(holes), net.predict(table)
    assert predicted.isna().tolist() == [row % 3 == 1 for row in range(36)]
    assert predicted.index.equals(table.index)
    kept = predicted.dropna()
    assert kept.tolist() == whole[kept.index].tolist()
    dtypes = {"bool": "boolean", "int": "Int64"}
    assert predicted.dtype == dtypes.get(name, whole.dtype)


def test_classes_written_in_the_formula():
    table = make_table().assign(size=RESPONSES["int"].to_numpy())
    net = NeuralNetwork("C(size) ~ x1 + x2", table, init=1.0, seed=1)
    assert net.classes == [10, 20, 30]
    assert set(net.predict()) <= {10, 20, 30}
    assert net.accuracy() == (net.predict().to_numpy() == table["size"].to_numpy()).mean()


@pytest.mark.parametrize("family", ["softmax", "binomial"])
def test_ties_go_to_the_first_class(family):
    net = make_net(family, init=0)
    assert np.ptp(net.predict(type="probs").to_numpy()) == 0
    assert set(net.predict()) == {net.classes[0]}
    labels, first = net.Y, net.classes[0]
    assert net.accuracy() == (labels == first).mean()


# Forms of new data ----------------------------------------------------------------------------


@case_by_case("family", FORMULAS)
@case_by_case("kind", [None, "response", "link"])
def test_missing_values_give_missing_predictions(family, kind):
    net = make_net(family)
    table = make_table()[["x1", "x2", "kind"]]
    holes = table.astype({"kind": object})
    holes.iloc[[0, 9], 0] = np.nan
    holes.iloc[5, 2] = None
    predicted = net.predict(holes, type=kind)
    gone = np.isin(np.arange(36), [0, 5, 9])
    missing = predicted.isna() if predicted.ndim == 1 else predicted.isna().all(axis=1)
    assert missing.tolist() == gone.tolist()
    assert predicted.index.equals(table.index)
    whole = net.predict(table, type=kind)
    if whole.ndim == 1 and whole.dtype != float:
        assert predicted[~gone].tolist() == whole[~gone].tolist()
    else:
        np.testing.assert_allclose(predicted[~gone], whole[~gone], rtol=1e-12)
    fit = net.fit(holes)
    assert np.isnan(fit).all(axis=1).tolist() == gone.tolist()


def test_class_is_missing_where_any_score_is_missing():
    """Infinity times 0 is nan: with one nan score there is no class, whatever the others are."""
    table = pd.DataFrame({"y": ["a", "b", "c"] * 4, "u": np.arange(12.0)})
    net = NeuralNetwork("y ~ u", table, 1, activation="relu", seed=1)
    net.W1, net.W2 = [[0.0], [10.0]], [[0.0, 5.0, 0.0], [1e-9, 0.0, -1.0]]
    new = pd.DataFrame({"u": [1e308, 2.0]})
    with np.errstate(all="ignore"):
        eta = net.predict(new, type="link")
        assert eta.isna().to_numpy().tolist() == [[False, True, False], [False, False, False]]
        assert net.predict(new).isna().tolist() == [True, False]
        assert net.predict(new)[1] == "b"


@pytest.mark.parametrize("family", FORMULAS)
def test_one_row_is_predicted_as_in_its_batch(family):
    net, table = make_net(family), make_table()
    whole = net.predict(table, type="link").to_numpy().reshape(36, -1)
    for row in range(36):
        alone = net.predict(table.iloc[[row]], type="link").to_numpy().ravel()
        np.testing.assert_allclose(alone, whole[row], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["class", "probs", "link"])
def test_one_row_as_frame_dict_and_series(kind):
    net, row = make_net("softmax"), NEW.iloc[1]
    wanted = net.predict(NEW, type=kind).iloc[1]
    frames = [NEW.iloc[[1]], row.to_dict(), row, {name: [value] for name, value in row.items()}]
    indices = [[103], [0], [103], [0]]
    for data, index in zip(frames, indices, strict=True):
        predicted = net.predict(data, type=kind)
        assert predicted.index.tolist() == index
        first = predicted.iloc[0]
        if kind == "class":
            assert first == wanted
        else:
            np.testing.assert_allclose(first, wanted, rtol=1e-12)


def test_columns_that_the_formula_does_not_name_do_not_matter():
    net = make_net("softmax")
    odd = NEW.assign(species="never seen", when=pd.Timestamp("2020-01-01"))[
        ["when", "kind", "species", "x2", "x1"]
    ]
    pd.testing.assert_series_equal(net.predict(odd), net.predict(NEW))


def test_training_rows_are_predicted_without_data():
    net = make_net("softmax")
    for kind in ("class", "probs", "link"):
        assert net.predict(type=kind).equals(net.predict(make_table(), type=kind))


def test_no_rows_give_empty_predictions():
    net = make_net("softmax")
    assert net.predict(NEW[:0]).shape == (0,)
    assert net.predict(NEW[:0], type="probs").shape == (0, 3)
    assert net.predict(NEW[:0]).dtype == make_table()["species"].dtype


@pytest.mark.parametrize("family", FORMULAS)
def test_predicting_changes_neither_the_network_nor_the_frame(family):
    net, table = make_net(family).backpropagate(0.001).feedforward(), make_table()
    before, frame = take_snapshot(net), table.copy()
    for kind in (None, "response", "link"):
        net.predict(table, kind)
    net.fit(table)
    net.layers(table)
    net.compute_loss(table)
    if net.classes:
        net.metrics(table)
    assert take_snapshot(net) == before
    pd.testing.assert_frame_equal(table, frame)


def test_transforms_use_their_fitted_states():
    table = make_table()
    net = NeuralNetwork("cost ~ standardize(x1, ddof=1) + center(x2)", table, init=0.5, seed=1)
    new = table[:5]
    np.testing.assert_allclose(net.predict(new), net.predict()[:5], rtol=1e-13)
    np.testing.assert_allclose(net.X[:, 1].std(ddof=1), 1.0)


def test_predicting_chains_onto_training(iris):
    species = NeuralNetwork("Species ~ .", iris, seed=1).train(300, 0.001, trace=0).predict(iris)
    assert (species == iris["Species"]).mean() > 0.9
