"""Warnings have classes, by which a caller may filter them."""

import sys
import warnings

import numpy as np
import pytest
from networks import make_table

import neuralnet
from neuralnet import (
    ConvergenceWarning,
    DataWarning,
    FileWarning,
    InterruptWarning,
    NeuralNetwork,
    NeuralNetworkWarning,
    OverconfidenceWarning,
)

TABLE = make_table()
CLASSES = [
    ConvergenceWarning,
    DataWarning,
    FileWarning,
    InterruptWarning,
    OverconfidenceWarning,
]


def make(**options):
    return NeuralNetwork("cost ~ x1 + x2", TABLE, hidden=2, seed=1, **options)


def lack_rows():
    NeuralNetwork("cost ~ x1", TABLE.assign(x1=TABLE["x1"].mask(TABLE["x1"] > 0)))


def diverge():
    make().train(50, learn_rate=1e300, trace=0)


def load_other_rows(path):
    make().save(path)
    NeuralNetwork.load(path, TABLE.iloc[::-1])


def interrupt(monkeypatch):
    def stop(net, iteration):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    make().train(3, learn_rate=1e-6, callback=stop, trace=0)


def test_each_class_is_public_and_a_user_warning():
    assert [each for each in CLASSES if not issubclass(each, NeuralNetworkWarning)] == []
    assert issubclass(NeuralNetworkWarning, UserWarning)
    shown = {
        name
        for name, value in vars(neuralnet).items()
        if isinstance(value, type) and issubclass(value, Warning)
    }
    assert shown == {each.__name__ for each in CLASSES} | {"NeuralNetworkWarning"}


def test_warnings_come_in_their_classes(tmp_path, monkeypatch):
    with pytest.warns(DataWarning, match="rows dropped"):
        lack_rows()
    with pytest.warns(ConvergenceWarning, match="infinite"):
        diverge()
    with pytest.warns(FileWarning, match="not the rows"):
        load_other_rows(tmp_path / "net.nn")
    with pytest.warns(InterruptWarning, match="Interrupted"):
        interrupt(monkeypatch)


def test_one_filter_silences_all(tmp_path, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", NeuralNetworkWarning)
        lack_rows()
        diverge()
        load_other_rows(tmp_path / "net.nn")
        interrupt(monkeypatch)


def test_folds_that_warn_of_one_thing_keep_its_class():
    wide = TABLE.assign(x1=TABLE["x1"] * 1e5)
    net = NeuralNetwork("cost ~ x1 + x2", wide, hidden=1, seed=1)
    with pytest.warns(NeuralNetworkWarning, match="warnings from training") as caught:
        net.cross_validate(k=2, iterations=2, learn_rate=1e-12)
    (first,) = [each for each in caught if "warnings from training" in str(each.message)]
    assert first.category is DataWarning
    assert np.isfinite(net.theta).all()
