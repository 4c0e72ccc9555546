"""``days(d)``: days since the earliest date of the training rows."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuralnet.formula.transforms.days import Days
from neuralnet.formula.transforms.states import check_transform_state

R = json.loads((Path(__file__).parents[2] / "reference" / "dates.json").read_text("utf-8"))


def read(texts):
    return np.array([text.replace(" ", "T") for text in texts], dtype="datetime64[us]")


def fit(*blocks):
    days = Days()
    for block in blocks:
        days.memorize_chunk(block)
    days.memorize_finish()
    return days


@pytest.mark.parametrize("table", ["dates", "times"])
def test_days_are_those_of_r(table):
    times = read(R[table]["text"])
    found = fit(times).transform(times)
    np.testing.assert_allclose(found, R[table]["days"], rtol=1e-14, atol=1e-10)
    in_pieces = fit(times[:2], times[2:])
    np.testing.assert_array_equal(in_pieces.transform(times), found)


def test_new_rows_count_from_the_earliest_of_training():
    days = fit(read(["2024-01-02", "2024-01-05"]))
    found = days.transform(read(["2024-01-01 12:00", "2024-01-03", "2024-01-02"]))
    assert found.tolist() == [-0.5, 1.0, 0.0]
    assert np.isnan(days.transform(np.array(["NaT"], dtype="datetime64[us]"))).all()


def test_states_from_files_are_checked():
    check_transform_state(Days, {"earliest": fit(read(["0001-01-01"])).earliest})
    check_transform_state(Days, {"earliest": fit(read(["9999-12-31"])).earliest})
    with pytest.raises(ValueError, match="an invalid date"):
        check_transform_state(Days, {"earliest": 10**18})
