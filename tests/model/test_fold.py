"""Folds of a model: levels of the whole table, means and knots of the fold, and held-out rows."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import patsy
import pytest
from hypothesis import given, settings
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.model.fold import read_held, refit
from neuralnet.model.new_data import read_batch

N = 40
RNG = np.random.default_rng(8)


def make_table(n=N):
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "y": rng.normal(5.0, 2.0, n),
            "a": rng.permutation(np.arange(n)) + rng.uniform(0, 0.5, n),
            "b": rng.uniform(1.0, 9.0, n),
            "k": rng.permutation(np.arange(n) % 4),
            "g": rng.permutation(np.resize(list("uvw"), n)),
            "t": rng.permutation(np.arange(n) % 2 == 0),
            "o": pd.Categorical(
                rng.permutation(np.resize(["low", "mid", "high"], n)),
                ["low", "mid", "high"],
                ordered=True,
            ),
            "species": rng.permutation(np.resize(["ape", "bat", "cat"], n)),
            "w": rng.integers(1, 4, n).astype(float),
        },
        index=[f"row {i}" for i in range(n)],
    )


TABLE = make_table()
# Rows that include every level, and the ends of both numbers.
KEEP = np.arange(N) % 4 > 0
KEEP[[TABLE[c].argmin() for c in "ab"] + [TABLE[c].argmax() for c in "ab"]] = True


def make_model(formula, table=TABLE, hidden=2, **options):
    return NeuralNetwork(formula, table, hidden, **({"seed": 1, "init": 0.5} | options))._model


def draw_theta(model):
    return np.random.default_rng(0).normal(0.0, 0.3, model.perceptron.n_parameters)


def cut_in_three(x):
    return pd.cut(x, [-np.inf, 3.0, 6.0, np.inf], labels=["few", "some", "many"])


ROWWISE = [
    "y ~ 1",
    "y ~ a + log(b) + I(a * b)",
    "y ~ g*a + t + o",
    "y ~ C(k) + C(k, Sum):a + C(b > 3) - 1",
    "log(b) ~ poly(a, 3, raw=True) + C(g, Treatment('v'))",
    "y ~ thirds(b) + a",
    "species ~ .",
    "C(k) ~ a + g",
    "t ~ a*o",
    "cbind(y, b) ~ a + g + offset(b)",
    "y ~ relevel(g, 'v') + interaction(g, t) + pool(species, 2)",
    "y ~ factor(k, labels=c('a', 'b', 'c', 'd'))",
    "y ~ cut(b, c(0, 3, 10)):g + cut(a, [-Inf, 9, Inf], labels=['few', 'many'])",
    "relevel(species, 'cat') ~ a",
    "cut(y, c(-Inf, 4, 6, Inf)) ~ b",
]


@pytest.mark.parametrize("formula", ROWWISE)
@settings(max_examples=10)
@given(keep=st.lists(st.booleans(), min_size=N, max_size=N).filter(any))
def test_fold_without_fitted_transforms_is_a_subset_bit_for_bit(formula, keep):
    """Also if levels are missing in the fold."""
    keep = np.array(keep)
    model = make_model(formula, env={"thirds": cut_in_three}, weights="w")
    fold = refit(model, keep)
    assert fold.design.x_names == model.design.x_names
    assert fold.perceptron == model.perceptron
    assert fold.labels == model.labels
    assert fold.rows.index.equals(model.rows.index[keep])
    for read, rows in ((fold.batch, keep), (read_held(fold, model, ~keep), ~keep)):
        for mine, whole in zip(read, model.batch, strict=True):
            assert (mine is None) == (whole is None)
            if mine is not None:
                assert mine.dtype == whole.dtype
                assert mine.tobytes() == whole[rows].tobytes()


def test_breaks_are_the_folds_and_labels_the_whole_tables():
    model = make_model("y ~ cut(b, 3)", hidden=0)
    keep = (TABLE["b"] < TABLE["b"].median()).to_numpy()
    fold = refit(model, keep)
    assert fold.design.x_names == model.design.x_names
    low, high = TABLE["b"][keep].min(), TABLE["b"][keep].max()
    thirds = 1 + np.floor(3 * (TABLE["b"] - low) / (high - low)).clip(0, 2).to_numpy()
    wanted = np.column_stack([np.ones(N), thirds == 2, thirds == 3])
    # The end of an interval belongs to it: no value but the highest lies on one.
    np.testing.assert_array_equal(fold.batch.X, wanted[keep])
    np.testing.assert_array_equal(read_held(fold, model, ~keep).X, wanted[~keep])


def test_classes_are_the_whole_tables_intervals():
    model = make_model("cut(y, 3) ~ scale(a)", hidden=0)
    keep = (TABLE["y"] < TABLE["y"].median()).to_numpy()
    fold = refit(model, keep)
    assert fold.labels == model.labels
    np.testing.assert_array_equal(fold.batch.Y, model.batch.Y[keep])
    np.testing.assert_array_equal(read_held(fold, model, ~keep).Y, model.batch.Y[~keep])


def test_pooled_levels_are_the_whole_tables():
    table = TABLE.assign(g=["rare"] * 5 + [*"uv"] * 17 + ["w"])
    model = make_model("y ~ pool(g, 6) + scale(a)", table, hidden=0)
    fold = refit(model, np.arange(N) < 30)
    assert fold.design.x_names == (
        "Intercept",
        "pool(g, 6)[T.v]",
        "pool(g, 6)[T.other]",
        "scale(a)",
    )
    np.testing.assert_array_equal(fold.batch.X[:, 1:3], model.batch.X[:30, 1:3])


LEARNING = [
    "y ~ scale(a)",
    "y ~ center(a)*g + standardize(b)",
    "y ~ poly(a, 3) + C(k)",
    "y ~ bs(a, df=5):t",
    "y ~ cr(a, df=4) + cc(b, df=4)",
    "y ~ te(cr(a, df=3), cr(b, df=3), constraints='center')",
    "y ~ poly(scale(log(b)), 2) + o",
    "scale(y) ~ a",
    "cbind(center(y), b) ~ a + g",
    "species ~ scale(a) + scale(b)",
    "y ~ scale(a) + offset(center(b))",
    "y ~ C(scale(a) > 0) + b",
    "y ~ ntile(a, 5) + factor(ntile(b, 3), levels=[3, 2, 1])",
    "y ~ cut(a, 4, labels=c('a', 'b', 'c', 'd')):g",
    "y ~ relevel(interaction(cut(scale(a), 2, labels=['lo', 'hi']), g), 'hi.v')",
    "species ~ pool(cut(a, 2, labels=['lo', 'hi']), 2)",
]


@case_by_case("options", [{}, {"weights": "w", "scale": True, "decay": 0.1}])
@case_by_case("formula", LEARNING)
def test_fold_equals_a_network_of_its_rows(formula, options):
    model = make_model(formula, **options)
    fold = refit(model, KEEP)
    wanted = make_model(formula, TABLE[KEEP], **options)
    if options and model.response_spreads:
        # Several responses are counted in the units of the whole table.
        assert model.response_spreads != wanted.response_spreads
        wanted = replace(wanted.configure(scale=False), response_spreads=model.response_spreads)
        wanted = wanted.configure(scale=True)
    theta = draw_theta(model)
    assert fold.rows.X.tobytes() == wanted.rows.X.tobytes()
    assert fold.batch.Y.tobytes() == wanted.batch.Y.tobytes()
    assert fold.objective(theta)[0] == wanted.objective(theta)[0]
    np.testing.assert_array_equal(fold.objective(theta)[1], wanted.objective(theta)[1])
    assert fold.baseline == wanted.baseline
    held, read = read_held(fold, model, ~KEEP), read_batch(wanted, TABLE[~KEEP])
    assert held.X.tobytes() == read.X.tobytes()
    assert held.Y.tobytes() == read.Y.tobytes()
    assert fold.evaluate(theta, held).loss == wanted.evaluate(theta, read).loss
    assert fold.evaluate(theta, held).weight == (TABLE["w"][~KEEP].sum() if options else sum(~KEEP))


@settings(max_examples=40)
@given(keep=st.lists(st.booleans(), min_size=N, max_size=N).filter(lambda keep: sum(keep) > 1))
def test_means_are_of_the_fold_and_levels_of_all_rows(keep):
    keep = np.array(keep)
    model = make_model("species ~ scale(a) + g", weights="w", hidden=0)
    fold = refit(model, keep)
    theta = draw_theta(model)
    a = TABLE["a"].to_numpy()
    scaled = (a - a[keep].mean()) / a[keep].std(ddof=1)
    assert fold.design.x_names == ("Intercept", "scale(a)", "g[T.v]", "g[T.w]")
    X = np.column_stack([np.ones(N), scaled, TABLE["g"] == "v", TABLE["g"] == "w"])
    np.testing.assert_allclose(fold.batch.X, X[keep], rtol=1e-12, atol=1e-12)
    held = read_held(fold, model, ~keep)
    eta = X @ theta.reshape(4, 3)
    truth = TABLE["species"].map({"ape": 0, "bat": 1, "cat": 2}).to_numpy()
    losses = np.log(np.exp(eta).sum(axis=1)) - eta[np.arange(N), truth]
    wanted = (TABLE["w"].to_numpy() * losses)[~keep].sum()
    np.testing.assert_allclose(fold.evaluate(theta, held).loss, wanted, rtol=1e-10, atol=1e-12)


def test_positions_are_rows_as_a_mask_is():
    model = make_model("y ~ scale(a)")
    mask = refit(model, KEEP)
    positions = RNG.permutation(np.flatnonzero(KEEP))
    assert refit(model, positions).fingerprint == mask.fingerprint
    held = read_held(mask, model, np.flatnonzero(~KEEP)[::-1])
    assert held.X.tobytes() == read_held(mask, model, ~KEEP).X.tobytes()


@pytest.mark.parametrize("formula", ["y ~ a + g", "y ~ scale(a) + g"])
def test_dropped_rows_stay_out_and_are_reported_once(formula):
    table = TABLE.copy()
    table.iloc[[3, 10], 1] = np.nan
    offset = np.arange(N, dtype=float)
    with pytest.warns(UserWarning, match="2 of 35 rows dropped") as reported:
        weights = TABLE["w"].to_numpy()
        subset = np.arange(N) % 8 != 7
        model = make_model(formula, table, subset=subset, offset=offset, weights=weights)
    assert len(reported) == 1
    positions = np.array([row for row in range(N) if row % 8 != 7 and row not in (3, 10)])
    keep = np.arange(len(positions)) % 3 > 0
    fold = refit(model, keep)
    np.testing.assert_array_equal(fold.model_frame.positions, positions[keep])
    assert fold.rows.index.equals(TABLE.index[positions[keep]])
    assert fold.model_frame.labels.equals(TABLE.index)
    for batch, rows in ((fold.batch, keep), (read_held(fold, model, ~keep), ~keep)):
        np.testing.assert_array_equal(batch.offset[:, 0], offset[positions[rows]])
        np.testing.assert_array_equal(batch.w, weights[positions[rows]])
        np.testing.assert_array_equal(batch.Y[:, 0], TABLE["y"].to_numpy()[positions[rows]])


def test_offset_for_each_class_follows():
    table = TABLE.assign(p=1.0, q=TABLE["a"], r=-TABLE["b"])
    model = make_model("species ~ scale(b)", table, offset=["p", "q", "r"])
    fold = refit(model, KEEP)
    wanted = table[["p", "q", "r"]].to_numpy()
    np.testing.assert_array_equal(fold.batch.offset, wanted[KEEP])
    np.testing.assert_array_equal(read_held(fold, model, ~KEEP).offset, wanted[~KEEP])


def test_fitted_offset_is_added_to_one_given_row_by_row():
    model = make_model("y ~ a + offset(center(b))", offset=TABLE["w"].to_numpy())
    fold = refit(model, KEEP)
    offset = (TABLE["b"] - TABLE["b"][KEEP].mean() + TABLE["w"]).to_numpy()
    np.testing.assert_allclose(fold.batch.offset[:, 0], offset[KEEP], rtol=1e-13, atol=1e-14)
    held = read_held(fold, model, ~KEEP)
    np.testing.assert_allclose(held.offset[:, 0], offset[~KEEP], rtol=1e-13, atol=1e-14)


def test_column_that_is_constant_in_a_fold_is_kept():
    """The dot is expanded by the whole table, for the fold too."""
    table = TABLE.assign(id=[f"id {i // 2}" for i in range(N)])
    model = make_model("y ~ .", table)
    keep = (table["g"] == "u").to_numpy() & (np.arange(N) % 2 == 0)
    fold = refit(model, keep)
    assert fold.design.x_names == model.design.x_names
    assert not fold.batch.X[:, fold.design.x_names.index("g[T.v]")].any()
    assert fold.perceptron.n_parameters == model.perceptron.n_parameters


def test_levels_of_fitted_transforms_are_those_of_all_rows():
    """Adds 0 to k, by way of a mean; the fold has no row of the last level of k."""
    keep = (TABLE["k"] < 3).to_numpy()
    for text in ("C(k)", "C(k, Sum)", "C(k, Poly)"):
        model = make_model(f"y ~ {text}")
        learned = make_model(f"y ~ {text.replace('k', 'k + 0 * center(a)')}")
        fold = refit(learned, keep)
        np.testing.assert_array_equal(fold.batch.X, model.batch.X[keep])
        np.testing.assert_array_equal(read_held(fold, learned, ~keep).X, model.batch.X[~keep])


def test_scaled_coordinates_are_those_of_the_fold():
    model = make_model("y ~ a + b", scale=True)
    fold = refit(model, KEEP)
    rows, reading = TABLE.loc[KEEP], fold.scaling.layers[0]
    np.testing.assert_allclose(reading.center[1:], rows[["a", "b"]].mean(), rtol=1e-14)
    np.testing.assert_allclose(reading.spread[1:], rows[["a", "b"]].std(ddof=0), rtol=1e-14)
    np.testing.assert_allclose(fold.scaling.y_center, rows["y"].mean(), rtol=1e-14)
    np.testing.assert_allclose(fold.scaling.y_spread, rows["y"].std(ddof=0), rtol=1e-14)
    assert fold.objective.scaling is fold.scaling


def test_class_weights_are_those_of_all_rows():
    model = make_model("species ~ a", class_weight="balanced")
    keep = (TABLE["species"] != "bat").to_numpy()
    fold = refit(model, keep)
    assert fold.class_weights is model.class_weights
    theta = draw_theta(model)
    held = fold.evaluate(theta, fold.apply_class_weights(read_held(fold, model, ~keep))).loss
    np.testing.assert_allclose(
        fold.objective(theta)[0] + held, model.objective(theta)[0], rtol=1e-13
    )


@case_by_case("formula", LEARNING)
def test_the_model_of_all_rows_is_unchanged(formula):
    model = make_model(formula)
    before = model.design.read(TABLE)
    fold = refit(model, KEEP)
    read_held(fold, model, ~KEEP)
    after = model.design.read(TABLE)
    assert before.X.tobytes() == after.X.tobytes()
    assert before.response.tobytes() == after.response.tobytes()


def test_fold_of_a_fold_is_that_of_its_rows():
    model = make_model("y ~ scale(a) + poly(b, 2)")
    inner = np.arange(KEEP.sum()) % 3 > 0
    twice = refit(refit(model, KEEP), inner)
    once = refit(model, np.flatnonzero(KEEP)[inner])
    assert twice.fingerprint == once.fingerprint


def test_network_from_a_file_is_refitted_in_folds(tmp_path):
    net = NeuralNetwork("species ~ scale(a) + C(k) + bs(b, df=4)", TABLE, 2, seed=1)
    net.save(tmp_path / "net", data=True)
    loaded = NeuralNetwork.load(tmp_path / "net")
    fold, wanted = refit(loaded._model, KEEP), refit(net._model, KEEP)
    assert fold.fingerprint == wanted.fingerprint
    net.save(tmp_path / "net")
    with pytest.raises(ValueError, match="loaded without its training rows"):
        refit(NeuralNetwork.load(tmp_path / "net")._model, KEEP)


# B-splines -----------------------------------------------------------------------------------


def test_boundary_knots_are_of_all_rows_and_inner_knots_of_the_fold():
    ends = np.isin(np.arange(N), [TABLE["a"].argmin(), TABLE["a"].argmax()])
    keep = KEEP & ~ends
    model = make_model("y ~ bs(a, df=6)")
    fold = refit(model, keep)
    low, high = TABLE["a"].min(), TABLE["a"].max()
    text = f"y ~ bs(a, df=6, lower_bound={float(low)!r}, upper_bound={float(high)!r})"
    wanted = make_model(text, TABLE[keep])
    assert fold.rows.X.tobytes() == wanted.rows.X.tobytes()
    assert read_held(fold, model, ~keep).X.tobytes() == read_batch(wanted, TABLE[~keep]).X.tobytes()


def test_boundary_knots_of_transformed_columns_are_found_too():
    """A B-spline does not depend on the units of its column."""
    keep = np.argsort(np.argsort(TABLE["a"])) % 39 > 0
    plain, scaled = (make_model(f"y ~ bs({x}, df=6)") for x in ("a", "scale(a)"))
    some, others = refit(plain, keep), refit(scaled, keep)
    np.testing.assert_allclose(some.batch.X, others.batch.X, rtol=1e-9, atol=1e-12)
    one, other = read_held(some, plain, ~keep), read_held(others, scaled, ~keep)
    assert len(one.X) == 2
    np.testing.assert_allclose(one.X, other.X, rtol=1e-9, atol=1e-12)


def test_natural_spline_beyond_the_fold_gives_no_warning():
    """Natural splines extrapolate linearly; any warning is an error in the tests."""
    order = np.argsort(TABLE["a"].to_numpy())
    keep = np.ones(N, dtype=bool)
    keep[order[-3:]] = False
    model = make_model("y ~ cr(a, df=4)")
    fold = refit(model, keep)
    X, a = read_held(fold, model, ~keep).X, TABLE["a"].to_numpy()[~keep]
    a, X = np.sort(a), X[np.argsort(a)]
    slopes = np.diff(X, axis=0) / np.diff(a)[:, None]
    np.testing.assert_allclose(slopes[0], slopes[1], rtol=1e-9, atol=1e-12)
    assert np.abs(slopes).max() > 0.01


# Errors --------------------------------------------------------------------------------------


SAME = np.isin(np.arange(N), [1, 2, 3])
UNDEFINED = [
    ("y ~ scale(c)", r"in a fold of 3 rows: scale\(c\) is not a finite number in 3 rows"),
    ("y ~ b + poly(c, 2)", r"in a fold of 3 rows: .*poly\(c, 2\).* more than 2 distinct values"),
    ("y ~ cr(c, df=4)", r"in a fold of 3 rows: .*cr\(c, df=4\)"),
    ("scale(c) ~ a", r"in a fold of 3 rows: .*scale\(c\)"),
    ("y ~ a + offset(scale(c))", r"in a fold of 3 rows: offset\(scale\(c\)\) is not a finite"),
]


@pytest.mark.parametrize(("formula", "reported"), UNDEFINED)
def test_term_that_a_fold_leaves_undefined_is_named(formula, reported):
    table = TABLE.assign(c=np.where(SAME, 2.0, TABLE["a"]))
    model = make_model(formula, table)
    with pytest.raises(ValueError, match=reported):
        refit(model, SAME)


@pytest.mark.parametrize(
    ("formula", "reported"),
    [
        ("y ~ sqrt(89 - center(c))", r"in 1 row held out: sqrt\(89 - center\(c\)\) is not a fin"),
        ("sqrt(89 - center(c)) ~ a", r"in 1 row held out: the response sqrt\(89 - center\(c\)\)"),
    ],
)
def test_term_that_is_undefined_in_a_row_held_out_is_named(formula, reported):
    """91 minus the mean of all rows, including it, is below 89; minus that of the others, above."""
    last = np.arange(N) == N - 1
    model = make_model(formula, TABLE.assign(c=np.where(last, 91.0, 1.0)))
    fold = refit(model, ~last)
    with pytest.raises(ValueError, match=reported):
        read_held(fold, model, last)


def test_level_that_refitting_creates_is_an_error():
    model = make_model("y ~ C(center(k))")
    with pytest.raises(ValueError, match=r"in a fold of \d+ rows: .*which training never saw"):
        refit(model, (TABLE["k"] > 0).to_numpy())


def test_user_defined_transform_sees_the_rows_of_its_fold_alone():
    model = make_model("y ~ less(a)", env={"less": lambda a: a - a.mean()})
    fold = refit(model, KEEP)
    a = TABLE["a"].to_numpy()
    np.testing.assert_array_equal(fold.batch.X[:, 1], a[KEEP] - a[KEEP].mean())
    held = read_held(fold, model, ~KEEP)
    np.testing.assert_array_equal(held.X[:, 1], a[~KEEP] - a[~KEEP].mean())


class Indicators:
    """One column for each distinct training value."""

    def __init__(self):
        self.found = set()

    def memorize_chunk(self, x):
        self.found |= set(x)

    def memorize_finish(self):
        pass

    def transform(self, x):
        return np.equal.outer(x, sorted(self.found)) * 1.0


def test_user_defined_transform_must_keep_its_number_of_columns():
    model = make_model("y ~ own(k) + a", env={"own": patsy.stateful_transform(Indicators)})
    keep = KEEP & (np.arange(N) > 5)
    np.testing.assert_array_equal(refit(model, keep).batch.X, model.batch.X[keep])
    with pytest.raises(ValueError, match=r"own\(k\) gives 3 columns, and gave 4 in training"):
        refit(model, (TABLE["k"] > 0).to_numpy())


@pytest.mark.parametrize(
    ("rows", "error", "reported"),
    [
        (np.zeros(N, dtype=bool), ValueError, "needs at least one row to train on"),
        (np.ones(N - 1, dtype=bool), ValueError, f"one True or False for each of {N} rows"),
        ([N], ValueError, f"names row {N}"),
        ([1, 1], ValueError, "names a row twice"),
        ("y > 3", TypeError, "rows must be positions of rows"),
    ],
)
def test_invalid_rows_are_refused(rows, error, reported):
    with pytest.raises(error, match=reported):
        refit(make_model("y ~ a"), rows)


def test_fold_without_weight_is_an_error():
    weights = np.where(np.arange(N) < 5, 0.0, 1.0)
    model = make_model("y ~ scale(a)", weights=weights)
    with pytest.raises(ValueError, match="none of the 5 rows of a fold has a weight above 0"):
        refit(model, np.arange(5))
