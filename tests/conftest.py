"""Shared test configuration: no display, reproducible examples, the bundled tables.

Some tests run a part of their cases, chosen to cover each kind; with the environment variable
``NEURALNET_TESTS=all`` they run all of them (see ``extent.py``). Many small cases share a test, and
with the same variable each is a test of its own (see ``loops.py``).
"""

# ruff: noqa: E402
import os
import signal

# A shell's background jobs ignore SIGINT, and tests of interrupts need it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Set before NumPy is loaded: tests run in parallel, one process per processor, and more threads
# would slow each other down.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import pandas as pd
import pytest
from extent import count_examples
from hypothesis import settings

from neuralnet import datasets

# Benchmarks are run by their own command: ``python tests/benchmarks``. Type checkers read typing.
collect_ignore = ["benchmarks", "formats", "project/typing", "scripts"]

# Set before anything imports matplotlib: tests draw to memory.
os.environ["MPLBACKEND"] = "Agg"

# No deadline, since a busy machine is no failure; the same examples in every run.
settings.register_profile(
    "steady", deadline=None, derandomize=True, max_examples=count_examples(100)
)
settings.load_profile("steady")


def _fail_for_want_of_a_package(report):
    """Fail if a package of the extra ``test`` is missing, instead of skipping tests silently."""
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
