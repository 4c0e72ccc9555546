"""Levels of categories: those of other types than text, and those of rows without a response."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import DataWarning, NeuralNetwork

TRAINED = {"optimizer": "newton", "trace": 0}
DAYS = pd.date_range("2024-01-30", periods=3)
# (id, three levels)
LEVELS = [
    ("intervals of pd.cut", list(pd.cut([0.5, 1.5, 2.5], [0, 1, 2, 3]).categories)),
    ("intervals of quartiles", list(pd.qcut(np.arange(30.0), 3).categories)),
    ("periods", list(pd.period_range("2024-01", periods=3, freq="M"))),
    ("timestamps", list(DAYS)),
    ("times of a zone", list(DAYS.tz_localize("Europe/Paris"))),
    ("dates", [day.date() for day in DAYS]),
    ("times", [datetime.time(hour) for hour in (8, 9, 10)]),
    ("durations", list(pd.to_timedelta([1, 2, 3], unit="D"))),
    ("pairs", [(1, 2), (1, 3), (2, 3)]),
    ("text and numbers", ["a", 1, 2.5]),
]
levels = case_by_case("found", [row[1] for row in LEVELS], ids=[row[0] for row in LEVELS])


def make_table(found: list, ordered: bool = False) -> pd.DataFrame:
    places = np.arange(30) % 3
    rng = np.random.default_rng(5)
    g = pd.Categorical.from_codes(places, pd.Index(found, tupleize_cols=False), ordered=ordered)
    return pd.DataFrame({"y": places + rng.normal(size=30), "a": rng.normal(size=30), "g": g})


def as_objects(values: list) -> pd.Series:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return pd.Series(held, dtype=object)


@levels
@pytest.mark.parametrize("ordered", [False, True])
def test_predict_takes_the_levels_themselves(found: list, ordered: bool) -> None:
    table = make_table(found, ordered)
    net = NeuralNetwork("y ~ g", table, hidden=0, seed=1).train(**TRAINED)
    # Without hidden units, what is predicted for a level is its mean.
    means = [table["y"][place::3].mean() for place in range(3)]
    other = pd.Index([found[2], found[0]], tupleize_cols=False)
    for new, wanted in (
        ({"g": as_objects(found)}, means),
        ({"g": as_objects([found[1]])}, means[1:2]),
        ({"g": as_objects([found[2], None, np.nan])}, [means[2], np.nan, np.nan]),
        (table.iloc[[4]], means[1:2]),
        (table.iloc[4], means[1:2]),
        (table["g"].iloc[[5]].astype(object).to_frame(), means[2:]),
        ({"g": pd.Categorical.from_codes([0, 1, -1], other)}, [means[2], means[0], np.nan]),
    ):
        np.testing.assert_allclose(net.predict(new), wanted, rtol=1e-9)


@pytest.mark.parametrize("closed", ["right", "left"])
def test_predict_takes_intervals_as_pandas_stores_them(closed: str) -> None:
    cut = pd.cut(np.linspace(0.1, 3.9, 40), [0, 1, 2, 4], right=closed == "right")
    table = pd.DataFrame({"y": np.arange(40.0), "g": cut})
    net = NeuralNetwork("y ~ g", table, hidden=0, seed=1).train(**TRAINED)
    first, _, last = means = table.groupby("g", observed=True)["y"].mean().tolist()
    array = pd.arrays.IntervalArray
    middle = pd.Interval(1.0, 2.0, closed)
    for new, wanted in (
        ({"g": pd.Interval(0, 1, closed)}, [first]),
        ({"g": [pd.Interval(0, 1, closed), pd.Interval(2.0, 4.0, closed)]}, [first, last]),
        ({"g": array.from_breaks([0.0, 1, 2], closed=closed)}, means[:2]),
        ({"g": pd.IntervalIndex([middle, None])}, [means[1], np.nan]),
        (
            {"g": pd.cut([0.5, 3.0, 9.0], [0, 1, 2, 4], right=closed == "right")},
            [first, last, np.nan],
        ),
    ):
        np.testing.assert_allclose(net.predict(new), wanted, rtol=1e-9)
    for strange in (pd.Interval(0, 2, closed), pd.Interval(0, 1, "both")):
        with pytest.raises(ValueError, match=r"column 'g' holds Interval.* training never saw"):
            net.predict({"g": [strange]})
        with pytest.warns(DataWarning, match=r"predicted as missing.*Interval"):
            assert net.predict({"g": [strange]}, unseen="missing").isna().all()
    with pytest.raises(TypeError, match=r"arrives as float64 \(0.5\): give the levels Interval"):
        net.predict({"g": [0.5]})


@pytest.mark.parametrize("term", ["g", "C(g)", "C(g, Sum)", "a:g"])
def test_terms_of_intervals_take_them(term: str) -> None:
    table = make_table(LEVELS[0][1])
    net = NeuralNetwork(f"y ~ {term}", table, hidden=2, seed=1)
    loose = table.assign(g=table["g"].astype(object))
    np.testing.assert_array_equal(net.predict(loose), net.predict(table))


@levels
def test_response_of_such_classes(found: list) -> None:
    table = make_table(found)
    net = NeuralNetwork("g ~ a + y", table, seed=1)
    loose = table.assign(g=table["g"].astype(object))
    assert net.compute_loss(loose) == net.compute_loss()
    assert net.accuracy(loose) == net.accuracy()


def test_intervals_go_through_a_file(tmp_path: object) -> None:
    table = make_table(LEVELS[0][1])
    net = NeuralNetwork("y ~ g", table, hidden=0, seed=1)
    net.save(tmp_path / "net")
    again = NeuralNetwork.load(tmp_path / "net")
    new = {"g": [pd.Interval(1, 2), pd.Interval(0, 1)]}
    np.testing.assert_array_equal(again.predict(new), net.predict(new))


def test_unhashable_values_are_refused() -> None:
    net = NeuralNetwork("y ~ g", make_table(LEVELS[0][1]), hidden=0, seed=1)
    with pytest.raises(TypeError, match="column 'g' holds 'list'"):
        net.predict({"g": as_objects([[1, 2]])})


def test_columns_of_interval_objects_must_become_categories_first() -> None:
    table = make_table(LEVELS[0][1])
    with pytest.raises(TypeError, match=r"holds 'Interval': .* with .astype\('category'\)"):
        NeuralNetwork("y ~ g", table.assign(g=table["g"].astype(object)))


# Levels of rows without a response --------------------------------------------------------------


def make_untaught(first: str = "b") -> pd.DataFrame:
    """Levels b, c and d in rows with a response; e, and the first level, only in others."""
    rng = np.random.default_rng(8)
    g = np.array([*rng.choice(list("bcd"), 60), "e", first, "b"])
    y = np.array([*rng.normal(size=60), *[np.nan] * 3]) + (g == "c")
    return pd.DataFrame({"y": y, "a": rng.normal(size=63), "g": g})


@pytest.mark.filterwarnings("ignore:3 of 63 rows dropped:UserWarning")
class TestUntaught:
    REPORTED = (
        r"^column 'g' has 'e' only in rows without a response: .* are based on no training row$"
    )

    def make(self, text: str, table: pd.DataFrame, reported: str = REPORTED, **options: object):
        with pytest.warns(DataWarning, match=reported):
            return NeuralNetwork(text, table, **{"hidden": 0, "seed": 1} | options)

    @pytest.mark.parametrize("kind", [list, pd.Categorical])
    def test_level_is_known(self, kind: type) -> None:
        table = make_untaught()
        table["g"] = kind(table["g"])
        net = self.make("y ~ a + g", table)
        assert net.x_names == ["Intercept", "a", "g[T.c]", "g[T.d]", "g[T.e]"]
        assert (net.nobs, net.predict(table).isna().sum()) == (60, 0)
        with pytest.raises(ValueError, match="holds 'f', which training never saw"):
            net.predict({"a": 0.0, "g": "f"})

    @pytest.mark.parametrize("text", ["y ~ a + g", "y ~ a * g", "y ~ C(g) + a", "y ~ a + g - 1"])
    @pytest.mark.parametrize(
        "training",
        [
            {"optimizer": "newton"},
            {"optimizer": "lbfgs"},
            {"optimizer": "rprop", "iterations": 40},
            {"optimizer": "adam", "iterations": 40},
            {"iterations": 40, "learn_rate": 0.001},
        ],
        ids=lambda training: training.get("optimizer", "gradient_descent"),
    )
    def test_training_is_that_of_the_other_rows(self, text: str, training: dict) -> None:
        table = make_untaught()
        net, some = self.make(text, table), NeuralNetwork(text, table[:60], hidden=0, seed=1)
        places = [net.x_names.index(name) for name in some.x_names]
        theta = np.zeros(len(net.x_names))
        theta[places] = some.theta
        net.theta = theta
        for each in (net, some):
            each.train(trace=0, **training)
        np.testing.assert_allclose(net.theta[places], some.theta, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(np.delete(net.theta, places), 0.0, atol=1e-12)
        assert net.converged == some.converged
        np.testing.assert_allclose(net.predict(table[:60]), some.predict(), rtol=1e-6, atol=1e-9)

    @pytest.mark.parametrize("hidden", [0, 3])
    @pytest.mark.parametrize("init", [0.5, "glorot", "uniform", lambda rng, shape: np.ones(shape)])
    def test_it_is_predicted_as_the_reference_level(self, hidden: int, init: object) -> None:
        table = make_untaught()
        net = self.make("y ~ a * g", table, hidden=hidden, init=init, skip=hidden > 0)
        net.train(30, 0.001, trace=0)
        strange, first = (net.predict({"a": [-1.0, 2.0], "g": level}) for level in "eb")
        np.testing.assert_allclose(strange, first, rtol=1e-12)

    def test_automatic_training(self) -> None:
        table = make_untaught()
        net = self.make("y ~ a + g", table, hidden=2).train(trace=0)
        assert net.converged
        assert np.isfinite(net.predict(table)).all()

    def test_level_without_rows_is_not_the_reference_level(self) -> None:
        net = self.make("y ~ g", make_untaught(first="a"), "has 'a', 'e' only in rows")
        assert net.x_names == ["Intercept", "g[T.c]", "g[T.d]", "g[T.a]", "g[T.e]"]
        # So X has full rank but for the columns of nothing.
        assert np.linalg.matrix_rank(net.X) == 3

    def test_order_of_an_ordered_category_stays(self) -> None:
        table = make_untaught(first="a")
        table["g"] = pd.Categorical(table["g"], ordered=True)
        net = self.make("y ~ I(g < 'c')", table, "has 'a', 'e' only in rows")
        np.testing.assert_array_equal(
            net.predict({"g": ["a", "b", "e", "d"]}).duplicated(), [False, True, False, True]
        )

    def test_cross_validation_has_the_same_columns(self) -> None:
        net = self.make("y ~ a + g", make_untaught())
        found = net.cross_validate(k=3, optimizer="newton")
        assert np.isfinite(found.folds.select_dtypes("number")).all(axis=None)

    def test_file_keeps_it(self, tmp_path: object) -> None:
        table = make_untaught()
        net = self.make("y ~ a + g", table)
        net.save(tmp_path / "net")
        again = NeuralNetwork.load(tmp_path / "net", data=table)
        assert again.output.tobytes() == net.output.tobytes()
        np.testing.assert_array_equal(again.predict(table), net.predict(table))

    def test_several_columns_are_one_warning(self) -> None:
        table = make_untaught()
        table["h"] = table["g"]
        with pytest.warns(DataWarning) as reported:
            NeuralNetwork("y ~ g + h", table, hidden=0, seed=1)
        assert [str(each.message) for each in reported][:1] == [
            "2 columns have levels only in rows without a response: 'g' ('e'), 'h' ('e'). "
            "Predictions there are based on no training row"
        ]

    @pytest.mark.parametrize("change", ["predictor", "subset", "weight"])
    def test_rows_left_out_for_another_reason_add_no_level(self, change: str) -> None:
        table = make_untaught().assign(w=1.0)
        table["y"] = table["y"].fillna(0.0)
        last = table.index[60:]
        options: dict = {"subset": np.arange(63) < 60} if change == "subset" else {}
        if change == "predictor":
            table.loc[last, "a"] = np.nan
        if change == "weight":
            table.loc[last, "w"], options = np.nan, {"weights": "w"}
        reported = "has no row of 'e'" if change == "predictor" else "3 of 63 rows"
        if change == "subset":
            net = NeuralNetwork("y ~ a + g", table, hidden=0, seed=1, **options)
        else:
            with pytest.warns(DataWarning, match=reported):
                net = NeuralNetwork("y ~ a + g", table, hidden=0, seed=1, **options)
        assert net.x_names[-1] == "g[T.d]"
        if change == "predictor":  # where it is predicted as missing
            assert net.predict(table).isna().sum() == 3


def test_other_bins_than_in_training_are_refused_with_the_call_of_cut():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60)})
    trained = data["b"] = pd.cut(data["x"], [-9, -1, 1, 9])
    net = NeuralNetwork("y ~ b", data, hidden=0, seed=1).train(5, trace=0)
    for other in (pd.cut(data["x"], 4), data["x"]):
        with pytest.raises(
            (TypeError, ValueError), match=r"Cut new .* as in pd\.cut\("
        ) as reported:
            net.predict(pd.DataFrame({"b": other}))
        code = re.search(r"as in (pd\.cut\(.*?\)),", str(reported.value))[1]
        cut = eval(code, {"pd": pd, "x": data["x"], "trained": trained})
        np.testing.assert_array_equal(net.predict(pd.DataFrame({"b": cut})), net.fitted)
