"""na_action="impute" in all that a network does, beside a network of a table filled beforehand."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.model.fold import part, read_held, refit

NAN = np.nan
N = 60
FORMULA = "y ~ a + scale(b) + g"


def make_frame() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(2, N))
    g = rng.choice(["u", "v", "w"], N).astype(object)
    y = np.where(a + b + (g == "u") + rng.normal(size=N) > 0, "yes", "no")
    frame = pd.DataFrame({"y": y, "a": a, "b": b, "g": g, "z": a - b})
    frame.loc[rng.random(N) < 0.2, "a"] = NAN
    frame.loc[rng.random(N) < 0.2, "g"] = None
    return frame


FRAME = make_frame()
MEDIAN, MODE = FRAME["a"].median(), FRAME["g"].mode()[0]
FILLED = FRAME.assign(
    a=FRAME["a"].fillna(MEDIAN),
    g=FRAME["g"].fillna(MODE),
    A=FRAME["a"].isna().astype(float),
    G=FRAME["g"].isna().astype(float),
)
# As an indicator is, so that a is standardized and A is not.
JUDGE = f"{FORMULA} + A + G"


def make_net(formula: str = FORMULA, hidden: Any = 3, **options: Any) -> NeuralNetwork:
    options = {"seed": 1, "decay": 0.1, "init": 0.5} | options
    with pytest.warns(DataWarning, match="missing values imputed"):
        return NeuralNetwork(formula, FRAME, hidden, na_action="impute", **options)


@pytest.fixture
def net() -> NeuralNetwork:
    return make_net().train(30, optimizer="adam", trace=0)


@pytest.fixture
def judge() -> NeuralNetwork:
    made = NeuralNetwork(JUDGE, FILLED, 3, seed=1, decay=0.1, init=0.5)
    return made.train(30, optimizer="adam", trace=0)


def test_all_is_as_with_a_table_that_was_filled(net: NeuralNetwork, judge: NeuralNetwork) -> None:
    assert net.x_names == [*judge.x_names[:-2], "is.na(a)", "is.na(g)"]
    assert_array_equal(net.X, judge.X)
    assert_array_equal(net.theta, judge.theta)
    assert list(net.coef()["W1"].index) == net.x_names
    assert_array_equal(net.residuals, judge.residuals)
    assert net.compute_loss() == judge.compute_loss()


def test_r() -> None:
    """A linear model of R's, with medians and a most frequent level filled in by hand."""
    folder = Path(__file__).parents[1] / "reference"
    wanted = json.loads((folder / "imputation.json").read_text("utf-8"))
    table = pd.read_csv(folder / "airquality.csv")
    months = dict(zip(range(5, 10), ["May", "Jun", "Jul", "Aug", "Sep"], strict=True))
    table["Month"] = table["Month"].map(months).astype(object).mask(table["Day"] == 31)
    words = r"47 missing values .*: Ozone 37 \(31.5\), Solar.R 7 \(205\), Month 3 \('Aug'\)"
    with pytest.warns(DataWarning, match=words):
        net = NeuralNetwork(
            "Temp ~ log(Ozone) + poly(Solar.R, 2) + Month", table, 0, decay=0, na_action="impute"
        )
    assert (wanted["ozone"], wanted["solar"], wanted["month"]) == (31.5, 205, "Aug")
    net.train(optimizer="newton", trace=0)
    coefficients = net.coef()["W1"]["Temp"]
    # The indicators are behind the terms, in the order of their columns in the formula.
    assert_allclose(coefficients, wanted["coef"], rtol=1e-8)
    assert_allclose(net.predict(table), wanted["fitted"], rtol=1e-9)
    assert 2 * net.compute_loss() == pytest.approx(wanted["deviance"], rel=1e-10)


