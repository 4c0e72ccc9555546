"""Many small cases in one test, because each test costs more than most of these cases."""

from functools import wraps
from inspect import Parameter, signature
from reprlib import repr as shorten

import pytest
from extent import ALL


def label_case(values, ids, number):
    """Name a case as pytest does: from its list of names, by a function, or by the values."""
    if ids is not None and not callable(ids):
        return str([*ids][number])
    return "-".join(str((ids and ids(value)) or shorten(value)) for value in values)


def case_by_case(names, cases, ids=None):
    """Decorate a test as ``pytest.mark.parametrize`` does, but run all cases in one test.

    All cases are run, and the first error is raised with the names of the cases that failed.
    Several of these decorators run the product. The cases share the fixtures of the test. With
    ``NEURALNET_TESTS=all`` each case is a test of its own.
    """
    if ALL:
        return pytest.mark.parametrize(names, cases, ids=ids)
    several = not isinstance(names, str) or "," in names
    if ids is not None and not callable(ids):
        ids = [*ids]
    names = [each.strip() for each in names.split(",")] if isinstance(names, str) else [*names]
    rows = [tuple(case) if several else (case,) for case in cases]
    assert rows, "a test without cases"

    def decorate(test):
        wanted = signature(test).parameters
        assert set(names) <= set(wanted), f"{test.__name__} has no argument {names}"
        assert all(each.default is Parameter.empty for each in wanted.values())

        @wraps(test)
        def run(*self, **fixtures):
            faults = []
            for number, row in enumerate(rows):
                try:
                    test(*self, **fixtures, **dict(zip(names, row, strict=True)))
                except (Exception, pytest.fail.Exception) as fault:
                    faults.append((label_case(row, ids, number), fault))
            if faults:
                failed, (first, *_) = zip(*faults, strict=True)
                first.add_note(f"in {len(failed)} of {len(rows)} cases: {'; '.join(failed)}")
                raise first

        rest = [each for name, each in wanted.items() if name not in names]
        run.__signature__ = signature(test).replace(parameters=rest)
        return run

    return decorate
