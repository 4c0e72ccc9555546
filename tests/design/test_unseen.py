"""Levels that training never saw, in every method that takes data: an error, or missing."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from networks import make_table, take_snapshot

from neuralnet import DataWarning, NeuralNetwork

TABLE = make_table()
# Two rows of levels never seen, one of them in a row that misses a number, and one that misses.
STRANGE = TABLE.astype({"kind": object}).iloc[:12].copy()
STRANGE.iloc[[2, 5], STRANGE.columns.get_loc("kind")] = ["new", "other"]
STRANGE.iloc[[5, 7], STRANGE.columns.get_loc("x1")] = np.nan
KNOWN = STRANGE.drop(index=STRANGE.index[[2, 5, 7]])
REPORTED = "3 of 12 rows left out: 2 for missing .*, 1 for levels that training never saw: "
REPORTED += "column 'kind' 'new'"


def make(**options):
    net = NeuralNetwork("species ~ x1 + x2 + kind", TABLE, 2, seed=1, **options)
    return net.train(5, learn_rate=0.01, trace=0)


def shown(net, data, **options):
    axes = net.plot_regions(data=data, ax=Figure().add_subplot(), resolution=5, **options)
    points = [each.get_offsets() for each in axes.collections if isinstance(each, PathCollection)]
    return sorted(np.vstack(points).tolist())


def counted(net, data, **options):
    axes = net.plot_confusion_matrix(data, ax=Figure().add_subplot(), **options)
    return [int(n) for each in axes.texts for n in re.findall(r"\d+", each.get_text())]


JUDGES = {
    "accuracy": lambda net, data, **how: net.accuracy(data, **how),
    "compute_loss": lambda net, data, **how: net.compute_loss(data, **how),
    "confusion_matrix": lambda net, data, **how: net.confusion_matrix(data, **how).to_numpy(),
    "metrics": lambda net, data, **how: net.metrics(data, **how).by_class.to_numpy(),
    "layers": lambda net, data, **how: net.layers(data, **how)[0].dW,
    "layers without response": lambda net, data, **how: (
        net.layers(data.drop(columns="species"), **how)[1].h
    ),
    "plot_confusion_matrix": counted,
    "plot_regions": shown,
    "validation": lambda net, data, **how: (
        net.clone()
        .train(3, learn_rate=0.01, trace=0, validation=data, **how)
        .history["validation_loss"]
    ),
}


@case_by_case("name", JUDGES)
def test_rows_of_levels_never_seen_are_left_out_and_counted(name):
    net = make()
    before = take_snapshot(net)
    with pytest.warns(DataWarning, match=REPORTED) as caught:
        found = JUDGES[name](net, STRANGE, unseen="missing")
    assert len(caught) == 1 and caught[0].filename == __file__
    np.testing.assert_allclose(found, JUDGES[name](net, KNOWN), rtol=1e-12, equal_nan=True)
    assert take_snapshot(net) == before


@case_by_case("name", [*JUDGES, "fit", "predict"])
def test_they_are_an_error_by_default(name):
    net = make()
    call = JUDGES.get(name, lambda net, data, **how: getattr(net, name)(data, **how))
    with pytest.raises(ValueError, match="'new', which training never saw"):
        call(net, STRANGE.iloc[:4])
    with pytest.raises(ValueError, match="unseen must be one of 'error', 'missing', not 'mising'"):
        call(net, KNOWN, unseen="mising")


def test_single_cause_is_reported_without_a_count():
    reported = "^2 of 12 rows left out: missing values$"
    with pytest.warns(DataWarning, match=reported):
        make().compute_loss(STRANGE.assign(kind="a" if "a" in set(TABLE.kind) else TABLE.kind[0]))


def test_fit_gives_nan_where_predict_is_missing():
    net = make()
    reported = "1 of 12 rows is predicted as missing: levels that training never saw"
    with pytest.warns(DataWarning, match=reported):
        means = net.fit(STRANGE, unseen="missing")
    with pytest.warns(DataWarning, match=reported):
        probs = net.predict(STRANGE, type="probs", unseen="missing")
    np.testing.assert_array_equal(means, probs.to_numpy())
    assert np.flatnonzero(np.isnan(means).any(axis=1)).tolist() == [2, 5, 7]


def test_no_unseen_level_gives_no_warning():
    net = make()
    assert net.accuracy(KNOWN, unseen="missing") == net.accuracy(KNOWN)
    assert net.accuracy(unseen="missing") == net.accuracy()


def test_class_never_seen_stays_an_error():
    strange = KNOWN.assign(species=["new", *KNOWN["species"][1:]])
    for call in (make().accuracy, make().compute_loss, make().metrics):
        reported = "species holds 'new', which training never saw.* leave such rows out"
        with pytest.raises(ValueError, match=reported):
            call(strange, unseen="missing")


def test_no_remaining_row_is_an_error_with_its_causes():
    reported = (
        "none of 2 rows is complete, response included: 1 for missing values, 1 for levels that "
    )
    reported += "training never saw: column 'kind' 'new'"
    with pytest.raises(ValueError, match=re.escape(reported)):
        make().accuracy(STRANGE.iloc[[2, 7]], unseen="missing")


def test_weights_that_are_missing_count_with_missing_values():
    table = TABLE.assign(w=np.arange(36) % 3 + 1.0)
    net = NeuralNetwork("species ~ x1 + x2 + kind", table, 2, weights="w", seed=1)
    strange = STRANGE.assign(w=[np.nan, *[2.0] * 11])
    with pytest.warns(DataWarning, match=r"4 of 12 rows left out: 3 for missing .*, 1 for levels"):
        found = net.compute_loss(strange, unseen="missing")
    np.testing.assert_allclose(found, net.compute_loss(strange.loc[KNOWN.index[1:]]), rtol=1e-12)


def test_every_method_that_takes_data_takes_it():
    methods = inspect.getmembers(NeuralNetwork, inspect.isfunction)
    # That of `save` is a flag, that of `update` makes another network, and that of `plot_effects`
    # is that of effects, which are those of levels that training saw.
    takes = {
        name
        for name, method in methods
        if "data" in inspect.signature(method).parameters
        and not name.startswith("_")
        and name not in ("save", "update", "plot_effects")
    }
    wanted = {name for name, m in methods if "unseen" in inspect.signature(m).parameters}
    assert wanted == takes | {"train"}


def test_folds_pass_it_on():
    with pytest.warns(DataWarning, match="rows left out: 2 for missing .* 'new'"):
        found = make().cross_validate(
            2, iterations=2, learn_rate=0.01, validation=STRANGE, unseen="missing"
        )
    assert len(found.folds) == 2


def test_expressions_of_levels_are_read_alike():
    table = pd.DataFrame({"k": [1, 2, 3] * 12, "x": np.linspace(-1, 1, 36)})
    table["y"] = np.where(np.arange(36) % 2, "a", "b")
    net = NeuralNetwork("y ~ C(k) + x", table, 2, seed=1)
    strange = table.assign(k=[9, *table["k"][1:]])
    with pytest.warns(DataWarning, match=r"1 of 36 rows left out: levels .*: C\(k\) 9"):
        found = net.compute_loss(strange, unseen="missing")
    np.testing.assert_allclose(found, net.compute_loss(table[1:]), rtol=1e-12)
