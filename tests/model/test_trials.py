"""Successes and failures: rows of 0 trials, which R's glm drops, and columns without counts."""

import numpy as np
import pandas as pd
import pytest

from neuralnet import DataWarning, NeuralNetwork

NEWTON = {"optimizer": "newton", "trace": 0}
UNTRIED = [2, 7, 8]


def make_table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x = rng.normal(size=30)
    trials = rng.integers(1, 6, 30)
    trials[UNTRIED] = 0
    won = rng.binomial(trials, 1 / (1 + np.exp(-x)))
    share = np.where(trials > 0, won / np.maximum(trials, 1), 0.5)
    columns = {"won": won, "lost": trials - won, "trials": trials, "share": share}
    return pd.DataFrame({"x": x, **columns, "shift": 0.1 * x**2}, index=np.arange(100, 130))


def make(left: str, data: pd.DataFrame, **options: object) -> NeuralNetwork:
    options = {"seed": 1, "hidden": 0, "family": "binomial"} | options
    return NeuralNetwork(f"{left} ~ x + offset(shift)", data, **options)


# R 4.2.2: glm(cbind(won, lost) ~ x, binomial, epsilon = 1e-14) of the table named by the test.
GLM_COEFFICIENTS = [-0.6419215814988741, 0.3687932654859111]
GLM_DEVIANCE, GLM_ROWS = 0.0499152024620519, 4


FORMS = [("cbind(won, lost)", {}), ("share", {"weights": "trials"})]
forms = pytest.mark.parametrize(("left", "options"), FORMS, ids=["cbind", "share"])


@forms
def test_rows_without_trials_are_counted_and_dropped(left: str, options: dict) -> None:
    table = make_table()
    with pytest.warns(DataWarning, match="^3 of 30 rows dropped: they have 0 trials$") as reported:
        net = make(left, table, **options)
    assert len(reported) == 1
    some = make(left, table.drop(index=table.index[UNTRIED]), **options)
    for each in (net, some):
        each.train(**NEWTON)
    assert (net.nobs, net.theta.tobytes()) == (27, some.theta.tobytes())
    assert net.compute_loss() == some.compute_loss()
    for shown in (net.predict(), net.residuals, net.Y):
        assert shown.index.equals(table.index.delete(UNTRIED))
    assert np.isfinite(net.predict(table)).all()


@forms
def test_coefficients_deviance_and_rows_are_those_of_glm(left: str, options: dict) -> None:
    table = pd.DataFrame({"x": [0.0, 1, 2, 3, 4, 5], "won": [1, 0, 1, 2, 0, 3]})
    table["trials"] = [3, 0, 2, 3, 0, 4]
    table["lost"] = table["trials"] - table["won"]
    table["share"] = (table["won"] / table["trials"]).fillna(0.5)
    with pytest.warns(DataWarning, match="2 of 6 rows dropped: they have 0 trials"):
        net = NeuralNetwork(f"{left} ~ x", table, 0, family="binomial", seed=1, **options)
    net.train(**NEWTON)
    np.testing.assert_allclose(net.theta, GLM_COEFFICIENTS, rtol=1e-9)
    assert 2 * net.compute_loss() == pytest.approx(GLM_DEVIANCE, rel=1e-10)
    assert net.nobs == GLM_ROWS


@forms
def test_rows_without_trials_are_left_out_of_new_data(left: str, options: dict) -> None:
    table = make_table()
    some = table.drop(index=table.index[UNTRIED])
    net = make(left, some, **options)
    with pytest.warns(DataWarning, match="^3 of 30 rows left out: they have 0 trials$"):
        loss = net.compute_loss(table)
    assert loss == net.compute_loss(some)
    with pytest.warns(DataWarning, match="3 of 30 rows left out: they have 0 trials"):
        net.train(5, 0.01, trace=0, validation=table)
    with pytest.warns(DataWarning, match="3 of 30 rows left out: they have 0 trials"):
        layers = net.layers(table)
    assert len(layers[-1].z) == 27


@forms
def test_cross_validation_has_no_row_without_trials(left: str, options: dict) -> None:
    table = make_table()
    with pytest.warns(DataWarning, match="3 of 30 rows dropped"):
        net = make(left, table, **options)
    some = make(left, table.drop(index=table.index[UNTRIED]), **options)
    found, wanted = (each.cross_validate(k=3, optimizer="newton") for each in (net, some))
    pd.testing.assert_frame_equal(found.folds, wanted.folds)


