"""``pool``: rare levels as one, at training and in new rows."""

import numpy as np
import pandas as pd
import patsy
import pytest
from loops import case_by_case

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design
from neuralnet.errors import DataWarning

COUNTS = {"e": 5, "a": 4, "c": 3, "b": 2, "d": 1}
FRAME = pd.DataFrame({"g": [level for level, count in COUNTS.items() for _ in range(count)]})
FRAME["y"], FRAME["k"] = np.arange(15.0) / 4, [*"111112222333445"]
FRAME["k"], FRAME["h"] = FRAME["k"].astype(int), ["p", "q", "q"] * 5


def list_levels(text, frame=FRAME):
    design = Design.fit(f"y ~ {text} - 1", frame)
    return [name.rpartition("[")[2][:-1] for name in design.x_names]


@pytest.mark.parametrize("least", range(2, 6))
def test_levels_of_few_rows_are_one_behind_the_others(least):
    kept = sorted(level for level, count in COUNTS.items() if count >= least)
    assert list_levels(f"pool(g, {least})") == [*kept, "other"]
    X = Design.fit(f"y ~ pool(g, {least}) - 1", FRAME).read(FRAME).X
    sizes = [COUNTS[level] for level in kept]
    assert X.sum(axis=0).tolist() == [*sizes, 15 - sum(sizes)]


def test_no_rare_level_gives_no_other():
    frame = FRAME[FRAME["g"] != "d"]
    assert list_levels("pool(g, 2)", frame) == ["a", "b", "c", "e"]
    design = Design.fit("y ~ pool(g, 2)", frame)
    with pytest.raises(ValueError, match="column 'g' holds 'z', which training never saw"):
        design.read({"g": ["z"]}, response=False)


@case_by_case(
    "text",
    ["pool(g, 3)", "relevel(pool(g, 3), 'c')", "C(pool(g, 3), Sum)", "interaction(pool(g, 3), h)",
     "pool(g, 3):h", "pool(g, 3) + pool(g, 5)", "pool(x=g, n=3)", "h + factor(pool(g, 3))"],
)  # fmt: skip
def test_new_level_is_a_pooled_one(text):
    net = NeuralNetwork(f"y ~ {text}", FRAME, 0, seed=1)
    new = net.predict({"g": ["zzz", "d", "b"], "h": ["q"] * 3})
    assert new[0] == new[1] == new[2] and not np.isnan(new[0])


@pytest.mark.parametrize(
    "text", ["pool(g, 3) + g", "pool(g, 3):C(g, Sum)", "I(g == 'a') + pool(g, 3)"]
)
def test_new_level_is_unseen_where_the_column_is_used_without_pool_too(text):
    net = NeuralNetwork(f"y ~ {text}", FRAME, 0, seed=1)
    with pytest.raises(ValueError, match="column 'g' holds 'z', which training never saw"):
        net.predict({"g": ["z"]})
    with pytest.warns(DataWarning, match="1 of 1 row is predicted as missing"):
        assert net.predict({"g": ["z"]}, unseen="missing").isna().all()


def test_new_level_is_unseen_where_an_offset_uses_the_column_too():
    net = NeuralNetwork("y ~ pool(g, 3) + offset(ifelse(g == 'a', 1, 0))", FRAME, 0, seed=1)
    with pytest.raises(ValueError, match="column 'g' holds 'z', which training never saw"):
        net.predict({"g": ["z"]})


def test_transforms_of_the_user_do_not_hide_the_pool():
    env = {"mine": patsy.center}
    net = NeuralNetwork("y ~ mine(k) * pool(g, 3) + mine(k):C(h)", FRAME, 0, env=env, seed=1)
    assert net.predict({"g": ["z"], "k": [1], "h": ["p"]}).notna().all()
    own = NeuralNetwork("y ~ I(mine(k) + (h == 'p'))", FRAME, 0, env=env, seed=1)
    assert own.predict({"k": [1], "h": ["p"]}).notna().all()


def test_two_pools_share_the_levels_that_both_pooled():
    design = Design.fit("y ~ pool(g, 2) + pool(g, 5)", FRAME)
    assert design.variables["g"].stand_in == "d"
    design = Design.fit("y ~ interaction(pool(g, 4), pool(h, 6))", FRAME)
    assert design.variables["g"].stand_in == "b" and design.variables["h"].stand_in == "p"