def test_data_are_read_as_the_training_rows_are(net: NeuralNetwork, judge: NeuralNetwork) -> None:
    assert_array_equal(net.fit(FRAME), net.fit())
    assert net.predict(FRAME).tolist() == judge.predict(FILLED).tolist()
    assert net.predict(FRAME, type="probs").notna().all(axis=None)
    assert net.compute_loss(FRAME) == judge.compute_loss(FILLED)
    assert net.accuracy(FRAME) == judge.accuracy()
    assert net.metrics(FRAME).overall.equals(judge.metrics().overall)
    assert net.confusion_matrix(FRAME).equals(judge.confusion_matrix())
    for one, other in zip(net.layers(FRAME), judge.layers(FILLED), strict=True):
        assert_array_equal(one.z, other.z)
    assert len(net.layers(FRAME.drop(columns="y"))[0].z) == N


def test_one_row_without_any_value(net: NeuralNetwork, judge: NeuralNetwork) -> None:
    with pytest.warns(DataWarning, match="'b' is missing as in no row of training: filled in"):
        given = net.predict({"a": [None], "b": [None], "g": [None]}, type="probs")
    wanted = {"a": [MEDIAN], "b": [FRAME["b"].median()], "g": [MODE], "A": [1.0], "G": [1.0]}
    assert_array_equal(given, judge.predict(wanted, type="probs"))


def test_levels_never_seen(net: NeuralNetwork) -> None:
    new = FRAME.head(3).assign(g=["?", "u", None], a=1.0)
    with pytest.raises(ValueError, match=r"'\?', which training never saw"):
        net.predict(new)
    words = r"^1 of 3 rows imputed, for levels that training never saw: column 'g' '\?'$"
    wanted = net.predict(new.assign(g=[None, "u", None]), type="probs")
    with pytest.warns(DataWarning, match=words):
        assert net.predict(new, type="probs", unseen="missing").equals(wanted)
    with pytest.warns(DataWarning, match=words):
        net.accuracy(new, unseen="missing")


def test_rows_without_a_response_are_left_out_as_ever(net: NeuralNetwork) -> None:
    some = FRAME.assign(y=FRAME["y"].mask(FRAME.index < 2))
    with pytest.warns(DataWarning, match="2 of 60 rows left out: missing values"):
        assert net.compute_loss(some) == pytest.approx(net.compute_loss(FRAME.iloc[2:]))


def test_rows_held_out_may_miss_values() -> None:
    held = FRAME.head(12)
    net = make_net().train(5, optimizer="adam", validation=held, trace=0)
    assert net.history["validation_loss"].notna().all()


def test_display_and_message() -> None:
    lines = str(make_net()).split("\n\n")[0].split("\n")
    assert lines[2] == "Beside the formula: na_action impute, decay 0.1."
    assert lines[3] == f"2 columns imputed: a {MEDIAN:.6g}, g {MODE!r}."
    complete = NeuralNetwork("y ~ b", FRAME, 2, na_action="impute")
    assert "Beside the formula: na_action impute." in str(complete)
    assert "imputed:" not in str(complete)


def test_penalty_factor_names_an_indicator() -> None:
    net = make_net(penalty_factor={"is.na(a)": 0, "g": 2})
    assert net._model.penalty_factor.tolist() == [1, 1, 1, 2, 2, 0, 1]
    assert "penalty_factor {'g': 2.0, 'is.na(a)': 0.0}" in str(net)
    with (
        pytest.warns(DataWarning, match="imputed"),
        pytest.raises(ValueError, match=r"'is.na\(b\)', which is no term.* Did you mean"),
    ):
        NeuralNetwork(FORMULA, FRAME, 2, na_action="impute", penalty_factor={"is.na(b)": 0})


def test_several_responses_weights_and_offset() -> None:
    frame = FRAME.assign(w=1.0, o=0.5).assign(w=lambda d: d["w"].mask(d.index == 4))
    with pytest.warns(DataWarning) as reported:
        net = NeuralNetwork(
            "cbind(b, z) ~ g + offset(o)",
            frame.fillna({"z": 0.0}),
            2,
            weights="w",
            na_action="impute",
        )
    assert len(reported) == 2
    assert net.nobs == N - 1
    assert net.x_names == ["Intercept", "g[T.v]", "g[T.w]", "is.na(g)"]
    assert net.predict({"g": [None], "o": [1.0]}).notna().all(axis=None)
    # What an offset is computed from is not imputed.
    assert net.predict({"g": ["u"], "o": [NAN]}).isna().all(axis=None)


