"""Determinism: the same seed gives the same bits in any process and for any memory layout.

Read-only calls change neither the network nor the table nor NumPy's global generator.
"""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import FORMULAS, OPTIMIZERS, make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork

QUIET = {"trace": 0, "tolerance": None}
TRAININGS = {
    **{name: {"optimizer": name} for name in OPTIMIZERS},
    "batches": {"optimizer": "adam", "batch_size": 7},
    "validation": {"validation": 0.25},
    "restarts": {"optimizer": "rprop", "restarts": 2},
}

# Printed by a process: digests of the results of all trainings, and the weights of the last.
PROGRAM = """
import hashlib, json
import numpy as np, pandas as pd
from neuralnet import NeuralNetwork
found = []
rng = np.random.default_rng(7)
for n, D, hidden in ((150, 4, 5), (9_000, 20, 20)):
    X = rng.normal(size=(n, D))
    table = pd.DataFrame(X, columns=[f"x{i}" for i in range(D)])
    table["y"] = np.where(X[:, 0] * X[:, 1] + rng.normal(size=n) > 0, "p", "q")
    net = NeuralNetwork("y ~ .", table, hidden, seed=5, scale=True)
    for options in ({"optimizer": "adam", "batch_size": n // 5}, {"optimizer": "lbfgs"}):
        net.train(4, trace=0, tolerance=None, **options)
        bits = net.theta.tobytes(), net.output.tobytes(), net.history.to_numpy().tobytes()
        found.append(hashlib.sha256(b"".join(bits)).hexdigest()[:16])
    found.append(hashlib.sha256(net.predict(table, type="probs").to_numpy().tobytes()).hexdigest())
print(json.dumps([found, net.theta.tolist()]))
"""


def run(threads):
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        env={**os.environ, **dict.fromkeys(names, str(threads))},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def digest(net):
    bits = net.theta.tobytes() + net.history.to_numpy().tobytes()
    return hashlib.sha256(bits).hexdigest()


@case_by_case("name", TRAININGS)
def test_same_seed_gives_the_same_bits(name):
    one, other = (make_net().train(5, **TRAININGS[name], **QUIET) for _ in range(2))
    assert digest(one) == digest(other)
    assert digest(make_net(seed=2).train(5, **TRAININGS[name], **QUIET)) != digest(one)


def test_fresh_processes_give_the_same_bits_and_one_or_two_threads_of_blas_nearly():
    """Multithreaded BLAS splits long products into different parts, but not short ones."""
    (bits, theta), (again, _), (threaded, other) = run(1), run(1), run(2)
    assert len(bits) == len(set(bits)) == 6
    assert again == bits
    assert threaded[:3] == bits[:3]
    np.testing.assert_allclose(other, theta, rtol=1e-8, atol=1e-10)


@case_by_case("name", TRAININGS)
def test_global_generator_is_never_touched(name):
    np.random.seed(3)
    kind, keys, *rest = np.random.get_state()
    make_net("softmax").train(3, **TRAININGS[name], **QUIET).feedforward().predict(make_table())
    after = np.random.get_state()
    assert after[0] == kind and after[1].tobytes() == keys.tobytes() and [*after[2:]] == rest


def test_plots_change_neither_the_generator_nor_the_network():
    pytest.importorskip("matplotlib")
    from matplotlib import pyplot

    net = make_net().train(5, **QUIET)
    np.random.seed(3)
    before, keys = take_snapshot(net), np.random.get_state()[1].tobytes()
    net.plot_regions("x1", "x2", resolution=12)
    net.plot_loss()
    net.plot_network()
    net.plot_confusion_matrix()
    pyplot.close("all")
    assert np.random.get_state()[1].tobytes() == keys
    assert take_snapshot(net) == before


# Read-only calls ------------------------------------------------------------------------------

LOOKS = {
    "predict": lambda net, table: net.predict(table),
    "predict own": lambda net, table: net.predict(),
    "probs": lambda net, table: net.predict(table, type="response"),
    "link": lambda net, table: net.predict(table, type="link"),
    "fit": lambda net, table: (net.fit(table), net.fit(), net.fit(net.X)),
    "loss": lambda net, table: net.compute_loss(table, penalty=True),
    "layers": lambda net, table: net.layers(table),
    "objective": lambda net, table: (net.objective(), net.gradient, net.hessian()),
    "residuals": lambda net, table: (net.residuals, net.fitted, net.output),
    "repr": lambda net, table: (repr(net), net._repr_html_(), net.coef(), net.history),
    "clone": lambda net, table: net.clone().train(2, **QUIET),
    "judge": lambda net, table: (
        net.classes and (net.accuracy(table), net.confusion_matrix(table), net.metrics())
    ),
}


