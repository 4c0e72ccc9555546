"""Student's t distribution against SciPy's."""

import numpy as np
import pytest
import scipy.stats
from loops import case_by_case

from neuralnet.selection.student_t import compute_coverage, find_quantile


@case_by_case("df", [1, 2, 3, 4, 9, 29, 30, 99])
def test_students_t_is_scipys(df):
    for t in (0.0, 1e-3, 0.5, 1.0, 2.2, 7.0, 1e3, np.inf):
        expected = 1.0 - 2.0 * scipy.stats.t.sf(t, df)
        assert compute_coverage(t, df) == pytest.approx(expected, abs=1e-13)
        assert compute_coverage(-t, df) == compute_coverage(t, df)
    assert find_quantile(0.95, df) == pytest.approx(scipy.stats.t.ppf(0.975, df), rel=1e-10)
    assert np.isnan(compute_coverage(np.nan, df))
