"""Estimators in the hands of scikit-learn: its checks, and a use of each kind."""

import inspect
import pickle
import sys
import warnings
from importlib import import_module

import numpy as np
import pandas as pd
import polars
import pytest
from sklearn import config_context, exceptions
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import StackingClassifier
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.inspection import PartialDependenceDisplay, permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from neuralnet import DataWarning, NeuralNetwork, load_planar
from neuralnet.sklearn import NeuralNetClassifier, NeuralNetRegressor

QUICK = {"hidden": 2, "decay": 0.1, "optimizer": "newton", "random_state": 1}
GLM = {"hidden": 0, "optimizer": "newton", "random_state": 1}


def classify(**options):
    return NeuralNetClassifier(**QUICK | options)


def regress(**options):
    return NeuralNetRegressor(**QUICK | options)


def list_thetas(*estimators):
    return [each.network_.theta.tolist() for each in estimators]


def shuffle(planar):
    """The points in random order, and their classes."""
    table = planar.sample(frac=1.0, random_state=1)
    return table[["x1", "x2"]], table["y"]


@pytest.fixture
def flowers(iris):
    return iris.drop(columns="Species")


@pytest.fixture
def species(iris):
    return iris["Species"]


@pytest.fixture
def people():
    """Text, numbers, and a response that depends on both."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "sex": rng.choice(["f", "m"], 60),
            "town": rng.choice(["a", "b", "c"], 60),
            "age": rng.normal(40.0, 9.0, 60),
        }
    )
    table["won"] = np.where((table["sex"] == "f") ^ (table["age"] > 40.0), "yes", "no")
    return table


# The checks of scikit-learn ----------------------------------------------------------------------


def run_checks(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_skip=None)
    others = {each["check_name"] for each in results if each["status"] != "passed"}
    # It runs where SciPy was loaded with SCIPY_ARRAY_API in the environment.
    assert others <= {"check_array_api_input"}
    assert len(results) > 50


@pytest.mark.parametrize("estimator", [classify(), regress()])
def test_passes_the_checks(estimator):
    run_checks(estimator)


@pytest.mark.long
@pytest.mark.parametrize(
    "estimator",
    [
        NeuralNetClassifier(),
        NeuralNetRegressor(),
        classify(optimizer="lbfgs", hidden=[3, 2]),
        NeuralNetRegressor(optimizer="adam", iterations=300, learn_rate=0.05, batch_size=16),
        NeuralNetClassifier(hidden=0, na_action="raise"),
    ],
)
def test_passes_the_checks_by_other_ways_of_training(estimator):
    run_checks(estimator)


# Parameters and what they mean -------------------------------------------------------------------


def test_parameters_are_those_of_the_network():
    def read(function):
        parameters = inspect.signature(function).parameters.values()
        return {each.name: each.default for each in parameters if each.name != "self"}

    network = read(NeuralNetwork.__init__) | read(NeuralNetwork.train)
    # Arguments of rows, whose place is fit(X, y, sample_weight) or the formula, or of a session.
    rows = "data weights offset subset seed unseen mask groups callback progress checkpoint every"
    # The choices of automatic training.
    others = {"formula": None, "na_action": "impute", "trace": 0, "scale": True, "init": "glorot"}
    own = {"warm_start": False, "random_state": None}
    expected = {name: each for name, each in network.items() if name not in rows.split()}
    assert NeuralNetClassifier().get_params() == expected | others | own
    del expected["class_weight"]
    assert NeuralNetRegressor().get_params() == expected | others | own


def test_first_fit_is_automatic(flowers, species):
    found = NeuralNetClassifier(hidden=0, random_state=1).fit(flowers, species).network_
    assert "by 5-fold cross-validation" in found.message
    given = NeuralNetClassifier(hidden=0, decay=0.5, random_state=1).fit(flowers, species).network_
    assert given.decay == 0.5
    assert "Took decay 0.5 as given" in given.message


def test_network_is_that_of_the_formula(people):
    X, y = people.drop(columns="won"), people["won"]
    found = classify(formula="~ sex * age", hidden=0).fit(X, y).network_
    net = NeuralNetwork("won ~ sex * age", people, 0, decay=0.1, scale=True)
    net.train(optimizer="newton", trace=0)
    assert found.formula == net.formula
    assert found.x_names == net.x_names
    assert found.objective()[0] == pytest.approx(net.objective()[0])


def test_without_penalty_it_is_logistic_regression(flowers):
    y = flowers["Sepal.Length"] > 5.8
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000)
    other = make_pipeline(StandardScaler(), peer).fit(flowers.iloc[:, 1:], y)
    found = NeuralNetClassifier(**GLM).fit(flowers.iloc[:, 1:], y)
    np.testing.assert_allclose(
        found.predict_proba(flowers.iloc[:, 1:]),
        other.predict_proba(flowers.iloc[:, 1:]),
        atol=1e-5,
    )
    assert found.classes_.tolist() == [False, True]


@pytest.mark.parametrize("family", [None, "binomial"])
def test_decision_function_is_the_log_odds(flowers, species, family):
    two = species != "virginica"
    model = classify(family=family).fit(flowers[two], species[two])
    p = model.predict_proba(flowers)
    found = model.decision_function(flowers)
    np.testing.assert_allclose(found, np.log(p[:, 1] / p[:, 0]), rtol=1e-6)
    assert (model.predict(flowers) == model.classes_[(found > 0).astype(int)]).all()


def test_decision_function_of_three_classes(flowers, species):
    model = classify().fit(flowers, species)
    p = model.predict_proba(flowers)
    found = model.decision_function(flowers)
    np.testing.assert_allclose(found, np.log(p / (1.0 - p)), rtol=1e-6)
    np.testing.assert_array_equal(model.classes_[found.argmax(axis=1)], model.predict(flowers))


def test_several_outputs_of_a_regressor(flowers):
    X, Y = flowers.iloc[:, :2], flowers.iloc[:, 2:]
    found = NeuralNetRegressor(**GLM).fit(X, Y)
    assert found.network_.formula == "cbind(Petal.Length, Petal.Width) ~ ."
    np.testing.assert_allclose(found.predict(X), LinearRegression().fit(X, Y).predict(X))
    assert found.score(X, Y) == pytest.approx(LinearRegression().fit(X, Y).score(X, Y))


def test_poisson_regression():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 2))
    y = rng.poisson(np.exp(X[:, 0]))
    peer = PoissonRegressor(alpha=0, tol=1e-10).fit(X, y)
    found = NeuralNetRegressor(family="poisson", **GLM).fit(X, y)
    np.testing.assert_allclose(found.predict(X), peer.predict(X), rtol=1e-5)
    assert found.network_.x_names == ["Intercept", "x0", "x1"]


def test_random_state(flowers, species):
    def fit(state):
        return classify(random_state=state).fit(flowers, species)

    draws = [3, np.random.RandomState(3), np.random.default_rng(3)]
    assert list_thetas(*map(fit, draws)) == list_thetas(
        *map(fit, [3, np.random.RandomState(3), np.random.default_rng(3)])
    )
    assert len({each.network_.theta.tobytes() for each in map(fit, [1, 2])}) == 2


def test_convergence_warning_is_that_of_scikit_learn(flowers, species):
    with pytest.warns(exceptions.ConvergenceWarning, match="maximum number of iterations"):
        model = classify(optimizer="lbfgs", iterations=3).fit(flowers, species)
    assert (model.n_iter_, model.network_.converged) == (3, False)
    held_out = {"optimizer": "adam", "iterations": 3, "validation": 0.2}
    assert classify(**held_out).fit(flowers, species).n_iter_ == 3
    with pytest.warns(exceptions.ConvergenceWarning, match="The loss became infinite"):
        regress(optimizer="adam", learn_rate=1e300).fit(flowers.iloc[:, 1:], flowers.iloc[:, 0])


def test_needs_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.delitem(sys.modules, "neuralnet.sklearn")
    with pytest.raises(ImportError, match=r"pip install 'formula-neuralnet\[sklearn\]'"):
        import_module("neuralnet.sklearn")


# Weights and order of rows -----------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"decay": None, "optimizer": None, "hidden": 0}, {}])
def test_order_of_rows_changes_no_bit(iris, options):
    tables = iris[::2], iris[::2].sample(frac=1.0, random_state=1)
    one, other = (
        classify(**options).fit(each.drop(columns="Species"), each["Species"]) for each in tables
    )
    assert list_thetas(one) == list_thetas(other)
    assert one.network_.predict().sort_index().equals(other.network_.predict().sort_index())


def test_weight_of_two_is_a_row_twice_to_the_bit(flowers, species):
    w = np.resize([0, 1, 0, 2, 0, 0, 1], 150)
    one = NeuralNetClassifier(hidden=0, random_state=1).fit(flowers, species, sample_weight=w)
    rows = np.random.default_rng(1).permutation(np.repeat(np.arange(150), w))
    other = NeuralNetClassifier(hidden=0, random_state=1).fit(
        flowers.iloc[rows], species.iloc[rows]
    )
    assert "by 5-fold cross-validation" in one.network_.message
    assert one.network_.nobs == w.sum()
    assert list_thetas(one) == list_thetas(other)


def test_fractions_are_case_weights(flowers):
    X, y, w = flowers.iloc[:, 1:], flowers["Sepal.Length"], np.linspace(0.0, 1.5, 150)
    found = NeuralNetRegressor(**GLM).fit(X, y, sample_weight=w)
    peer = LinearRegression().fit(X, y, sample_weight=w)
    np.testing.assert_allclose(found.predict(X), peer.predict(X))
    assert found.network_.nobs == 149


def test_classes_are_those_with_a_weight(flowers, species):
    w = (species != "virginica").astype(float)
    model = classify().fit(flowers, species, sample_weight=w)
    assert model.classes_.tolist() == ["setosa", "versicolor"]
    assert model.predict_proba(flowers).shape == (150, 2)


def test_class_weight_is_1_for_classes_not_named(flowers, species):
    some = classify(class_weight={"setosa": 3}).fit(flowers, species)
    weights = {"setosa": 3, "versicolor": 1, "virginica": 1}
    assert list_thetas(some) == list_thetas(classify(class_weight=weights).fit(flowers, species))
    with pytest.raises(ValueError, match="class_weight must name each class"):
        classify(class_weight={"setoza": 3}).fit(flowers, species)


# Tables ------------------------------------------------------------------------------------------


def test_any_column_names(flowers):
    y, X = flowers["Sepal.Length"], flowers.iloc[:, [1, 1, 1, 1, 1]] * [1.0, 0.5, 2.0, 1.0, 1.0]
    rng = np.random.default_rng(1)
    X = X.set_axis(["a b", "1st", "log", "offset(x)", "y"], axis=1) + rng.normal(size=X.shape)
    found = NeuralNetRegressor(**GLM).fit(X, y.rename("y"))
    assert found.network_.x_names[1:] == ["`a b`", "`1st`", "log", "`offset(x)`", "y"]
    np.testing.assert_allclose(found.predict(X), LinearRegression().fit(X, y).predict(X))


def test_pandas_polars_and_arrays_give_the_same(people):
    X, y = people[["age", "sex"]], people["won"]
    one = classify().fit(X, y)
    other = classify().fit(polars.from_pandas(X), polars.Series("won", y.tolist()))
    assert one.feature_names_in_.tolist() == other.feature_names_in_.tolist() == ["age", "sex"]
    rows = classify().fit(X.to_numpy(dtype=object), y.to_numpy())
    lists = classify().fit(X.to_numpy(dtype=object).tolist(), y.tolist())
    assert rows.network_.x_names == lists.network_.x_names == ["Intercept", "x0", "x1[T.m]"]
    for each in (other, rows, lists):
        np.testing.assert_allclose(
            each.network_.objective()[0], one.network_.objective()[0], rtol=1e-6
        )
    for table in (polars.from_pandas(X).lazy(), X.to_dict("list"), X.to_dict("records")):
        np.testing.assert_array_equal(other.predict_proba(table), other.predict_proba(X))
    predictions = other.predict(polars.from_pandas(X))
    np.testing.assert_array_equal(predictions, other.predict(X))


def test_rare_levels_in_folds_are_missing_values(people):
    people.loc[7, "town"] = "rare"
    X, y = people[["sex", "town", "age"]], people["won"]
    with pytest.warns(DataWarning) as caught:
        scores = cross_val_score(classify(), X, y, cv=3, error_score="raise")
    assert np.isfinite(scores).all()
    # One warning for the level; the value is not missing.
    (message,) = {str(each.message) for each in caught}
    assert "levels that training never saw: column 'town' 'rare'" in message
    with pytest.raises(ValueError, match="'rare', which training never saw"):
        cross_val_score(classify(na_action="raise"), X, y, cv=3, error_score="raise")


def test_missing_values_are_imputed_or_errors(flowers, species):
    X = flowers.copy()
    X.iloc[3, 1] = np.nan
    with pytest.warns(DataWarning, match="1 missing value imputed"):
        model = classify().fit(X, species)
    assert "is.na(Sepal.Width)" in model.network_.x_names
    model = classify(na_action="raise").fit(flowers, species)
    with pytest.raises(ValueError, match=r"contains NaN in 1 row, in 'Sepal\.Width'"):
        model.predict(X)


WRONG = {
    "has a left side, .* write 'a'": ({"formula": "y ~ a"}, {}),
    "must be the right side of a formula": ({"formula": 3}, {}),
    "na_action must be one of 'impute', 'raise'": ({"na_action": "drop"}, {}),
    "validation must be a share of the rows": ({"validation": [1, 2]}, {}),
    "must be one number a row, not of shape": ({}, {"sample_weight": np.ones((40, 2))}),
    "0 or more, and not all of it zero": ({}, {"sample_weight": np.zeros(40)}),
    "optimizer must be one of .* Did you mean 'adam'": ({"optimizer": "adma"}, {}),
    "NeuralNetClassifier predicts classes": ({}, {"y": ["a", "b"] * 20}),
}


@pytest.mark.parametrize("match", WRONG)
def test_errors_say_what_to_do(match):
    options, rows = WRONG[match]
    table = {"X": pd.DataFrame({"a": np.arange(40.0)}), "y": np.arange(40.0) ** 2}
    with pytest.raises((TypeError, ValueError), match=match):
        regress(**options).fit(**table | rows)


def test_a_row_without_a_prediction_is_an_error(flowers):
    model = NeuralNetRegressor("log(a)", **GLM)
    model.fit(pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}), [1.0, 3.0, 2.0, 4.0])
    with (
        pytest.warns(DataWarning, match=r"log\(a\)"),
        pytest.raises(ValueError, match="1 of 2 rows of X, first row 1, have no prediction"),
    ):
        model.predict(pd.DataFrame({"a": [1.0, -1.0]}))


# Uses --------------------------------------------------------------------------------------------


def test_pipeline_with_column_transformer(people):
    encode = make_column_transformer(
        (OneHotEncoder(drop="first"), make_column_selector(dtype_exclude=float)),
        remainder="passthrough",
    )
    X, y = people[["sex", "age"]], people["won"]
    pipeline = make_pipeline(encode, classify()).fit(X, y)
    assert pipeline.score(X, y) > 0.9
    assert pipeline[-1].network_.x_names == ["Intercept", "x0", "x1"]
    assert pickle.loads(pickle.dumps(pipeline)).predict(X).tolist() == pipeline.predict(X).tolist()


def test_set_output_gives_the_formula_names(people):
    scale = make_column_transformer((StandardScaler(), ["age"]), remainder="passthrough")
    pipeline = make_pipeline(scale, classify(formula="sex * age"))
    scale.set_params(verbose_feature_names_out=False).set_output(transform="pandas")
    pipeline.fit(people[["sex", "age"]], people["won"])
    assert pipeline[-1].feature_names_in_.tolist() == ["age", "sex"]
    assert pipeline[-1].network_.x_names == ["Intercept", "sex[T.m]", "age", "sex[T.m]:age"]


def test_grid_search_in_two_processes(flowers, species):
    grid = {"hidden": [0, 2, [3, 2]], "decay": [0.001, 0.01]}
    search, alone = (
        GridSearchCV(classify(), grid, cv=2, scoring="neg_log_loss", n_jobs=n).fit(flowers, species)
        for n in (2, 1)
    )
    scores = search.cv_results_["mean_test_score"]
    assert scores.tolist() == alone.cv_results_["mean_test_score"].tolist()
    assert len(set(scores)) == 6
    net, best = search.best_estimator_.network_, search.best_params_
    assert net.decay == best["decay"]
    assert net.hidden == {"0": (), "2": (2,), "[3, 2]": (3, 2)}[str(best["hidden"])]


def test_cross_validate_with_groups(planar):
    groups = np.resize(np.arange(8), 400)
    found = cross_validate(
        classify(hidden=4),
        *shuffle(planar),
        groups=groups,
        cv=GroupKFold(4),
        scoring=["accuracy", "neg_log_loss"],
        return_indices=True,
    )
    assert found["test_accuracy"].min() > 0.7
    assert found["test_neg_log_loss"].min() > -np.log(2.0)
    for train, test in zip(*found["indices"].values(), strict=True):
        assert not set(groups[train]) & set(groups[test])


def test_calibration(flowers, species):
    X, y = flowers[50:], species[50:]
    # So large a decay keeps probabilities near to each other.
    model = classify(hidden=0, decay=30.0)
    plain, found = (
        each.fit(X, y).predict_proba(X) for each in (model, CalibratedClassifierCV(model, cv=3))
    )
    assert log_loss(y, found) < log_loss(y, plain)


def test_permutation_importance_and_partial_dependence(flowers, species):
    rng = np.random.default_rng(1)
    X = flowers[["Petal.Length"]].assign(noise=rng.normal(size=150))
    model = classify().fit(X, species)
    found = permutation_importance(model, X, species, n_repeats=2, random_state=1)
    assert found.importances_mean[0] > 0.3 > 5 * found.importances_mean[1]
    shown = PartialDependenceDisplay.from_estimator(
        model, X, ["Petal.Length"], target="setosa", grid_resolution=5
    )
    (line,) = shown.lines_.ravel()
    assert (np.diff(line.get_ydata()) < 0.0).all()


def test_stacking(planar):
    X, y = shuffle(planar)
    models = [("line", LogisticRegression()), ("net", classify(hidden=4, restarts=5))]
    stack = StackingClassifier(models, cv=3).fit(X, y)
    assert stack.score(X, y) > models[0][1].fit(X, y).score(X, y) + 0.2


def test_sequential_feature_selection():
    table = load_diabetes(as_frame=True)
    X = table.data[["sex", "bmi", "s5"]]
    selector = SequentialFeatureSelector(regress(hidden=0), n_features_to_select=2, cv=2)
    assert selector.fit(X, table.target).get_feature_names_out().tolist() == ["bmi", "s5"]


def test_metadata_routing_of_weights(flowers, species):
    w = np.resize([1.0, 2.0, 3.0], 150)
    with config_context(enable_metadata_routing=True):
        model = classify().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        found = cross_validate(
            model,
            flowers,
            species,
            cv=2,
            params={"sample_weight": w},
            return_estimator=True,
            return_indices=True,
        )
    for fitted, rows in zip(found["estimator"], found["indices"]["train"], strict=True):
        own = classify().fit(flowers.iloc[rows], species.iloc[rows], sample_weight=w[rows])
        assert list_thetas(fitted) == list_thetas(own)


def test_html_and_text_show_what_was_given():
    model = classify(formula="a * b")
    assert "NeuralNetClassifier" in model._repr_html_()
    assert repr(model).startswith("NeuralNetClassifier(decay=0.1, formula='a * b'")


# Continued training ------------------------------------------------------------------------------


def test_partial_fit_on_new_rows(flowers, species):
    model = NeuralNetClassifier(hidden=2, learn_rate=0.1, iterations=5, random_state=1)
    classes, rng = np.unique(species), np.random.default_rng(1)
    # The first rows are of two classes.
    model.partial_fit(flowers[30:70], species[30:70], classes=classes)
    assert model.predict_proba(flowers).shape == (150, 3)
    names = model.network_.x_names
    for _ in range(30):
        rows = rng.choice(150, 50, replace=False)
        model.partial_fit(flowers.iloc[rows], species.iloc[rows])
    assert (model.n_iter_, model.network_.x_names) == (155, names)
    assert model.score(flowers, species) > 0.9


def test_partial_fit_is_adam_on_these_rows(flowers):
    """Its averages are kept from one call to the next."""
    X, y = flowers.iloc[:, 1:], flowers.iloc[:, 0]
    model = NeuralNetRegressor(hidden=2, iterations=5, random_state=1)
    model.partial_fit(X, y).partial_fit(X, y)
    net = NeuralNetwork("Sepal.Length ~ .", flowers, 2, scale=True, init="glorot", seed=1)
    net.train(10, optimizer="adam", trace=0)
    np.testing.assert_allclose(model.network_.theta, net.theta, rtol=1e-12)


def test_partial_fit_keeps_levels(people):
    X, y = people[["sex", "town", "age"]], people["won"]
    model = classify().fit(X, y)
    strange = X[:10].assign(town="d")
    with pytest.warns(DataWarning, match="town"):
        model.partial_fit(strange, y[:10])
    assert [name for name in model.network_.x_names if "town" in name] == ["town[T.b]", "town[T.c]"]
    with pytest.raises(ValueError, match="'maybe', not among the classes"):
        model.partial_fit(X[:2], ["yes", "maybe"])


def test_partial_fit_wants_classes_first(flowers, species):
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        classify().partial_fit(flowers, species)
    model = classify().fit(flowers, species)
    with pytest.raises(ValueError, match="not those of the first call"):
        model.partial_fit(flowers, species, classes=["setosa", "virginica"])


def test_warm_start_continues(flowers, species):
    model = classify(warm_start=True).fit(flowers, species)
    before = model.network_.objective()[0]
    assert model.fit(flowers, species).n_iter_ <= 1
    assert model.network_.objective()[0] == pytest.approx(before)
    with pytest.raises(ValueError, match="warm_start=True continues"):
        model.fit(flowers.iloc[:, :2], species)


# A network in the place of an estimator ----------------------------------------------------------


def test_clone_of_a_network_names_the_estimators(flowers, species):
    net = classify().fit(flowers, species).network_
    with pytest.raises(TypeError, match="NeuralNetClassifier or NeuralNetRegressor") as caught:
        clone(net)
    assert "Petal" not in str(caught.value)
    with pytest.raises(AttributeError, match="NeuralNetClassifier"):
        net.set_params(hidden=3)


def test_fit_of_a_network_names_the_estimators():
    net = NeuralNetwork("y ~ x1", load_planar())
    for call in (lambda: net.fit(net.X, net.Y), lambda: net.fit(net.X, y=net.Y)):
        with pytest.raises(TypeError, match=r"NeuralNetRegressor of neuralnet\.sklearn"):
            call()