class TestCopiesAndFiles:
    def test_clone_and_pickle(self, net: NeuralNetwork) -> None:
        new = FRAME.head(9).assign(b=np.where(np.arange(9) == 2, NAN, 1.0))
        with pytest.warns(DataWarning, match="'b' is missing as in no row of training"):
            wanted = net.predict(new, type="probs")
        for twin in (net.clone(), pickle.loads(pickle.dumps(net))):
            assert_array_equal(twin.X, net.X)
            with pytest.warns(DataWarning, match="'b' is missing as in no row of training"):
                assert twin.predict(new, type="probs").equals(wanted)

    @pytest.mark.parametrize("rows", [False, True])
    def test_file(self, net: NeuralNetwork, rows: bool, tmp_path: Any) -> None:
        path = tmp_path / "net.nn"
        net.save(path, data=rows)
        loaded = NeuralNetwork.load(path)
        assert str(loaded).split("\n")[3] == str(net).split("\n")[3]
        assert loaded.predict(FRAME, type="probs").equals(net.predict(FRAME, type="probs"))
        if rows:
            assert_array_equal(loaded.X, net.X)

    def test_file_with_the_rows_given_to_it(self, net: NeuralNetwork, tmp_path: Any) -> None:
        net.save(tmp_path / "net.nn")
        with pytest.warns(DataWarning, match="missing values imputed"):
            loaded = NeuralNetwork.load(tmp_path / "net.nn", FRAME)
        assert_array_equal(loaded.X, net.X)
        twice = (each.train(3, optimizer="adam", trace=0).theta for each in (loaded, net))
        assert_array_equal(*twice)


class TestFolds:
    def test_values_are_learned_from_the_rows_of_the_fold(self) -> None:
        net = make_net(hidden=0)
        positive = FRAME["a"].isna() | (FRAME["a"] > 0)
        keep = np.asarray(positive & (FRAME["g"].isna() | (FRAME["g"] == "w")))
        fold = refit(net._model, keep)
        some = FRAME[keep]
        assert fold.design.x_names == net._model.design.x_names
        a = some["a"].fillna(some["a"].median())
        columns = dict(zip(fold.design.x_names, fold.batch.X.T, strict=True))
        assert some["a"].median() != MEDIAN
        assert_allclose(columns["a"], a)
        assert_array_equal(columns["g[T.w]"], 1.0)
        assert_array_equal(columns["is.na(a)"], some["a"].isna())
        held = read_held(fold, net._model, ~keep)
        wanted = FRAME["a"][~keep].fillna(some["a"].median())
        assert_allclose(held.X[:, 1], wanted)

    def test_a_fold_without_missing_values_keeps_the_indicator_at_0(self) -> None:
        net = make_net(hidden=2)
        keep = np.asarray(FRAME.notna().all(axis=1))
        fold = refit(net._model, keep)
        assert fold.design.x_names == net._model.design.x_names
        assert fold.design.x_names[-2:] == ("is.na(a)", "is.na(g)")
        assert not fold.batch.X[:, -2:].any()
        theta = fold.draw(np.random.default_rng(1))
        assert not fold.perceptron.unflatten(theta)[0][-2:].any()

    def test_a_fold_without_a_value_takes_those_of_all_rows(self) -> None:
        frame = FRAME.assign(a=FRAME["a"].mask(FRAME.index > 2))
        frame.loc[:2, "a"] = [1.0, 2.0, 3.0]
        with pytest.warns(DataWarning, match="imputed"):
            net = NeuralNetwork("y ~ a + b", frame, 0, na_action="impute", decay=0.1)
        words = "in a fold of 57 rows: column 'a' has no value in 57 rows"
        with pytest.warns(DataWarning, match=words):
            fold, _ = part(net._model, np.arange(N) < 3)
        assert_array_equal(fold.batch.X[:, 1], 2.0)

    def test_cross_validation_by_hand(self) -> None:
        frame = FRAME.assign(z=2 * FRAME["a"].fillna(1.0) + np.arange(N) % 3)
        with pytest.warns(DataWarning, match="imputed"):
            net = NeuralNetwork("z ~ a", frame, 0, na_action="impute", decay=0.0, seed=3)
        groups = np.arange(N) % 2
        result = net.cross_validate(k=2, groups=groups, optimizer="newton")
        deviance = 0.0
        for fold in (0, 1):
            train, test = frame[groups != fold], frame[groups == fold]
            X = [
                np.column_stack(
                    [
                        np.ones(len(rows)),
                        rows["a"].fillna(train["a"].median()),
                        rows["a"].isna(),
                    ]
                ).astype(float)
                for rows in (train, test)
            ]
            beta = np.linalg.lstsq(X[0], train["z"], rcond=None)[0]
            deviance += float(((test["z"] - X[1] @ beta) ** 2).sum())
        assert result.deviance == pytest.approx(deviance / N, rel=1e-6)

    def test_choice_of_decay(self) -> None:
        net = make_net(hidden=0, decay=None).train(trace=0)
        assert net.decay in net.tuning["decay"].tolist()


