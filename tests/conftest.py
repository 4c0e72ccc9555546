"""What every test can ask for: no screen, repeatable examples, the bundled tables.

Some tests run a part of their cases, chosen to cover each kind; with the environment variable
``NEURALNET_TESTS=all`` they run all of them (see ``extent.py``).
"""

# ruff: noqa: E402
import os

# Before NumPy is loaded: tests run side by side, one a processor, and the threads of each would
# stand in the way of all.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import pandas as pd
import pytest
from hypothesis import settings

from neuralnet import datasets

# They measure, and are run by a command of their own: ``python tests/benchmarks``.
collect_ignore = ["benchmarks", "formats", "scripts"]

# Before anything imports matplotlib: tests draw to memory.
os.environ["MPLBACKEND"] = "Agg"

# No deadline, as a busy machine is no fault of ours; the same examples in every run.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def _fail_for_want_of_a_package(report):
    """All that the tests need comes with the extra ``test``; what is missing would go unseen."""
    if report.skipped and "could not import" in str(report.longrepr):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _fail_for_want_of_a_package((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _fail_for_want_of_a_package((yield))


@pytest.fixture
def iris() -> pd.DataFrame:
    return datasets.load_iris()


@pytest.fixture
def hotdogs() -> pd.DataFrame:
    return datasets.load_hotdogs()


@pytest.fixture
def planar() -> pd.DataFrame:
    return datasets.load_planar()
