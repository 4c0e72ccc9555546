"""Networks on dates: predictions, files, pickles, folds, subsets, plots."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.model.fold import refit

N = 40
TEXT = "y ~ x + days(d) + C(month(d)) + sin(2*pi*hour(d)/24)"


def make(kind="dates"):
    rng = np.random.default_rng(2)
    days = pd.Series(pd.date_range("2024-01-05 07:00", periods=N, freq="53h"))
    kinds = {
        "dates": lambda: days,
        "zone": lambda: days.dt.tz_localize("Europe/Berlin"),
        "text": lambda: days.astype(str),
        "date": lambda: days.dt.date.astype(object),
    }
    x = rng.normal(size=N)
    return pd.DataFrame({"y": x + rng.normal(size=N), "x": x, "d": kinds[kind]()})


def train(text=TEXT, kind="dates", **options):
    options = {"hidden": 0, "decay": 0.01, "seed": 1} | options
    return NeuralNetwork(text, make(kind), **options).train(optimizer="newton", trace=0)


@pytest.mark.parametrize("kind", ["dates", "zone", "text", "date"])
def test_files_pickles_and_copies_keep_the_dates_of_training(kind, tmp_path):
    net, new = train(kind=kind), make(kind)[5:9]
    wanted = net.predict(new)
    assert net.x_names[2] == "days(d)" and not wanted.isna().any()
    path = tmp_path / "net.nn"
    net.save(path)
    loaded = NeuralNetwork.load(path)
    for other in (loaded, pickle.loads(pickle.dumps(net)), net.clone()):
        pd.testing.assert_series_equal(other.predict(new), wanted, check_exact=True)
    again = NeuralNetwork.load(path, make(kind))
    assert again.compute_loss() == net.compute_loss()


@pytest.mark.parametrize("kind", ["dates", "zone", "text"])
def test_files_hold_the_rows(kind, tmp_path):
    net = train(kind=kind)
    net.save(tmp_path / "net.nn", data=True)
    again = NeuralNetwork.load(tmp_path / "net.nn")
    assert again.compute_loss() == net.compute_loss()
    np.testing.assert_array_equal(again.X, net.X)


def test_new_rows_of_other_types_and_zones():
    net = train(kind="zone")
    row = {"x": 1.0, "d": pd.Timestamp("2024-03-01 09:00", tz="Europe/Berlin")}
    wanted = net.predict(row).iloc[0]
    for value in ("2024-03-01 09:00", "2024-03-01T08:00Z", pd.Timestamp("2024-03-01 08:00Z")):
        assert net.predict(row | {"d": value}).iloc[0] == wanted
        assert net.predict(pd.Series(row | {"d": value})).iloc[0] == wanted
    assert np.isnan(net.predict(row | {"d": None}).iloc[0])
    with pytest.raises(TypeError, match="column 'd' had no time zone in training"):
        train().predict(row)
    with pytest.raises(TypeError, match=r"column 'd' is int64 \(20240301\).*format='%Y%m%d'"):
        net.predict(row | {"d": 20240301})
    with pytest.raises(ValueError, match=r"text such as '1\.3\.2024', which is no ISO date"):
        net.predict(row | {"d": "1.3.2024"})


def test_missing_dates_are_missing_values():
    table = make()
    table.loc[[3, 4], "d"] = pd.NaT
    with pytest.warns(DataWarning, match=r"2 of 40 rows dropped: .*\(d 2\)"):
        net = NeuralNetwork(TEXT, table, hidden=0, seed=1)
    assert net.predict(table).isna().sum() == 2


def test_days_are_learned_from_the_rows_of_a_fold():
    net = train("y ~ x + days(d)")
    late = np.arange(N) >= 10
    fold = refit(net._model, late)
    days = make()["d"][late]
    wanted = (days - days.min()) / pd.Timedelta(days=1)
    np.testing.assert_allclose(fold.rows.X[:, 2], wanted, rtol=1e-15)
    assert net.cross_validate(k=4, optimizer="newton").deviance > 0


def test_subsets_by_dates():
    table = make()
    net = NeuralNetwork("y ~ x", table, hidden=0, subset="month(d) >= 2 & weekday(d) < 6")
    kept = (table["d"].dt.month >= 2) & (table["d"].dt.strftime("%u").astype(int) < 6)
    assert len(net.X) == kept.sum() > 0


def test_the_dot_of_files_and_folds(tmp_path):
    table = make().assign(name=[f"id {k}" for k in range(N)], g=["u", "v"] * 20)
    with pytest.warns(DataWarning, match="leaves out 2 columns: 'd'") as reported:
        net = NeuralNetwork("y ~ .", table, hidden=2, seed=1)
    assert len(reported) == 1
    assert net.x_names == ["Intercept", "x", "g[T.v]"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.train(5, learn_rate=1e-3, trace=0).save(tmp_path / "net.nn")
        loaded = NeuralNetwork.load(tmp_path / "net.nn", table)
        new = table[["x", "g"]]
        pd.testing.assert_series_equal(loaded.predict(new), net.predict(new), check_exact=True)
        net.cross_validate(k=3, iterations=5, learn_rate=1e-3)
    # A column that the dot leaves out, and that is named: after loading it is left out as before.
    text = "y ~ .:x + C(name) - C(name) + hour(d)"
    net = NeuralNetwork(text, table, hidden=0, seed=1)
    net.save(tmp_path / "named.nn")
    assert NeuralNetwork.load(tmp_path / "named.nn").x_names == net.x_names


def test_plots_have_an_axis_of_dates():
    pytest.importorskip("matplotlib")
    from matplotlib.dates import AutoDateLocator
    from matplotlib.figure import Figure

    net = train("y ~ x + days(d)")
    ax = net.plot_regions(ax=Figure().add_subplot(), resolution=10)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "d")
    assert isinstance(ax.yaxis.get_major_locator(), AutoDateLocator)
    low, high = ax.get_ylim()
    first, last = make()["d"].iloc[[0, -1]]
    assert low < (first - pd.Timestamp(0)) / pd.Timedelta(days=1) < high
    assert high > (last - pd.Timestamp(0)) / pd.Timedelta(days=1)


@case_by_case("na_action", ["drop", "impute"])
@case_by_case("cause", ["y", "x", "d", "w"])
def test_row_may_be_left_out_for_any_reason(cause, na_action):
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"x": rng.normal(size=20), "y": rng.normal(size=20), "w": 1.0})
    table["d"] = pd.date_range("2024-01-01", periods=20)
    table[cause] = table[cause].where(table.index > 1)
    with pytest.warns(DataWarning, match="missing values"):
        net = NeuralNetwork("y ~ x + days(d)", table, 0, weights="w", na_action=na_action, seed=1)
    kept = 20 if cause == "x" and na_action == "impute" else 18
    assert len(net.X) == kept
    assert net.predict({"x": 0.0, "d": "2024-02-01"}).notna().all()
