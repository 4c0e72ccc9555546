"""Permutation importance: scikit-learn and algebra as the judges."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, make_net, make_table
from sklearn.inspection import permutation_importance
from sklearn_judge import Classes, Numbers, draw_like_sklearn

from neuralnet import NeuralNetwork
from neuralnet.errors import DataWarning
from neuralnet.inference.importance.permutation import draw_sources, find_units

DRAW = "neuralnet.inference.importance.importance_methods.draw_sources"


def train(formula, table, hidden=2, **options):
    net = NeuralNetwork(formula, table, hidden, seed=1, init=0.8, **options)
    return net.train(3, 1e-3, trace=0)


def fix_sources(monkeypatch, sources):
    monkeypatch.setattr(DRAW, lambda *_: iter(sources))


@pytest.mark.parametrize("weighted", [False, True])
def test_importance_is_that_of_sklearn(monkeypatch, weighted):
    """Terms that share columns, several columns of X a term, and case weights."""
    table = make_table().assign(w=np.resize([1.0, 2.0, 0.5], 36))
    net = train("cost ~ poly(x1, 2) * x2 + kind", table, weights="w" if weighted else None)
    predictors = ["x1", "x2", "kind"]
    fix_sources(monkeypatch, list(draw_like_sklearn(3, 36, 4)))
    for measure, scoring in {"r2": "r2", "mae": "neg_mean_absolute_error"}.items():
        wanted = permutation_importance(
            Numbers(net),
            table[predictors],
            table["cost"],
            scoring=scoring,
            n_repeats=4,
            random_state=3,
            sample_weight=table["w"] if weighted else None,
        )
        fix_sources(monkeypatch, list(draw_like_sklearn(3, 36, 4)))
        found = net.explain().importance(4, measure)
        assert found["term"].tolist() == ["poly(x1, 2)", "x2", "kind"]
        np.testing.assert_allclose(found["estimate"], wanted.importances_mean, rtol=1e-10)
        spread = wanted.importances.std(axis=1, ddof=1)
        np.testing.assert_allclose(found["std_dev"], spread, rtol=1e-9)
        fix_sources(monkeypatch, list(draw_like_sklearn(3, 36, 4)))
        each = net.explain().importance(4, measure, average=False)
        np.testing.assert_allclose(each["estimate"], wanted.importances.ravel(), atol=1e-13)
        assert each["repeat"].tolist() == [1, 2, 3, 4] * 3


def test_importance_for_classes_is_that_of_sklearn(monkeypatch):
    net, table = make_net("softmax").train(20, optimizer="lbfgs", trace=0), make_table()
    fix_sources(monkeypatch, list(draw_like_sklearn(8, 36, 3)))
    found = net.explain().importance(3, "accuracy")
    wanted = permutation_importance(
        Classes(net),
        table[["x1", "x2", "kind"]],
        table["species"],
        scoring="accuracy",
        n_repeats=3,
        random_state=8,
    )
    assert (wanted.importances_mean != 0.0).any()
    np.testing.assert_allclose(found["estimate"], wanted.importances_mean, atol=1e-14)


def test_expected_loss_of_a_line_is_twice_its_variance(monkeypatch):
    """Of least squares, over all permutations: 2 b^2 var(x), as a share of var(y)."""
    table = pd.DataFrame({"x": [0.0, 1, 4, 2, 7], "z": [1.0, 0, 2, 5, 1], "y": [1.5, 3, 2, 8, 9]})
    net = NeuralNetwork("y ~ x + z", table, hidden=0).train(
        optimizer="newton", trace=0, tolerance=None
    )
    fix_sources(monkeypatch, [np.array(each) for each in permutations(range(5))])
    found = net.explain().importance(120)
    slopes, X = net.W1[1:, 0], table[["x", "z"]]
    wanted = 2.0 * slopes**2 * X.var() / table["y"].var()
    np.testing.assert_allclose(found["estimate"], wanted, rtol=1e-8)


class Rotations:
    """A generator that orders rows as they are, or backwards, and rotates by given lengths."""

    def __init__(self, lengths, step=1):
        self.lengths, self.step = iter(lengths), step

    def permutation(self, n):
        return np.arange(n)[:: self.step]

    def random(self):
        return next(self.lengths)


@case_by_case("step", [1, -1])
def test_values_arrive_in_proportion_to_case_weights(step):
    """Exactly, where the rotation takes all lengths: here the middles of 600 equal parts."""
    w = np.array([1.0, 0.0, 3.0, 2.0])
    lengths = (np.arange(600) + 0.5) / 600
    sources = np.array(list(draw_sources(w, 600, Rotations(lengths, step))))
    for row in (0, 2, 3):
        counts = np.bincount(sources[:, row], minlength=4)
        assert counts.tolist() == [100, 0, 300, 200]


@case_by_case("weight", [1.0, 0.1, 3e5])
def test_rows_of_equal_weight_are_permuted(weight):
    sources = list(draw_sources(np.full(101, weight), 5, np.random.default_rng(1)))
    for source in sources:
        assert np.sort(source).tolist() == list(range(101))
    assert not np.array_equal(sources[0], sources[1])


@case_by_case(
    "formula, scope, wanted",
    [
        ("cost ~ x1 + x2", None, {"x1": ("x1",), "x2": ("x2",)}),
        ("cost ~ poly(x1, 2) + kind", None, {"poly(x1, 2)": ("x1",), "kind": ("kind",)}),
        ("cost ~ x1 * x2", None, {"x1": ("x1",), "x2": ("x2",)}),
        ("cost ~ x1 * x2", ["x1:x2", "x2"], {"x1:x2": ("x1", "x2"), "x2": ("x2",)}),
        ("cost ~ x1:x2", None, {"x1:x2": ("x1", "x2")}),
        ("cost ~ x1:x2", "x1", {"x1": ("x1",)}),
        ("cost ~ x1 + x1:x2", None, {"x1": ("x1",), "x1:x2": ("x1", "x2")}),
        ("cost ~ x1 + I(x1**2) + x2", None, {"x1 + I(x1 ** 2)": ("x1",), "x2": ("x2",)}),
        ("cost ~ x1 + I(x1**2)", "I(x1 ** 2)", {"I(x1 ** 2)": ("x1",)}),
        ("cost ~ exp(x1 - x2)", None, {"exp(x1 - x2)": ("x1", "x2")}),
        ("cost ~ exp(x1)", "x1", {"x1": ("x1",)}),
        ("cost ~ x1 - 1", None, {"x1": ("x1",)}),
    ],
)
def test_units_are_the_columns_of_terms(formula, scope, wanted):
    model = NeuralNetwork(formula, make_table(), hidden=1)._model
    assert find_units(model, scope) == wanted


MEASURES = {
    "softmax": ["accuracy", "balanced_accuracy", "f1", "roc_auc", "log_loss", "brier"],
    "binomial": ["accuracy", "precision", "recall", "average_precision"],
    "gaussian": ["r2", "rmse", "mae"],
    "poisson": ["r2", "rmse"],
}


@case_by_case("family", FORMULAS)
def test_measures_are_those_of_metrics_on_changed_rows(monkeypatch, family):
    net, table = make_net(family).train(20, optimizer="lbfgs", trace=0), make_table()
    source = np.random.default_rng(2).permutation(36)
    changed = table.assign(x1=table["x1"].to_numpy()[source])
    before, after = net.metrics(), net.metrics(changed)
    if family in ("softmax", "binomial"):
        before, after = before.overall, after.overall
    explained = net.explain()
    for measure in MEASURES[family]:
        fix_sources(monkeypatch, [source])
        found = explained.importance(1, measure, scope="x1")["estimate"].item()
        loss = before[measure] - after[measure]
        sign = -1.0 if measure in ("rmse", "mae", "log_loss", "brier") else 1.0
        assert found == pytest.approx(sign * loss, rel=1e-10, abs=1e-14)
    fix_sources(monkeypatch, [source])
    found = explained.importance(1, scope="x1")
    null = NeuralNetwork(FORMULAS[family].split("~")[0] + "~ 1", table, 0, family=family)
    null = null.train(optimizer="newton", trace=0, tolerance=None)
    share = (net.compute_loss(changed) - net.compute_loss()) / null.compute_loss()
    assert found["estimate"].item() == pytest.approx(share, rel=1e-8)
    assert found["std_dev"].isna().all()


def test_each_of_several_responses_has_a_row_but_for_the_deviance(monkeypatch):
    table = make_table().assign(other=lambda d: d["cost"].iloc[::-1].to_numpy())
    net = train("cbind(cost, other) ~ x1 + x2", table)
    source = np.random.default_rng(0).permutation(36)
    fix_sources(monkeypatch, [source])
    found = net.explain().importance(1, "r2")
    assert found["term"].tolist() == ["x1", "x1", "x2", "x2"]
    assert found["group"].tolist() == ["cost", "other"] * 2
    after = net.metrics(table.assign(x1=table["x1"].to_numpy()[source]))
    wanted = net.metrics().loc["r2"] - after.loc["r2"]
    np.testing.assert_allclose(found["estimate"][:2], wanted, rtol=1e-10)
    assert net.explain().importance(2).columns.tolist() == ["term", "estimate", "std_dev"]


def test_counts_of_trials_have_measures_of_trials():
    table = make_table().assign(no=lambda d: d["count"].iloc[::-1].to_numpy() + 1)
    net = train("cbind(count, no) ~ x1 + x2", table, family="binomial")
    assert net.explain().importance(2, "roc_auc")["estimate"].notna().all()


def test_rows_without_a_number_are_left_out_of_both_scores(monkeypatch):
    table = make_table().assign(
        u=lambda d: d.x1 + 3.0, v=lambda d: d.x1 + 2.9 - 0.2 * np.arange(36) % 1.3
    )
    net = train("cost ~ log(u - v) + u", table)
    source = np.random.default_rng(2).permutation(36)
    moved = table.assign(u=table["u"].to_numpy()[source])
    known = (moved["u"] - moved["v"] > 0.0).to_numpy()
    assert 0 < known.sum() < 36
    fix_sources(monkeypatch, [source])
    with pytest.warns(DataWarning, match=f"'u' is permuted.*up to {36 - known.sum()} of 36 rows"):
        found = net.explain().importance(1, "rmse", scope="u")["estimate"].item()
    wanted = net.metrics(moved[known])["rmse"] - net.metrics(table[known])["rmse"]
    assert found == pytest.approx(wanted, rel=1e-10)


def test_offsets_of_a_permuted_column_move_with_it(monkeypatch):
    table = make_table().assign(e=lambda d: d.x1**2)
    net = train("cost ~ e + offset(e) + x2", table)
    source = np.random.default_rng(2).permutation(36)
    fix_sources(monkeypatch, [source])
    found = net.explain().importance(1, "rmse", scope="e")["estimate"].item()
    moved = table.assign(e=table["e"].to_numpy()[source])
    assert found == pytest.approx(net.metrics(moved)["rmse"] - net.metrics()["rmse"], rel=1e-10)


def test_seed_gives_the_same_permutations_to_all_terms():
    table = make_table().assign(twin=lambda d: d.x1)
    net = NeuralNetwork("cost ~ x1 + twin", table, hidden=0)
    net.W1 = np.array([[3.0], [0.5], [0.5]])
    explained = net.explain()
    found = explained.importance(3)
    assert found["estimate"][0] == pytest.approx(found["estimate"][1], rel=1e-12)
    pd.testing.assert_frame_equal(found, explained.importance(3, seed=1))
    assert not found.equals(explained.importance(3, seed=2))
    generator = np.random.default_rng(1)
    pd.testing.assert_frame_equal(found, explained.importance(3, seed=generator))
    assert not found.equals(explained.importance(3, seed=generator))


def test_given_rows_count_as_the_training_rows_do():
    table = make_table().assign(w=np.resize([1.0, 2.0], 36))
    net = train(FORMULAS["gaussian"], table, weights="w")
    wanted = net.explain().importance(3)
    pd.testing.assert_frame_equal(net.explain(table).importance(3), wanted)
    missing = table.assign(cost=table["cost"].mask(table["x2"] > 1.0))
    with pytest.warns(DataWarning, match="left out: missing values"):
        found = net.explain(missing).importance(3)
    known = table[missing["cost"].notna()]
    pd.testing.assert_frame_equal(found, net.explain(known).importance(3))
    with pytest.warns(DataWarning, match="no column 'w'"):
        net.explain(table.drop(columns="w")).importance(1)


ERRORS = {
    "n must be a whole number": {"n": 0},
    "measure must be one of .* 'rmse'": {"measure": "rsme"},
    "not 'accuracy'": {"measure": "accuracy"},
    "did you mean 'x1'": {"scope": "x11"},
    "names no term": {"scope": []},
    "is only in the offset": {"scope": "e"},
    "is the response": {"scope": ["cost"]},
}


def test_errors_say_what_to_give():
    table = make_table().assign(e=1.0)
    explained = train("cost ~ x1 + x2 + offset(e)", table).explain()
    for message, options in ERRORS.items():
        with pytest.raises(ValueError, match=message):
            explained.importance(**options)
    with pytest.raises(TypeError, match="scope must be the name of a term"):
        explained.importance(scope=3)
    with pytest.raises(TypeError, match="average must be True or False"):
        explained.importance(average=1)
    net = train("cost ~ x1 + x2", table)
    with pytest.raises(ValueError, match="has no column 'cost': give the rows with it"):
        net.explain(table.drop(columns="cost")).importance()
    same = net.explain(table.assign(cost=1.0))
    with pytest.raises(ValueError, match="no deviance to explain"):
        same.importance()
    with pytest.raises(ValueError, match="measure='r2' is not defined"):
        same.importance(measure="r2")
    assert same.importance(2, "rmse")["estimate"].notna().all()