def describe(table):
    """All parts of a table that a call might change."""
    return (
        table.to_csv(),
        [*map(str, table.dtypes)],
        [*table.columns],
        table.index.name,
        table.attrs,
        table.flags.allows_duplicate_labels,
        [np.asarray(table[name]).flags.writeable for name in table],
    )


def freeze_state(net):
    state = net._fit.state
    return (
        state.theta.tobytes(),
        state.iteration,
        repr(state.generator_state),
        repr(state.optimizer_state),
        repr(state.stopping),
        net.history.to_csv(),
        net.message,
        net.restarts.to_csv(),
    )


@case_by_case("family", FORMULAS)
@case_by_case("name", LOOKS)
def test_displaying_changes_neither_network_nor_table(name, family):
    net = make_net(family, decay=0.01)
    net.train(4, optimizer="adam", learn_rate=1e-3, batch_size=9, validation=0.2, **QUIET)
    table = make_table().set_flags(allows_duplicate_labels=False)
    table.attrs["source"] = "survey"
    before, theta, seen = freeze_state(net), net.theta, describe(table)
    LOOKS[name](net, table)
    assert freeze_state(net) == before and net.theta is theta
    assert describe(table) == seen


# Memory ---------------------------------------------------------------------------------------


def _memmap(X, folder):
    stored = np.memmap(folder / "X.dat", dtype=X.dtype, mode="w+", shape=X.shape)
    stored[:] = X
    stored.flush()
    return np.memmap(folder / "X.dat", dtype=X.dtype, mode="r", shape=X.shape)


def _read_only(X, folder):
    other = X.copy()
    other.flags.writeable = False
    return other


LAYOUTS = {
    "read-only": _read_only,
    "Fortran": lambda X, folder: np.asfortranarray(X),
    "strided": lambda X, folder: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "backwards": lambda X, folder: X[::-1].copy()[::-1],
    "memory map": _memmap,
    "big-endian": lambda X, folder: X.astype(">f8"),
    "subclass": lambda X, folder: np.ma.MaskedArray(X).data.view(np.matrix),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_in_memory_does_not_matter(name, tmp_path):
    """Layout of a design matrix, of the training table, and of new rows."""
    X = np.random.default_rng(2).normal(size=(40, 3))
    labels = np.where(X[:, 0] > X[:, 1], "p", "q")
    given = LAYOUTS[name](X, tmp_path)
    if name == "subclass":
        frame = pd.DataFrame(np.asarray(given), columns=list("abc"))
    else:
        frame = pd.DataFrame(given, columns=list("abc"), copy=False)
    plain = pd.DataFrame(X.copy(), columns=list("abc"))
    one, other = (
        NeuralNetwork("y ~ a + b + c", each.assign(y=labels), 3, seed=1).train(5, **QUIET)
        for each in (plain, frame)
    )
    assert one.theta.tobytes() == other.theta.tobytes()
    assert one.predict(plain, type="probs").equals(one.predict(frame, type="probs"))
    design = LAYOUTS[name](np.array(one.X), tmp_path)
    np.testing.assert_allclose(one.fit(design), one.fit(), rtol=1e-12)
    assert isinstance(one.fit(design), np.ndarray) and not isinstance(one.fit(design), np.matrix)


@pytest.mark.parametrize("family", FORMULAS)
def test_each_row_is_predicted_independently(family):
    """Independent of other rows and of their order: to 1e-12, since BLAS varies its summation."""
    net, table = make_net(family).train(20, 1e-3, **QUIET), make_table(5000)
    whole = net.predict(table, type="link")
    rng = np.random.default_rng(1)
    for rows in (rng.permutation(5000), rng.choice(5000, 17, replace=False), [4], [0, 4999]):
        part = net.predict(table.iloc[rows], type="link")
        assert part.index.equals(table.index[rows])
        np.testing.assert_allclose(part, whole.iloc[rows], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(
            net.fit(table.iloc[rows]), net.fit(table)[rows], rtol=1e-12, atol=1e-15
        )