class TestErrors:
    @pytest.mark.parametrize(
        ("value", "hint"),
        [
            ("mean", "Did you mean 'impute'?"),
            ("median", "Did you mean 'impute'?"),
            ("impute_median", "Did you mean 'impute'?"),
            ("imput", "Did you mean 'impute'?"),
            ("na.omit", "Did you mean 'drop'?"),
            ("na.fail", "Did you mean 'raise'?"),
            (True, "not True."),
            (None, "not None."),
            (["impute"], "not ['impute']."),
        ],
    )
    def test_mistyped_values(self, value: Any, hint: str) -> None:
        with pytest.raises((TypeError, ValueError)) as caught:
            NeuralNetwork(FORMULA, FRAME, 2, na_action=value)
        reported = str(caught.value)
        assert reported.startswith("na_action must be one of 'drop', 'impute', 'raise', not ")
        assert hint in reported

    def test_raise_names_it(self) -> None:
        words = "na_action='raise': fill them in, leave these rows out, or write na_action='impute'"
        with pytest.raises(ValueError, match=words):
            NeuralNetwork(FORMULA, FRAME, 2, na_action="raise")


def test_separation_is_described_with_imputed_levels() -> None:
    """The rows of a level are those where it is imputed too."""
    frame = pd.DataFrame(
        {
            "y": np.resize([0, 1], 40) == 1,
            "g": np.resize(["u", "v"], 40).astype(object),
            "x": np.arange(40.0) % 7,
        }
    )
    frame.loc[[1, 3], "g"] = None
    frame.loc[[6], "y"] = True
    with pytest.warns(DataWarning, match="imputed"):
        net = NeuralNetwork("y ~ g + x", frame, 0, family="binomial", na_action="impute")
    with pytest.warns(UserWarning, match="grow without end|without error"):
        net.train(optimizer="newton", trace=0)


@pytest.mark.parametrize(
    "term", ["factor(a > 0)", "factor(ntile(a, 2))", "relevel(cut(a, c(-9, 0, 9)), '(0,9]')"]
)
def test_number_in_a_factor_of_an_expression_is_filled_with_its_median(term):
    """The most frequent of distinct numbers is any of them."""
    a = np.random.default_rng(1).normal(size=40)
    table = pd.DataFrame({"a": np.where(np.arange(40) % 8 == 0, np.nan, a), "y": a})
    with pytest.warns(DataWarning, match="imputed"):
        net = NeuralNetwork(f"y ~ a + {term}", table, 0, na_action="impute", seed=1)
    place = net.x_names.index("a")
    assert net.X[0, place] == np.nanmedian(table["a"])
