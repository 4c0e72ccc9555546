"""Threads: their number."""

import pytest

from neuralnet.perceptron.threads import count_threads


def test_number_of_threads_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("NEURALNET_THREADS", "3")
    assert count_threads() == 3
    monkeypatch.delenv("NEURALNET_THREADS")
    assert count_threads() >= 1
    for odd in ("0", "two", "-1"):
        monkeypatch.setenv("NEURALNET_THREADS", odd)
        with pytest.raises(ValueError, match="NEURALNET_THREADS must be a whole number above 0"):
            count_threads()
