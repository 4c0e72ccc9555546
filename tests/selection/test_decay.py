"""The choice of a decay: against ridge and logistic regression, and the folds that it uses."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from networks import FORMULAS, make_table
from sklearn.linear_model import LogisticRegression

from neuralnet import NeuralNetwork
from neuralnet.selection import decay as decay_module
from neuralnet.selection import regularization_path, session
from neuralnet.selection.defaults import DECAYS
from neuralnet.training import prepare_run

QUIET = {"trace": 0}
TABLE = make_table(80)


def make_net(family="gaussian", hidden=0, table=TABLE, **options):
    """Build a network without hidden units: its optimum is unique."""
    return NeuralNetwork(FORMULAS[family], table, hidden, **{"seed": 1, "family": family} | options)


@pytest.fixture
def folds(monkeypatch):
    """Record the model and the rows held out of each fold."""
    seen = []

    def evaluate_fold(model, held, *rest):
        seen.append((model, held))
        return try_one(model, held, *rest)

    try_one = decay_module.evaluate_fold
    monkeypatch.setattr(decay_module, "evaluate_fold", evaluate_fold)
    return seen


def standardize(X, rows, w):
    """Standardize columns by some of the rows, but for columns of 0 and 1."""
    center, spread = np.zeros(X.shape[1]), np.ones(X.shape[1])
    for column in range(X.shape[1]):
        if set(np.unique(X[:, column])) - {0.0, 1.0}:
            center[column] = np.average(X[rows, column], weights=w[rows])
            spread[column] = np.sqrt(
                np.average((X[rows, column] - center[column]) ** 2, weights=w[rows])
            )
    return (X - center) / spread


def hold_out_ridge(X, y, w, held, decay):
    """Squared errors on rows held out, by the normal equations of the other rows."""
    kept = ~held
    center = np.average(y[kept], weights=w[kept])
    spread = np.sqrt(np.average((y[kept] - center) ** 2, weights=w[kept]))
    Z = np.column_stack([np.ones(len(y)), standardize(X, kept, w)])
    penalty = 2 * decay * np.eye(Z.shape[1])
    penalty[0, 0] = 0.0
    A = Z[kept].T @ (w[kept, None] * Z[kept]) + penalty
    b = np.linalg.solve(A, Z[kept].T @ (w[kept] * (y[kept] - center) / spread))
    return w[held] @ (y[held] - center - spread * (Z[held] @ b)) ** 2


def average_folds(losses, weights):
    """Mean deviance per row held out, and its standard error by the spread of the folds."""
    each = losses / weights[:, None]
    mean = losses.sum(axis=0) / weights.sum()
    return mean, each.std(axis=0, ddof=1) / np.sqrt(len(each))


@pytest.mark.parametrize("weighted", [False, True])
def test_deviances_and_errors_are_those_of_ridge_regression(weighted, folds):
    w = np.linspace(0.5, 1.5, 80) if weighted else np.ones(80)
    net = make_net(**({"weights": w} if weighted else {})).train(**QUIET)
    X, y = net.X[:, 1:], TABLE["cost"].to_numpy()
    masks = [held for _, held in folds]
    np.testing.assert_array_equal(np.sum(masks, axis=0), 1)
    losses = np.array([[hold_out_ridge(X, y, w, held, d) for d in DECAYS] for held in masks])
    weights = np.array([w[held].sum() for held in masks])
    deviance, error = average_folds(losses, weights)
    table = net.tuning
    assert table["decay"].tolist() == list(DECAYS)
    np.testing.assert_allclose(table["deviance"], deviance, rtol=1e-6)
    np.testing.assert_allclose(table["std_error"], error, rtol=1e-5)
    assert table["chosen"].tolist() == [d == DECAYS[deviance.argmin()] for d in DECAYS]
    assert net.decay == DECAYS[deviance.argmin()]
    assert f"deviance {deviance.min():.3g} per row)" in net.message
    assert (table["seconds"] > 0).all()


@pytest.mark.parametrize("family", ["binomial", "softmax"])
def test_deviances_are_those_of_logistic_regression(family, folds):
    net = make_net(family).train(**QUIET)
    X, y = net.X[:, 1:], TABLE["win" if family == "binomial" else "species"].to_numpy()
    losses = np.empty((len(folds), len(DECAYS)))
    for fold, (_, held) in enumerate(folds):
        Z = standardize(X, ~held, np.ones(80))
        for which, decay in enumerate(DECAYS):
            model = LogisticRegression(C=1 / (2 * decay), tol=1e-8, max_iter=10_000)
            model.fit(Z[~held], y[~held])
            truth = (model.classes_[:, None] == y[held]).argmax(axis=0)
            log = model.predict_log_proba(Z[held])[np.arange(held.sum()), truth]
            losses[fold, which] = -2 * log.sum()
    deviance, error = average_folds(losses, np.array([held.sum() for _, held in folds]))
    np.testing.assert_allclose(net.tuning["deviance"], deviance, rtol=1e-4)
    np.testing.assert_allclose(net.tuning["std_error"], error, rtol=1e-3)
    assert net.decay == DECAYS[deviance.argmin()]


def test_deviance_without_a_hidden_layer_is_that_of_ridge_regression(folds):
    net = make_net(hidden=2).train(**QUIET)
    X, y = net.X[:, 1:], TABLE["cost"].to_numpy()
    masks = [held for _, held in folds]
    losses = [
        sum(hold_out_ridge(X, y, np.ones(80), held, d) for held in masks) / 80 for d in DECAYS
    ]
    reported = f", {min(losses[::-2]):.3g} without a hidden layer)"
    assert reported in net.message
    # An intercept alone, fitted to the training rows of each fold.
    alone = sum(((y[held] - y[~held].mean()) ** 2).sum() for held in masks) / 80
    assert net._fit.tuning.intercept == pytest.approx(alone, rel=1e-12)


def test_model_without_a_hidden_layer_starts_at_the_mean():
    """Scores of 0 are 10**12 standard deviations away, too far for an optimizer to return."""
    net = make_net(table=TABLE.assign(cost=3.0 + 1e-12 * TABLE["cost"]), hidden=2).train(**QUIET)
    glm = float(re.search(r", ([^ ]+) without a hidden layer", net.message)[1])
    assert glm < 1.1 * net._fit.tuning.intercept < 1e-20


def test_one_standard_error_is_the_greatest_decay_within_it():
    least, wider = make_net().train(**QUIET), make_net().train(rule="1se", **QUIET)
    np.testing.assert_array_equal(least.tuning["deviance"], wider.tuning["deviance"])
    table = wider.tuning
    best = table["deviance"].idxmin()
    limit = table["deviance"][best] + table["std_error"][best]
    wanted = max(row.decay for row in table.itertuples() if row.deviance <= limit)
    assert wider.decay == wanted > least.decay
    assert table["chosen"].sum() == 1 and table["decay"][table["chosen"]].item() == wanted
    assert "as the greatest within a standard error of the least deviance" in wider.message


# Folds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["softmax", "gaussian"])
def test_groups_are_never_split(family, folds):
    groups = np.repeat(np.arange(20), 4)[np.random.default_rng(2).permutation(80)]
    make_net(family).train(groups=groups, **QUIET)
    assert len(folds) == 5
    for _, held in folds:
        assert not set(groups[held]) & set(groups[~held])
        assert 8 <= held.sum() <= 24


def test_groups_may_be_a_column_and_rows_of_the_data_as_given(folds):
    make_net().train(groups="kind", **QUIET)
    assert len(folds) == 3
    kinds = TABLE["kind"].to_numpy()
    assert sorted(set(kinds[held]).pop() for _, held in folds) == ["a", "b", "c"]
    folds.clear()
    groups = np.arange(80) // 2
    subset = np.arange(80) % 4 != 1
    make_net(subset=subset).train(groups=groups, **QUIET)
    for _, held in folds:
        assert not set(groups[subset][held]) & set(groups[subset][~held])


def test_two_groups_are_two_folds_and_the_message_says_so(folds):
    net = make_net().train(groups=np.arange(80) % 2, **QUIET)
    assert len(folds) == 2 and "by 2-fold cross-validation" in net.message


def test_folds_are_stratified_by_class(folds):
    net = make_net("softmax").train(**QUIET)
    y = net.Y.to_numpy()
    for name in net.classes:
        counts = [(y[held] == name).sum() for _, held in folds]
        assert max(counts) - min(counts) <= 1


def test_rows_held_out_for_validation_are_in_no_fold(folds):
    validation = np.arange(80) % 4 == 0
    make_net().train(validation=validation, **QUIET)
    assert {len(held) for _, held in folds} == {60}
    positions = folds[0][0].model_frame.positions
    np.testing.assert_array_equal(positions, np.flatnonzero(~validation))


def test_level_that_a_fold_misses_keeps_its_column(folds):
    table = TABLE.assign(kind=np.where(np.arange(80) == 5, "rare", TABLE["kind"]))
    net = make_net(table=table, hidden=2).train(**QUIET)
    assert {model.perceptron.sizes[0] for model, _ in folds} == {6}
    assert np.isfinite(net.tuning["deviance"]).all()


def test_another_rule_or_groups_repeat_the_choice(folds):
    net = make_net().train(**QUIET)
    assert len(folds) == 5
    net.train(**QUIET)
    assert len(folds) == 5
    net.train(rule="1se", **QUIET)
    assert len(folds) == 10


# With an optimizer named ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "family"),
    [
        ({"optimizer": "gradient_descent", "learn_rate": 0.01, "iterations": 30}, "softmax"),
        ({"learn_rate": 0.01, "iterations": 30}, "softmax"),
        ({"optimizer": "adam", "batch_size": 16, "iterations": 20}, "binomial"),
        ({"optimizer": "lbfgs", "iterations": 50}, "gaussian"),
        ({"optimizer": "newton", "validation": 0.2, "patience": 3}, "poisson"),
        ({"optimizer": "rprop", "iterations": 50, "restarts": 2}, "gaussian"),
    ],
    ids=str,
)
def test_any_optimizer_allows_decay_cv(options, family, folds, monkeypatch):
    seen = []

    def prepare(model, state, **given):
        seen.append((given, prepare_run(model, state, **given)))
        return seen[-1][1]

    monkeypatch.setattr(session, "prepare_run", prepare)
    monkeypatch.setattr(regularization_path, "prepare_run", prepare)
    net = make_net(family, 2, decay="cv", init=0.3).train(**options, **QUIET)
    names = {type(run.options.optimizer).__name__ for _, run in seen}
    wanted = options.get("optimizer", "gradient_descent").replace("_", "")
    assert {name.lower() for name in names} == {wanted}
    assert {run.options.batch_size for _, run in seen} == {options.get("batch_size")}
    # Scale and init are those of manual training.
    used = net._model.used
    assert (used.scale, used.init, used.penalize_bias) == (False, 0.3, True)
    assert len(folds) == 5 and net.decay == net.tuning["decay"][net.tuning["chosen"]].item()
    assert net.message.startswith(f"Chose decay {net.decay:g} by 5-fold cross-validation")
    net.train(3, trace=0)
    assert len(folds) == 5


def test_no_iteration_chooses_nothing(folds):
    net = make_net(decay="cv")
    theta = net.theta
    net.train(0, **QUIET)
    assert not folds and net.theta is theta and net.decay == 0.0


def test_decay_is_chosen_where_fits_diverge():
    """Only the final fit warns; the fits of the search do not."""
    net = make_net(decay="cv")
    with pytest.warns(UserWarning, match="The loss became infinite") as reported:
        net.train(60, 1e5, **QUIET)
    assert len(reported) == 1
    assert net.decay in DECAYS and np.isfinite(net.theta).all()


# Pictures ------------------------------------------------------------------------------------


def test_plot_draws_all_decays_tried():
    net = make_net().train(**QUIET)
    ax = net.plot_tuning()
    table, lines = net.tuning, ax.get_lines()
    drawn = [np.column_stack(line.get_data()).astype(float) for line in lines]
    wanted = table[["decay", "deviance"]].to_numpy()
    assert any(each.shape == wanted.shape and np.allclose(each, wanted) for each in drawn)
    plt.close("all")


def test_plot_without_a_choice_is_an_error():
    with pytest.raises(ValueError, match="decay"):
        make_net(decay=0.1).train(**QUIET).plot_tuning()
    columns = ["decay", "deviance", "std_error", "seconds", "chosen"]
    assert list(make_net().tuning.columns) == columns
    assert isinstance(make_net().tuning, pd.DataFrame)
