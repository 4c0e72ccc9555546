"""Confusion matrices and their summaries, against scikit-learn and the second article."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from loops import case_by_case

from neuralnet.metrics import confusion_matrix, summarize_class, summarize_classification

CLASSES = ["setosa", "versicolor", "virginica", "sibirica", "pumila", "lutescens"]


@st.composite
def labelled_rows(draw):
    """Two to six classes in any order, labels of some of them, and positive weights or None."""
    classes = draw(st.permutations(CLASSES))[: draw(st.integers(2, 6))]
    n = draw(st.integers(1, 30))
    column = st.lists(st.sampled_from(classes), min_size=n, max_size=n)
    weights = st.lists(st.floats(0.125, 8.0), min_size=n, max_size=n)
    return classes, draw(column), draw(column), draw(st.none() | weights)


def compute_expected(truth, predicted, classes, weights=None):
    """Return scikit-learn's report in our layout."""
    report = sklearn.metrics.classification_report(
        truth,
        predicted,
        labels=classes,
        sample_weight=weights,
        output_dict=True,
        zero_division=np.nan,
    )
    report["macro average"] = report.pop("macro avg")
    report["weighted average"] = report.pop("weighted avg")
    # The report calls it micro average instead if a class has no row.
    share = sklearn.metrics.accuracy_score(truth, predicted, sample_weight=weights)
    report["accuracy"] = dict.fromkeys(["precision", "recall", "f1-score"], share)
    report["accuracy"]["support"] = report["macro average"]["support"]
    rows = [str(label) for label in classes] + ["accuracy", "macro average", "weighted average"]
    columns = ["precision", "recall", "f1-score", "support"]
    for column in columns[:3]:
        # The report averages without weights if they are all 0.
        scored = [each for each in map(report.get, classes) if not np.isnan(each[column])]
        if not sum(each["support"] for each in scored):
            report["weighted average"][column] = np.nan
    return [[report[row][column] for column in columns] for row in rows]


def second_article():
    """Make the labels of the second article's table (34, 10, 7, 29)."""
    truth = np.repeat([0, 0, 1, 1], [34, 10, 7, 29])
    predicted = np.repeat([0, 1, 0, 1], [34, 10, 7, 29])
    return confusion_matrix(truth, predicted, classes=[0, 1])


@given(labelled_rows())
def test_everything_agrees_with_scikit_learn(rows):
    classes, truth, predicted, weights = rows
    table = confusion_matrix(truth, predicted, classes, weights)
    theirs = sklearn.metrics.confusion_matrix(
        truth, predicted, labels=classes, sample_weight=weights
    )
    np.testing.assert_allclose(table, theirs, rtol=1e-12)

    summary = summarize_classification(table)
    np.testing.assert_allclose(
        summary, compute_expected(truth, predicted, classes, weights), rtol=1e-12, atol=1e-15
    )

    scores = sklearn.metrics.precision_recall_fscore_support(
        truth, predicted, labels=classes, sample_weight=weights, zero_division=np.nan
    )
    accuracy = sklearn.metrics.accuracy_score(truth, predicted, sample_weight=weights)
    for label, *expected in zip(classes, *scores, strict=True):
        ours = summarize_class(table, label)
        np.testing.assert_allclose(ours, [accuracy, *expected], rtol=1e-12, atol=1e-15)


def test_matrix_has_truth_in_rows_and_keeps_the_order_of_the_classes():
    truth = ["b", "b", "a", "c"]
    predicted = ["a", "b", "a", "b"]
    table = confusion_matrix(truth, predicted, classes=["c", "a", "b"])
    expected = pd.DataFrame(
        [[0, 0, 1], [0, 1, 0], [0, 1, 1]],
        index=pd.Index(["c", "a", "b"], name="truth"),
        columns=pd.Index(["c", "a", "b"], name="predicted"),
    )
    pd.testing.assert_frame_equal(table, expected)


def test_weights_give_sums_and_a_weight_of_two_is_a_row_twice():
    truth, predicted = np.array([0, 1, 1, 0]), np.array([0, 1, 0, 1])
    weights = np.array([2, 1, 3, 0])
    table = confusion_matrix(truth, predicted, [0, 1], weights)
    twice = confusion_matrix(np.repeat(truth, weights), np.repeat(predicted, weights), [0, 1])
    assert table.to_numpy().tolist() == [[2, 0], [3, 1]]
    assert (table == twice).all(axis=None)
    assert (table.dtypes == np.float64).all()
    assert (twice.dtypes == np.int64).all()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a", "b"),
        (0, 1),
        (False, True),
        (1.5, -0.5),
        (pd.Timestamp("1935-01-01"), pd.Timestamp("1936-01-01")),
    ],
    ids=str,
)
def test_labels_of_any_kind(first, second):
    truth = [first, second, second]
    table = confusion_matrix(truth, [first, first, second], [first, second])
    assert table.to_numpy().tolist() == [[1, 0], [1, 1]]
    assert table.index.tolist() == [first, second]


@case_by_case(
    "hold",
    [
        list,
        tuple,
        np.array,
        pd.Index,
        pd.Categorical,
        lambda labels: pd.Series(labels, index=[3, 1, 2]),
        lambda labels: pd.Series(labels, index=[9, 9, 9], dtype="category"),
        lambda labels: pd.Series(labels, dtype="string"),
    ],
)
def test_labels_in_any_container_are_matched_by_position(hold):
    table = confusion_matrix(hold(["a", "b", "b"]), ["a", "a", "b"], hold(["b", "a", "c"]))
    assert table.to_numpy().tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert table.index.tolist() == ["b", "a", "c"]


