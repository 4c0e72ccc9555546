"""Cross-validation: training in a fold, weights of the rows held out, warnings and errors."""

import sys
import warnings
from functools import wraps

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from loops import case_by_case
from networks import make_net, make_table, take_snapshot
from sklearn.linear_model import LogisticRegression, Ridge

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.selection import assign_folds
from neuralnet.training.state import restore_generator

NEWTON = {"optimizer": "newton"}
JUDGES = {
    "binomial": sm.families.Binomial(),
    "poisson": sm.families.Poisson(),
    "gaussian": sm.families.Gaussian(),
}


def list_folds(net, k=10, repeats=1, groups=None, stratify=None):
    """Masks of the rows held out."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "[0-9]+ of [0-9]+ folds lack a class")
        return assign_folds(
            net._model, net._fit.state.generator_state, k, repeats, groups, stratify
        ).masks


def make_wide(n=80):
    """Make a table of which a GLM can be fitted in every fold."""
    rng = np.random.default_rng(2)
    table = pd.DataFrame(rng.normal(size=(n, 2)), columns=["a", "b"])
    score = table["a"] - 0.5 * table["b"]
    table["gaussian"] = 2.0 + score + rng.normal(size=n)
    table["binomial"] = rng.uniform(size=n) < 1.0 / (1.0 + np.exp(-score))
    table["poisson"] = rng.poisson(np.exp(0.5 * score))
    table["kind"] = rng.choice(list("xyz"), n)
    table["times"] = rng.integers(1, 4, n).astype(float)
    return table


WIDE = make_wide()


@case_by_case("weighted", [False, True])
@case_by_case("family", JUDGES)
def test_deviance_is_that_of_glms_fitted_to_the_other_rows(family, weighted):
    """As statsmodels fits them; so is that of an intercept alone."""
    w = WIDE["times"] if weighted else pd.Series(1.0, WIDE.index)
    net = NeuralNetwork(
        f"{family} ~ a + b",
        WIDE,
        hidden=0,
        family=family,
        decay=0,
        weights="times" if weighted else None,
        seed=1,
    )
    found = net.cross_validate(k=5, repeats=2, tolerance=None, **NEWTON)
    y, judge = WIDE[family].astype(float), JUDGES[family]
    totals = []
    for held, row in zip(list_folds(net, 5, 2), found.folds.itertuples(), strict=True):
        assert row.rows == held.sum()
        for columns, actual in (["a", "b"], row.deviance), ([], row.intercept):
            X = sm.add_constant(WIDE[columns]) if columns else np.ones((len(y), 1))
            X = np.asarray(X)
            glm = sm.GLM(y[~held], X[~held], judge, freq_weights=w[~held]).fit(tol=1e-14)
            expected = judge.deviance(y[held], glm.predict(X[held]), freq_weights=w[held])
            np.testing.assert_allclose(actual, expected / w[held].sum(), rtol=1e-6)
        totals.append(row.deviance * w[held].sum())
    np.testing.assert_allclose(found.deviance, np.sum(totals) / (2 * w.sum()), rtol=1e-12)
    spread = np.std(found.folds["deviance"], ddof=1)
    np.testing.assert_allclose(found.deviance_std_error, spread / np.sqrt(5), rtol=1e-12)
    assert ("accuracy" in found.folds) == (family == "binomial") == np.isfinite(found.accuracy)


def test_accuracy_and_deviance_of_classes_are_scikit_learns(iris):
    """With the penalty on all weights, as logistic regression has it on all columns of X."""
    decay = 0.5
    net = NeuralNetwork("Species ~ .", iris, hidden=0, decay=decay, weights=1 + np.arange(150) % 3)
    found = net.cross_validate(k=4, **NEWTON)
    w, codes = 1.0 + np.arange(150) % 3, net._model.batch.Y
    rights, sizes = [], []
    for held, row in zip(list_folds(net, 4), found.folds.itertuples(), strict=True):
        judge = LogisticRegression(
            C=0.5 / decay, fit_intercept=False, tol=1e-7, max_iter=10_000, solver="newton-cg"
        )
        judge.fit(net.X[~held], codes[~held], w[~held])
        chances = judge.predict_proba(net.X[held])[np.arange(held.sum()), codes[held]]
        expected = -2.0 * np.average(np.log(chances), weights=w[held])
        np.testing.assert_allclose(row.deviance, expected, rtol=1e-5)
        right = judge.score(net.X[held], codes[held], w[held])
        np.testing.assert_allclose(row.accuracy, right, rtol=1e-12)
        rights.append(right)
        sizes.append(w[held].sum())
    np.testing.assert_allclose(found.accuracy, np.average(rights, weights=sizes), rtol=1e-12)
    error = np.std(rights, ddof=1) / 2.0
    np.testing.assert_allclose(found.accuracy_std_error, error, rtol=1e-12)


def test_columns_are_standardized_by_the_training_rows_of_the_fold():
    """Ridge regression of columns and response standardized by the rows trained on."""
    decay = 3.0
    net = NeuralNetwork("gaussian ~ a + b", WIDE, 0, decay=decay, scale=True, penalize_bias=False)
    found = net.cross_validate(k=4, **NEWTON)
    X, y = WIDE[["a", "b"]].to_numpy(), WIDE["gaussian"].to_numpy()
    for held, deviance in zip(list_folds(net, 4), found.folds["deviance"], strict=True):
        mean, sd = X[~held].mean(axis=0), X[~held].std(axis=0)
        unit = y[~held].std()
        # Half the sum of squares beside the decay here, the whole sum there.
        ridge = Ridge(alpha=2.0 * decay).fit((X[~held] - mean) / sd, y[~held] / unit)
        rest = y[held] - unit * ridge.predict((X[held] - mean) / sd)
        np.testing.assert_allclose(deviance, np.mean(rest**2), rtol=1e-6)


def test_means_in_the_formula_are_learned_in_the_fold():
    """A formula without an intercept, for which the offset of a column matters."""
    net = NeuralNetwork("gaussian ~ center(a) - 1", WIDE, hidden=0, decay=0)
    found = net.cross_validate(k=4, **NEWTON)
    a, y = WIDE["a"].to_numpy(), WIDE["gaussian"].to_numpy()
    for held, deviance in zip(list_folds(net, 4), found.folds["deviance"], strict=True):
        x = a - a[~held].mean()
        slope = x[~held] @ y[~held] / (x[~held] @ x[~held])
        np.testing.assert_allclose(deviance, np.mean((y - slope * x)[held] ** 2), rtol=1e-6)


def test_weight_of_2_is_a_row_twice():
    """Both copies are in the same fold, as they are in the same group."""
    table = WIDE.assign(times=1.0 + (np.arange(len(WIDE)) % 4 == 0))
    twice = table.loc[table.index.repeat(table["times"].astype(int))]
    formula, options = "binomial ~ a + b", {"hidden": 0, "decay": 0.1, "seed": 3}
    weighed = NeuralNetwork(formula, table, weights="times", **options)
    net = NeuralNetwork(formula, twice, **options)
    groups = np.asarray(twice.index)
    found = net.cross_validate(k=4, groups=groups, **NEWTON)
    # The same folds of the table with weights: four groups, assigned to four folds in any order.
    masks = [np.isin(table.index, groups[held]) for held in list_folds(net, 4, 1, groups)]
    one = weighed.cross_validate(k=4, groups=np.select(masks, range(4)), **NEWTON)
    for column in ("deviance", "intercept", "accuracy"):
        np.testing.assert_allclose(
            np.sort(one.folds[column]), np.sort(found.folds[column]), rtol=1e-6
        )
    np.testing.assert_allclose(one.deviance, found.deviance, rtol=1e-6)
    np.testing.assert_allclose(one.accuracy, found.accuracy, rtol=1e-12)


def test_weights_of_classes_count_in_the_deviance_alone():
    net = NeuralNetwork(
        "binomial ~ a", WIDE, 0, decay=0, class_weight={False: 1.0, True: 3.0}, family="binomial"
    )
    found = net.cross_validate(k=4, **NEWTON)
    y = WIDE["binomial"].to_numpy()
    w, X = np.where(y, 3.0, 1.0), sm.add_constant(WIDE[["a"]]).to_numpy()
    for held, row in zip(list_folds(net, 4), found.folds.itertuples(), strict=True):
        glm = sm.GLM(y[~held] * 1.0, X[~held], JUDGES["binomial"], freq_weights=w[~held])
        mu = glm.fit(tol=1e-14).predict(X[held])
        expected = JUDGES["binomial"].deviance(y[held], mu, freq_weights=w[held]) / w[held].sum()
        np.testing.assert_allclose(row.deviance, expected, rtol=1e-6)
        assert row.accuracy == np.mean((mu > 0.5) == y[held])


@pytest.mark.long
def test_nothing_chosen_is_chosen_in_each_fold():
    """Former choices of the network have no effect."""
    net = NeuralNetwork("gaussian ~ a + b + kind", WIDE, hidden=0, seed=1)
    before = net.cross_validate(k=4)
    assert (before.folds["decay"] > 0).all()
    net.train(trace=0)
    masks = list_folds(net, 4)
    found = net.cross_validate(k=4)
    for held, row in zip(masks, found.folds.itertuples(), strict=True):
        # The settings that are chosen together with a decay.
        alone = NeuralNetwork(
            "gaussian ~ a + b + kind", WIDE[~held], 0, decay=row.decay, penalize_bias=False
        ).train(trace=0)
        rest = alone.compute_loss(WIDE[held]) * 2.0 / held.sum()
        np.testing.assert_allclose(row.deviance, rest, rtol=1e-6)
    # Those of the manual call are open, and 0 there, as in a new network.
    manual = net.cross_validate(k=4, **NEWTON)
    assert (manual.folds["decay"] == 0).all()
    assert manual.deviance != found.deviance


def test_decays_of_the_folds_may_differ():
    found = NeuralNetwork("poisson ~ .", WIDE, 0, family="poisson", seed=1).cross_validate(k=5)
    assert found.folds["decay"].nunique() > 1


def test_groups_are_kept_together_when_a_decay_is_chosen_too(monkeypatch):
    """They are not passed to train() where no decay is chosen."""
    seen = []

    @wraps(NeuralNetwork.train)
    def train(net, **options):
        seen.append((net._model.model_frame.positions, options.get("groups")))

    monkeypatch.setattr(NeuralNetwork, "train", train)
    groups = np.arange(len(WIDE)) // 8
    net = NeuralNetwork("gaussian ~ a", WIDE, hidden=1, seed=1, subset=np.arange(len(WIDE)) < 72)
    for training in ({}, NEWTON):
        net.cross_validate(3, groups=groups, **training)
    assert len(seen) == 6
    for positions, labels in seen[:3]:
        assert not set(groups[positions]) & set(np.delete(groups[:72], positions))
        np.testing.assert_array_equal(labels[:72], groups[:72])
        assert (labels[72:] == -1).all()
    assert all(labels is None for _, labels in seen[3:])


def test_folds_are_stratified_where_there_are_classes(iris):
    net = NeuralNetwork("Species ~ .", iris, hidden=0, decay=1, seed=1)
    shares = [iris["Species"][held].value_counts() for held in list_folds(net, 5)]
    assert all((each == 10).all() for each in shares)
    other = [iris["Species"][held].value_counts() for held in list_folds(net, 5, stratify=False)]
    assert not all((each == 10).all() for each in other)


@pytest.mark.filterwarnings("ignore:Overconfident")
@pytest.mark.parametrize("family", ["softmax", "binomial", "gaussian", "poisson"])
def test_the_network_is_as_it_was_and_the_same_call_gives_the_same_bits(family):
    net = make_net(family, decay=0.1).train(3, trace=0)
    before = take_snapshot(net)
    found = [net.cross_validate(3, 2, iterations=20, batch_size=5) for _ in range(2)]
    pd.testing.assert_frame_equal(found[0].folds, found[1].folds, check_exact=True)
    assert repr(found[0]) == repr(found[1])
    assert take_snapshot(net) == before
    assert list(found[0].folds["repeat"]) == [1, 1, 1, 2, 2, 2]
    assert list(found[0].folds["fold"]) == [1, 2, 3, 1, 2, 3]
    twin = NeuralNetwork.cross_validate(net.clone(), 3, 2, iterations=20, batch_size=5)
    pd.testing.assert_frame_equal(found[0].folds, twin.folds, check_exact=True)


def test_a_clone_of_the_generator_draws_the_folds():
    net = make_net()
    generator = restore_generator(net._fit.state.generator_state)
    folds = assign_folds(net._model, net._fit.state.generator_state, 3, 1, None, None)
    assert folds.seed == generator.integers(2**63)
    assert restore_generator(net._fit.state.generator_state).integers(2**63) == folds.seed


def test_list_of_decays_is_in_the_table_as_the_network_shows_it():
    net = make_net(decay=[0.1, 0.2])
    found = net.cross_validate(3, iterations=2)
    assert list(found.folds["decay"]) == [[0.1, 0.2]] * 3


def test_warnings_of_the_folds_are_one():
    net = make_net("gaussian", init=1.0)
    with pytest.warns(UserWarning) as caught:
        net.cross_validate(4, iterations=200, learn_rate=10.0)
    reported = [str(each.message) for each in caught]
    assert reported[0].startswith(
        "4 warnings from training cost ~ x1 + x2 + kind in 4 folds; the fir"
    )
    assert all("4 warnings" in each or each.startswith("Overconfident") for each in reported)
    assert len(reported) <= 2


def test_warnings_of_others_come_through(monkeypatch):
    @wraps(NeuralNetwork.train)
    def train(net, **options):
        warnings.warn("old", DeprecationWarning, stacklevel=2)

    net = make_net()
    monkeypatch.setattr(NeuralNetwork, "train", train)
    with pytest.warns(DeprecationWarning, match="old"):
        net.cross_validate(2)


def test_overconfidence_gives_a_warning():
    rng = np.random.default_rng(1)
    noise = pd.DataFrame(rng.normal(size=(40, 9)), columns=list("abcdefghy"))
    net = NeuralNetwork("y ~ .", noise, hidden=0, decay=0)
    with pytest.warns(UserWarning, match="Overconfident: on rows held out the deviance is"):
        found = net.cross_validate(4, **NEWTON)
    assert found.deviance > found.intercept


def test_fold_that_does_not_define_a_term_has_the_columns_of_all_rows():
    table = make_table()
    table["rare"] = np.where(np.arange(len(table)) == 7, 1.0, 0.0)
    net = NeuralNetwork("cost ~ scale(rare) + x1", table, hidden=0, seed=1)
    before = take_snapshot(net)
    with pytest.warns(UserWarning, match=r"2 warnings from .*scale\(rare\) .* of all rows"):
        found = net.cross_validate(4, 2, **NEWTON)
    assert np.isfinite(found.deviance) and take_snapshot(net) == before


def test_errors_name_the_fold():
    table = make_table()
    weights = np.where(np.arange(len(table)) < 2, 1.0, 0.0)
    net = NeuralNetwork("cost ~ 1", table, hidden=0, weights=weights)
    with pytest.raises(
        ValueError, match=r"^in fold \d+ of 18: none of the 2 rows held out has a w"
    ):
        net.cross_validate(18, **NEWTON)


@case_by_case(
    ("arguments", "kind", "message"),
    [
        ({"k": 1}, ValueError, "k must be a whole number of at least 2, not 1"),
        ({"k": 99}, ValueError, "k=99 folds need at least one row each; there are 36 rows"),
        ({"repeats": 0}, ValueError, "repeats must be a whole number of at least 1"),
        ({"stratify": "yes"}, TypeError, "stratify must be True or False, not 'yes'"),
        ({"stratify": True}, ValueError, "response cost holds numbers: leave it out"),
        ({"groups": [1, 2]}, ValueError, "groups must be a label for each of 36 rows"),
        ({"callback": print}, TypeError, "^callback= belongs to a single training"),
        ({"checkpoint": "a", "every": 3}, TypeError, "^checkpoint=, every= belong to a single"),
        ({"progress": True}, TypeError, "^progress= belongs to a single training"),
        ({"trace": 1}, TypeError, "^trace= belongs to a single training"),
        ({"repeat": 2}, TypeError, "cross_validate.. has no argument 'repeat'; did .* repeats="),
        ({"learn_rat": 2}, TypeError, "has no argument 'learn_rat'; did you mean learn_rate="),
        ({"epochs": 2}, TypeError, "has no argument 'epochs'; did you mean iterations="),
        ({"learn_rate": -1}, ValueError, "^in fold 1 of 10: learn_rate"),
        ({"threshold": 0.3}, ValueError, "and cost holds numbers. Leave it out"),
    ],
)
def test_invalid_arguments_are_refused(arguments, kind, message):
    net = make_net("gaussian")
    before = take_snapshot(net)
    with pytest.raises(kind, match=message):
        net.cross_validate(**arguments)
    assert take_snapshot(net) == before


def test_an_interrupt_ends_cross_validation_in_interactive_sessions_too(monkeypatch):
    def interrupt(rng, shape):
        calls.append(shape)
        # Two matrices of the network, two of the fold's, and then the next start.
        if len(calls) == 5:
            raise KeyboardInterrupt
        return rng.normal(size=shape)

    calls = []
    net = NeuralNetwork("cost ~ x1", make_table(), 1, init=interrupt, seed=1)
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    with pytest.raises(KeyboardInterrupt):
        net.cross_validate(3, restarts=4, iterations=5)


def test_a_network_without_rows_says_so(tmp_path):
    make_net().save(tmp_path / "net.nn")
    with pytest.raises(ValueError, match="loaded without its training rows"):
        NeuralNetwork.load(tmp_path / "net.nn").cross_validate()


def test_what_is_shown(iris):
    net = NeuralNetwork("Species ~ .", iris, hidden=0, decay=1, seed=1)
    found = net.cross_validate(3, 4, **NEWTON)
    text = repr(found).splitlines()
    assert text[0] == "CrossValidation  Species ~ .; 5 inputs - 3 softmax outputs"
    assert text[1].startswith("3 folds, repeated 4 times")
    assert f"{found.deviance:.4g}, standard error {found.deviance_std_error:.2g};" in text[2]
    assert text[3] == "precision to average_precision: means over the classes"
    assert "... 9 more rows" in repr(found)
    assert "<summary>metrics (10, 3)</summary>" in found._repr_html_()
    assert "<summary>folds (12, 15)</summary>" in found._repr_html_()
    with pytest.raises(AttributeError):
        found.deviance = 0.0


# Measures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["softmax", "binomial", "gaussian", "poisson"])
def test_measures_of_a_fold_are_those_of_its_network_on_the_rows_held_out(family):
    """A GLM has one optimum, which a network of the other rows finds too."""
    w = 1.0 + np.arange(36) % 3
    net, table = make_net(family, 0, decay=5.0, weights=w), make_table().assign(w=w)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = net.cross_validate(4, 2, **NEWTON)
    names = [name for name in found.metrics.index if name != "deviance"]
    for held, row in zip(list_folds(net, 4, 2), found.folds.iloc, strict=True):
        options = {"hidden": 0, "family": family, "decay": 5.0, "weights": "w"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            alone = NeuralNetwork(net.formula, table[~held], **options).train(trace=0, **NEWTON)
        expected = alone.metrics(table[held])
        expected = expected.overall if net.classes else expected
        np.testing.assert_allclose(
            row[names].astype(float), expected[names], rtol=1e-5, err_msg=str(row["fold"])
        )


@pytest.mark.parametrize("threshold", [0.2, 0.8])
def test_threshold_holds_in_folds_and_in_comparisons(threshold):
    net, table = make_net("binomial", 0, decay=5.0), make_table()
    found = net.cross_validate(4, threshold=threshold, **NEWTON)
    both = net.compare(net, 4, threshold=threshold, **NEWTON)
    for held, row, pair in zip(list_folds(net, 4), found.folds.iloc, both.folds.iloc, strict=True):
        alone = NeuralNetwork(net.formula, table[~held], 0, family="binomial", decay=5.0)
        alone.train(trace=0, **NEWTON)
        expected = alone.accuracy(table[held], threshold=threshold)
        assert row["accuracy"] == pair["accuracy_first"] == pytest.approx(expected)
    assert found.accuracy != net.cross_validate(4, **NEWTON).accuracy


def test_means_of_measures_are_over_the_folds_where_they_are_defined():
    """By the weights of the rows held out; the standard error has no weights."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"a": rng.normal(size=30), "y": np.where(np.arange(30) < 3, "b", "a")})
    table["w"] = rng.integers(1, 5, 30)
    net = NeuralNetwork("y ~ a", table, 0, decay=0.1, weights="w", seed=1)
    with pytest.warns(
        DataWarning, match="^2 of 5 folds lack a class .* of 'b': measures"
    ) as reported:
        found = net.cross_validate(5, learn_rate=0.001, iterations=10)
    assert sum("lack a class" in str(each.message) for each in reported) == 1
    weights = np.array([table["w"][held].sum() for held in list_folds(net, 5)])
    np.testing.assert_array_equal(found.weights, weights)
    area = found.folds["roc_auc"].to_numpy()
    defined = ~np.isnan(area)
    row = found.metrics.loc["roc_auc"]
    assert row["folds"] == defined.sum() == 3
    assert row["mean"] == pytest.approx(np.average(area[defined], weights=weights[defined]))
    assert row["std_error"] == pytest.approx(area[defined].std(ddof=1) / np.sqrt(3))
    for name in ("log_loss", "brier", "accuracy"):
        expected = np.average(found.folds[name], weights=weights)
        assert found.metrics.loc[name, "mean"] == pytest.approx(expected)
    assert found.metrics.loc["accuracy", "std_error"] == found.accuracy_std_error
    assert found.metrics.loc["deviance", "mean"] == found.deviance


def test_measures_of_one_class_are_named_in_words():
    binary, numbers = make_net("binomial", 0, decay=1.0), make_net("gaussian", 0, decay=1.0)
    text = repr(binary.cross_validate(3, **NEWTON))
    assert "precision to average_precision: those of True\n" in text
    found = numbers.cross_validate(3, **NEWTON)
    assert found.note == "" and "precision" not in repr(found)
    assert list(found.metrics.index) == ["deviance", "r2", "rmse", "mae", "deviance_explained"]
