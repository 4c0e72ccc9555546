"""Given settings, settings in use, and the same model with other settings."""

import numpy as np
import pytest
from loops import case_by_case
from networks import make_net, make_table

from neuralnet import NeuralNetwork
from neuralnet.model.description import list_settings
from neuralnet.model.settings import Settings, check_settings

QUIET = {"tolerance": None, "trace": 0}
OPEN = Settings()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (OPEN, Settings(0.0, 0.01, False, True)),
        (Settings("cv"), Settings(0.0, 0.01, False, True)),
        (Settings(0.5, "he", True, False), Settings(0.5, "he", True, False)),
        (Settings((0.5, 0.0), 0, False, True), Settings((0.5, 0.0), 0, False, True)),
    ],
)
def test_what_is_open_has_a_manual_default(given, used):
    assert given.resolve() == used


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None, None, None), OPEN),
        (("cv", "he", True, False), Settings("cv", "he", True, False)),
        ((1, 0.5, False, True), Settings(1.0, 0.5, False, True)),
        (([1, 2], None, None, None), Settings((1.0, 2.0))),
    ],
)
def test_settings_are_kept_as_they_were_given(given, expected):
    assert check_settings(*given, layers=2) == expected


@case_by_case(
    ("given", "error", "words"),
    [
        ({"decay": "CV"}, ValueError, "decay must be .*'cv'.* not 'CV'"),
        ({"decay": ["cv", 1.0]}, TypeError, "decay must be a number of at least 0, not 'cv'"),
        ({"decay": [1.0]}, ValueError, "decay names 1 layer"),
        ({"decay": -1.0}, ValueError, "decay must be a number of at least 0, not -1.0"),
        ({"scale": 1}, TypeError, "scale must be True or False, not 1"),
        ({"scale": "no"}, TypeError, "scale must be True or False, not 'no'"),
        ({"penalize_bias": 0}, TypeError, "penalize_bias must be True or False, not 0"),
    ],
)
def test_impossible_settings_are_refused(given, error, words):
    settings = {"decay": None, "init": None, "scale": None, "penalize_bias": None} | given
    with pytest.raises(error, match=words):
        check_settings(**settings, layers=2)
    with pytest.raises(error, match=words):
        make_net(**given)


@pytest.mark.parametrize("optimizer", ["gradient_descent", "newton"])
def test_nothing_chosen_trains_as_the_manual_defaults(optimizer):
    plain = NeuralNetwork("species ~ x1 + kind", make_table(), 3, seed=1)
    named = {"decay": 0.0, "init": 0.01, "scale": False, "penalize_bias": True}
    twin = NeuralNetwork("species ~ x1 + kind", make_table(), 3, seed=1, **named)
    for net in (plain, twin):
        net.train(20, optimizer=optimizer, **QUIET)
    assert plain.theta.tobytes() == twin.theta.tobytes()
    assert plain._model.given == OPEN and twin._model.given == Settings(**named)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, 0.0), ("cv", 0.0), (0.5, 0.5), (1, 1.0), ([0.5, 0.25], [0.5, 0.25])],
)
def test_decay_is_what_was_used(given, expected):
    net = make_net(decay=given)
    assert net.decay == expected and type(net.decay) is type(expected)


CHANGES = [
    {"decay": 0.5},
    {"decay": (0.5, 0.0)},
    {"scale": True},
    {"scale": False},
    {"penalize_bias": False},
    {"init": "glorot"},
    {"decay": 0.25, "scale": True, "init": "he", "penalize_bias": False},
]


@case_by_case("changes", CHANGES, ids=str)
@case_by_case("scale", [False, True], ids=["raw", "scaled"])
def test_other_settings_are_those_of_a_network_built_so(changes, scale):
    first = {"decay": 0.1, "scale": scale, "init": 0.3, "penalty_factor": {"kind": 3}}
    options = {"family": "gaussian", "mixture": 0.25, "weights": np.linspace(0.5, 1.5, 36)}
    model = make_net(**options, **first)._model
    found, built = model.configure(**changes), make_net(**options, **first | changes)._model
    assert found.used == built.used and found.given == model.given
    theta = model.draw(np.random.default_rng(1))
    assert found.penalize(theta) == built.penalize(theta)
    assert (
        found.draw(np.random.default_rng(2)).tobytes()
        == built.draw(np.random.default_rng(2)).tobytes()
    )
    for each, wanted in zip(
        found.objective.in_raw_units(theta), built.objective.in_raw_units(theta), strict=True
    ):
        np.testing.assert_array_equal(each, wanted)
    assert list_settings(found) == list_settings(built)


def test_other_settings_share_rows_and_statistics_of_rows():
    model = make_net(scale=True, decay=0.1, seed=1)._model
    reported = model.baseline, model.standard, model.lipschitz
    found = model.configure(decay=0.5)
    assert found.scaling is model.scaling
    assert found.rows is model.rows and found.batch is model.batch
    assert found.objective.engine is model.objective.engine
    assert found.objective.batches is model.objective.batches
    # Unchanged, before they are requested.
    kept = vars(found)
    assert (kept["baseline"], kept["standard"], kept["lipschitz"]) == reported
    raw = found.configure(scale=False)
    assert raw.lipschitz is None and vars(raw)["standard"] is model.standard
    assert raw.configure(scale=True).scaling is model.standard
    assert (model.used.decay, model.used.scale) == (0.1, True)


def test_without_rows_a_decay_can_change_and_columns_cannot_be_measured(tmp_path):
    net = make_net(decay=0.1).save(tmp_path / "net.nn")
    model = NeuralNetwork.load(tmp_path / "net.nn")._model
    assert model.configure(decay=0.5).penalize(net.theta) == pytest.approx(
        5 * net._model.penalize(net.theta), rel=1e-14
    )
    with pytest.raises(ValueError, match="without its training rows"):
        model.configure(scale=True)


@pytest.mark.parametrize(
    "options",
    [{}, {"decay": "cv"}, {"decay": [0.1, 0.2]}, {"scale": False, "penalize_bias": False}],
    ids=str,
)
def test_files_and_copies_keep_which_settings_were_left_open(options, tmp_path):
    options = {"init": None} | options
    net = make_net(**options).train(3, **QUIET)
    found = NeuralNetwork.load(net.save(tmp_path / "net.nn") and tmp_path / "net.nn")
    for each in (found, net.clone()):
        assert each._model.given == net._model.given
        assert each._model.used == net._model.used
        assert each.decay == net.decay


def test_chosen_settings_come_back_from_a_file(tmp_path):
    net = make_net(decay="cv", init=None)
    net._fit.model = net._model.configure(decay=0.3, init="glorot", scale=True, penalize_bias=False)
    net.save(tmp_path / "net.nn")
    found = NeuralNetwork.load(tmp_path / "net.nn", make_table())
    assert found._model.given == Settings("cv")
    assert found._model.used == Settings(0.3, "glorot", True, False)
    assert found.decay == 0.3 and "decay 0.3, penalize_bias False, scale True" in repr(found)
    for each in (net, found):
        each.train(3, restarts=2, **QUIET)
    assert found.theta.tobytes() == net.theta.tobytes()