def test_no_rows_give_a_table_of_zeros_and_no_scores():
    table = confusion_matrix([], [], ["a", "b"])
    assert table.to_numpy().tolist() == [[0, 0], [0, 0]]
    summary = summarize_classification(table)
    assert summary[["precision", "recall", "f1"]].isna().all(axis=None)
    assert (summary["support"] == 0).all()


def test_metrics_equal_those_of_the_second_article():
    table = second_article()
    assert table.to_numpy().tolist() == [[34, 10], [7, 29]]
    scores = summarize_class(table, positive=1)
    assert scores.name == 1
    assert scores["precision"] == pytest.approx(29 / 39, rel=1e-15)  # swapped in the article
    assert scores["recall"] == pytest.approx(29 / 36, rel=1e-15)
    assert round(scores["f1"], 4) == 0.7733
    assert scores["accuracy"] == 0.7875
    assert scores["support"] == 36
    summary = summarize_classification(table)
    assert summary.loc["accuracy"].tolist() == [0.7875, 0.7875, 0.7875, 80]
    columns = ["precision", "recall", "f1", "support"]
    assert summary.loc[1].tolist() == scores[columns].tolist()
    assert summary.columns.tolist() == columns
    assert summary.index.tolist() == [0, 1, "accuracy", "macro average", "weighted average"]


def test_support_keeps_counts_whole_and_sums_of_weights_not():
    assert summarize_classification(second_article())["support"].dtype == np.int64
    weighted = confusion_matrix([0, 1], [0, 1], [0, 1], weights=[0.5, 1])
    assert summarize_classification(weighted)["support"].tolist() == [0.5, 1, 1.5, 1.5, 1.5]


def test_nothing_divided_by_nothing_is_undefined_and_left_out_of_averages():
    # No row is predicted as b, and no row is c.
    table = confusion_matrix(["a", "b", "b"], ["a", "a", "c"], ["a", "b", "c"])
    scores = summarize_classification(table)[["precision", "recall", "f1"]]
    expected = [[0.5, 1.0, 2 / 3], [np.nan, 0.0, 0.0], [0.0, np.nan, 0.0]]
    np.testing.assert_allclose(scores.loc[["a", "b", "c"]], expected)
    np.testing.assert_allclose(scores.loc["macro average"], [1 / 4, 1 / 2, 2 / 9])
    np.testing.assert_allclose(scores.loc["weighted average"], [1 / 2, 1 / 3, 2 / 9])


def test_tables_of_other_libraries_are_accepted():
    truth, predicted = pd.Series([0, 0, 1]), pd.Series([0, 1, 1])
    crossed = pd.crosstab(truth, predicted)
    ours = confusion_matrix(truth, predicted, [0, 1])
    pd.testing.assert_frame_equal(summarize_classification(crossed), summarize_classification(ours))


@case_by_case(
    ("truth", "predicted", "classes", "message"),
    [
        (["a", "x"], ["a", "y"], ["a", "b"], r"label 'x' in truth \(row 1\).*\['a', 'b'\]"),
        (["a", "b"], ["z", "y"], ["a", "b"], r"label 'z' in predicted \(row 0\)"),
        ([0, 1], ["0", "1"], [0, 1], "label '0' in predicted"),
        (["a", None, "b"], ["a"] * 3, ["a", "b"], "1 of 3 labels in truth is missing; leave"),
        (["a", "b"], ["a", np.nan], ["a", "b"], "1 of 2 labels in predicted is missing"),
        ([0.0, 1.0], [np.nan, np.nan], [0, 1], "2 of 2 labels in predicted are missing"),
        (["a", "b"], ["a"], ["a", "b"], "truth has 2 labels and predicted has 1"),
        ([["a"], ["b"]], ["a", "b"], ["a", "b"], "truth has 2 dimensions"),
        ("a", ["a"], ["a", "b"], "truth has 0 dimensions"),
        (["a"], ["a"], ["a", "b", "a"], r"classes are \['a', 'b', 'a'\]; give each class once"),
        (["a"], ["a"], ["a", None], "no missing value"),
        ([], [], [], "give each class once"),
    ],
)
def test_bad_labels_are_named(truth, predicted, classes, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(truth, predicted, classes)


@case_by_case(
    ("weights", "message"),
    [
        ([1.0], r"weights have the shape \(1,\); give one number a row, \(2,\)"),
        ([[1.0, 1.0]], r"the shape \(1, 2\)"),
        (2.0, r"the shape \(\)"),
        ([1.0, -1.0], "the weight of row 1 is -1.0"),
        ([float("nan"), 1.0], "the weight of row 0 is nan"),
        ([1.0, float("inf")], "the weight of row 1 is inf"),
    ],
)
def test_bad_weights_are_named(weights, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(["a", "b"], ["a", "b"], ["a", "b"], weights)


@pytest.mark.parametrize("positive", [2, "1", None, [1], pd.Series([0, 1])])
def test_unknown_positive_is_named_with_the_classes(positive):
    with pytest.raises(ValueError, match=r"positive is .*; give one of the classes \[0, 1\]"):
        summarize_class(second_article(), positive)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame([[1, 2]]), r"rows \[0\] and the columns \[0, 1\]"),
        (second_article()[[1, 0]], r"rows \[0, 1\] and the columns \[1, 0\]"),
        (pd.DataFrame(np.eye(2), index=["a"] * 2, columns=["a"] * 2), "every class once"),
        (-second_article(), "negative or missing entry"),
        (second_article().replace(10, np.nan), "negative or missing entry"),
    ],
)
def test_table_that_is_no_confusion_matrix_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        summarize_classification(table)
    with pytest.raises(ValueError, match=message):
        summarize_class(table, table.index[0])