def test_numbers_are_levels_too():
    assert list_levels("pool(k, 4)") == ["1", "2", "other"]
    design = Design.fit("y ~ pool(k, 4)", FRAME)
    X = design.read({"k": [1, 3, 5, 77]}, response=False).X
    np.testing.assert_array_equal(X, [[1, 0, 0], [1, 0, 1], [1, 0, 1], [1, 0, 1]])
    with pytest.raises(ValueError, match=r"pool\(k, 2\) holds '77', which training never saw"):
        Design.fit("y ~ pool(k, 2)", FRAME[FRAME["k"] < 5]).read({"k": [77]}, response=False)


def test_label_is_that_of_no_level_that_stays():
    names = {"e": "other", "a": "(other)"}
    frame = FRAME.assign(g=FRAME["g"].replace(names))
    assert list_levels("pool(g, 3)", frame) == ["(other)", "c", "other", "((other))"]
    rare = FRAME.assign(g=FRAME["g"].replace({"d": "other"}))
    assert list_levels("pool(g, 3)", rare) == ["a", "c", "e", "other"]


def test_rows_are_counted_whatever_their_weights():
    weights = np.where(FRAME["g"] == "d", 100.0, 0.01)
    net = NeuralNetwork("y ~ pool(g, 3)", FRAME, 0, weights=weights)
    assert net.x_names == [
        *("Intercept", "pool(g, 3)[T.c]", "pool(g, 3)[T.e]", "pool(g, 3)[T.other]")
    ]


def test_rare_classes_are_one():
    net = NeuralNetwork("pool(g, 4) ~ y", FRAME, 0, seed=1)
    assert list(net.classes) == ["a", "e", "other"]
    assert net.Y.value_counts().to_dict() == {"a": 4, "e": 5, "other": 6}
    assert net.accuracy(pd.DataFrame({"g": ["zz", "other"], "y": [3.0, 3.0]})) in (0, 1)


def test_a_level_only_in_rows_without_a_response_is_pooled():
    frame = pd.concat([FRAME, pd.DataFrame({"g": ["n"] * 9})], ignore_index=True)
    with (
        pytest.warns(DataWarning, match="9 of 24 rows dropped"),
        pytest.warns(DataWarning, match="'n' only in rows without a response"),
    ):
        net = NeuralNetwork("y ~ pool(g, 4)", frame, 0, seed=1)
    assert net.predict({"g": ["n"]})[0] == net.predict({"g": ["d"]})[0]


def test_it_is_the_remedy_for_too_many_levels():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": rng.normal(size=3000), "g": rng.integers(0, 2500, 3000)})
    frame.loc[:499, "g"] = 7
    frame["g"] = "l" + frame["g"].astype(str)
    with pytest.raises(ValueError, match=r"levels in 3,000 rows.* as in pool\(g, 20\)$"):
        Design.fit("y ~ g", frame)
    with pytest.raises(ValueError, match=r"as in pool\(g, 20\) ~ ..., or make it a number"):
        Design.fit("g ~ y", frame)
    assert Design.fit("y ~ pool(g, 20)", frame).x_names[1:] == ("pool(g, 20)[T.other]",)


@case_by_case(
    ("text", "message"),
    [
        ("pool(g)", "pool in .* takes x, n and no other"),
        ("pool(g, -1)", "a whole number from 2 to 2,147,483,647 as n, not -1"),
        ("pool(g, 1)", "as n, not 1"),
        ("pool(g, 0.05)", "as n, not 0.05"),
        ("pool(g, 'b')", "as n, not 'b'"),
        ("pool(g, y)", "as n, not y"),
        ("pool(g, 6)", r"none of 5 levels has 6 rows \('e' has 5, the most\)"),
        ("pool(poly(k, 2), 3)", "one column, and no matrix"),
        ("pool(g, 3) + Pool(g, 3)", "did you mean 'pool'"),
        ("fct_lump_min(g, 3)", r"pool\(g, 20\) joins levels of fewer than 20 rows"),
    ],
)
def test_mistyped(text, message):
    with pytest.raises(ValueError, match=message):
        Design.fit(f"y ~ {text}", FRAME)