@forms
def test_rows_of_a_loaded_network(left: str, options: dict, tmp_path: object) -> None:
    table = make_table()
    with pytest.warns(DataWarning, match="3 of 30 rows dropped"):
        net = make(left, table, **options)
    net.save(tmp_path / "net")
    with pytest.warns(DataWarning, match="3 of 30 rows dropped") as reported:
        again = NeuralNetwork.load(tmp_path / "net", data=table)
    assert len(reported) == 1
    assert again.output.tobytes() == net.output.tobytes()


def test_weights_given_row_by_row_stay_aligned_with_a_mask() -> None:
    table = make_table()
    mask = np.arange(30) % 4 != 0
    held = np.arange(30) % 5 == 0
    with pytest.warns(DataWarning, match="2 of 22 rows dropped: they have 0 trials"):
        net = make("share", table, weights=table["trials"].to_numpy(), subset=mask)
    wanted = mask & (table["trials"] > 0).to_numpy()
    twin = make("share", table[wanted], weights=table["trials"].to_numpy()[wanted])
    net.train(10, 0.01, trace=0, validation=held)
    twin.train(10, 0.01, trace=0, validation=held[wanted])
    assert net.theta.tobytes() == twin.theta.tobytes()
    pd.testing.assert_frame_equal(net.history, twin.history)


def test_no_trial_at_all_is_an_error() -> None:
    table = make_table().assign(won=0, lost=0)
    with pytest.raises(ValueError, match="0 and 0 in every row"):
        make("cbind(won, lost)", table)
    net = make("cbind(won, lost)", make_table().drop(index=make_table().index[UNTRIED]))
    with pytest.raises(ValueError, match="0 and 0 in every row"):
        net.compute_loss(table)


def test_surface_leaves_out_rows_without_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict = {}
    monkeypatch.setattr(
        "neuralnet.plots.model_plots.plot_surface",
        lambda *given, **options: asked.update(given=given),
    )
    table = make_table()
    net = NeuralNetwork(
        "cbind(won, lost) ~ x + shift",
        table.drop(index=table.index[UNTRIED]),
        family="binomial",
        seed=1,
    )
    with pytest.warns(DataWarning, match="left out: they have 0 trials"):
        net.plot_regions(data=table)
    np.testing.assert_array_equal(asked["given"][3], table["share"].drop(table.index[UNTRIED]))


def test_a_case_weight_of_0_leaves_counts_where_they_are() -> None:
    table = make_table().drop(index=make_table().index[UNTRIED])
    net = make("cbind(won, lost)", table, weights=np.arange(27) % 3)
    assert net.nobs == 27


# Two columns of 0 and 1 -------------------------------------------------------------------------


INDICATORS = pd.DataFrame({"x": np.arange(8.0), "a": [1, 1, 0, 0] * 2, "b": [1, 0, 1, 1] * 2})


@pytest.mark.parametrize("dtype", [int, float, bool])
def test_two_indicators_are_no_counts(dtype: type) -> None:
    table = INDICATORS.astype({"a": dtype, "b": dtype})
    reported = (
        r"cbind\(a, b\) means a successes and b failures of one response, .*: of 8 rows 2 are 1 "
        "and 1, two trials. If they are two responses, make one network for a and another for b"
    )
    with pytest.warns(DataWarning, match=reported):
        NeuralNetwork("cbind(a, b) ~ x", table, 0, family="binomial", seed=1)


def test_two_indicators_that_are_0_in_a_row() -> None:
    table = INDICATORS.assign(b=[1, 0, 1, 0] * 2)
    with pytest.warns(DataWarning) as reported:
        NeuralNetwork("cbind(a, b) ~ x", table, 0, family="binomial", seed=1)
    assert [str(each.message).partition(":")[0] for each in reported][1:] == ["2 of 8 rows dropped"]
    assert "2 are 1 and 1, two trials, and 2 are 0 and 0, no trial" in str(reported[0].message)


@pytest.mark.parametrize(
    ("left", "changes"),
    [
        ("cbind(a, 1 - a)", {}),
        ("cbind(a, b)", {"b": 1 - INDICATORS["a"]}),
        ("cbind(a, b)", {"b": INDICATORS["b"] + 1}),
        ("a", {}),
    ],
    ids=["one trial each", "so by a column", "counts", "classes"],
)
def test_counts_and_single_trials_give_no_warning(left: str, changes: dict) -> None:
    table = INDICATORS.assign(**changes)
    net = NeuralNetwork(f"{left} ~ x", table, 0, family="binomial", seed=1)
    assert net.nobs == len(table)


def test_two_indicators_of_another_family_mean_numbers() -> None:
    net = NeuralNetwork("cbind(a, b) ~ x", INDICATORS, 0, family="poisson", seed=1)
    assert net.output.shape == (len(INDICATORS), 2)
