"""The lowest deviance and the one-standard-error rule, in cases worked out by hand."""

import numpy as np
from loops import case_by_case

from neuralnet.selection.one_standard_error import pick_decay


@case_by_case(
    ("deviances", "errors", "least", "within"),
    [
        ([3.0, 1.0, 2.0], [0.1, 0.1, 0.1], 1, 1),
        ([3.0, 1.0, 1.1], [0.1, 0.2, 0.1], 1, 2),
        ([1.0, 5.0, 1.5], [0.5, 0.1, 0.1], 0, 2),
        ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0], 2, 2),
        ([1.0, np.inf, np.inf], [np.inf, np.nan, np.nan], 0, 0),
        ([np.inf, np.inf, np.inf], [np.nan, np.nan, np.nan], 2, 2),
    ],
)
def test_decay_picked_by_hand(deviances, errors, least, within):
    deviances, errors = np.array(deviances), np.array(errors)
    assert pick_decay(deviances, errors, "min") == least
    assert pick_decay(deviances, errors, "1se") == within
