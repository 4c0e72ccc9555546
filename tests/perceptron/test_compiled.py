"""Compiled engine against NumPy: each family with each activation, and whole trainings.

The group ``machine code`` is run by one of several test processes, so that only that one compiles.
"""

import signal
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from instances import OBJECTIVES, PAIRWISE, assert_close
from loops import case_by_case
from networks import OPTIMIZERS, make_net, make_table

from neuralnet import NeuralNetwork, load_iris
from neuralnet.activations import ACTIVATIONS, LeakyRelu, Sigmoid
from neuralnet.families import Softmax
from neuralnet.model.engine import make_engine
from neuralnet.optimizers import Adam
from neuralnet.perceptron.batch import Batch
from neuralnet.perceptron.compiled import CompiledEngine, elementary, layout
from neuralnet.perceptron.compiled import engine as module
from neuralnet.perceptron.compiled.steps import OPTIMIZER_CODES
from neuralnet.perceptron.perceptron import Perceptron
from neuralnet.perceptron.second_derivatives import compute_hessian

pytestmark = pytest.mark.xdist_group("machine code")

QUIET = {"trace": 0, "tolerance": None}


def apply(function, x):
    @elementary.compiled
    def loop(x, out):
        for i in range(x.size):
            out[i] = function(x[i])

    out = np.empty_like(x)
    loop(x, out)
    return out


# Elementary functions -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["exp", "expm1", "tanh"])
def test_elementary_functions_are_right_to_the_last_digits(name):
    rng = np.random.default_rng(1)
    small = rng.normal(size=2_000) * 10.0 ** rng.uniform(-18, 0, 2_000)
    x = np.concatenate([rng.uniform(-700, 709.5, 20_000), rng.normal(size=20_000), small])
    found, expected = apply(elementary._NAMES[name], x), getattr(np, name)(x)
    np.testing.assert_allclose(found, expected, rtol=1e-15 if name != "tanh" else 2e-15, atol=0)


@pytest.mark.parametrize("name", ["exp", "expm1", "tanh"])
def test_ends_of_the_range_are_those_of_numpy(name):
    x = np.array([-np.inf, -1e308, -800.0, -0.0, 0.0, 709.78, 800.0, 1e308, np.inf, np.nan])
    with np.errstate(over="ignore"):
        expected = getattr(np, name)(x)
    np.testing.assert_array_equal(apply(elementary._NAMES[name], x), expected)


def test_every_name_of_numpy_means_the_same():
    x = np.array([-2.5, -0.0, 0.0, 1.5, np.nan])
    for name in ("maximum", "minimum", "heaviside"):
        function = elementary._NAMES[name]
        pairs = [(a, b) for a in x for b in x]
        found = [function(a, b) for a, b in pairs]
        np.testing.assert_array_equal(found, [getattr(np, name)(a, b) for a, b in pairs])
    where = elementary._NAMES["where"]
    assert (where(True, 1.0, 2.0), where(False, 1.0, 2.0)) == (1.0, 2.0)


def test_every_option_of_an_activation_is_packed():
    options = {field.name for record in layout.ACTIVATION_CODES for field in fields(record)} - {
        "name"
    }
    assert options == set(layout.Options._fields)
    assert layout.find_option(LeakyRelu(0.2)) == 0.2
    assert layout.find_option(Sigmoid()) == 0.0
    assert set(layout.ACTIVATION_CODES) == {type(record) for record in ACTIVATIONS.values()}


# The kernel -----------------------------------------------------------------------------------


@case_by_case("instance", PAIRWISE, ids=lambda instance: instance.name)
def test_sums_are_those_of_numpy(instance):
    ours = CompiledEngine(instance.perceptron).loss_and_gradient(instance.theta, instance.batch)
    theirs = instance.perceptron.loss_and_gradient(instance.theta, instance.batch)
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-12)
    assert_close(ours.gradient, theirs.gradient, 1e-12)
    assert ours.weight == theirs.weight and ours.gradient.dtype == np.float64


@case_by_case("instance", PAIRWISE, ids=lambda instance: instance.name)
def test_hessian_is_that_of_numpy(instance):
    ours = CompiledEngine(instance.perceptron).hessian(instance.theta, instance.batch)
    np.testing.assert_array_equal(ours, ours.T)
    assert_close(ours, compute_hessian(instance.perceptron, instance.theta, instance.batch), 1e-12)


@case_by_case("activation", ACTIVATIONS)
@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_sums_agree_at_extreme_scores_and_at_kinks(activation):
    perceptron = Perceptron((2, 3, 2), (ACTIVATIONS[activation],), Softmax())
    rng = np.random.default_rng(2)
    z = np.array([-750.0, -30.0, -1e-9, 0.0, 1e-9, 30.0, 700.0])
    X = np.column_stack([np.ones(len(z)), z])
    batch = Batch(X, np.arange(len(z)) % 2)
    theta = np.concatenate([[0.0, 0.0, 0.0, 1.0, 1.0, -1.0], rng.normal(size=8)])
    ours = CompiledEngine(perceptron).loss_and_gradient(theta, batch)
    theirs = perceptron.loss_and_gradient(theta, batch)
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-12)
    assert_close(ours.gradient, theirs.gradient, 1e-12)


def test_scores_that_overflow_give_a_loss_that_is_no_number():
    perceptron = Perceptron((1, 2), (), Softmax())
    batch = Batch(np.array([[1e200], [1.0]]), np.array([0, 1]))
    theta = np.array([1e200, 1.0])
    assert not np.isfinite(CompiledEngine(perceptron).loss_and_gradient(theta, batch).loss)


def make_large(n=20_000):
    rng = np.random.default_rng(3)
    perceptron = Perceptron((6, 40, 3), (Sigmoid(),), Softmax())
    batch = Batch(rng.normal(size=(n, 6)), rng.integers(0, 3, n), rng.uniform(0.5, 2.0, n))
    return perceptron, rng.normal(0.0, 0.3, perceptron.n_parameters), batch


def test_threads_change_no_bit(monkeypatch):
    perceptron, theta, batch = make_large()
    engine, found = CompiledEngine(perceptron), []
    assert len(batch.X) > 2 * engine.most_rows
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("NEURALNET_THREADS", threads)
        sums = engine.loss_and_gradient(theta, batch)
        found.append((sums.loss, sums.gradient.tobytes()))
    assert found[0] == found[1] == found[2]
    whole = perceptron.loss_and_gradient(theta, batch)
    assert found[0][0] == pytest.approx(whole.loss, rel=1e-12)
    assert_close(np.frombuffer(found[0][1]), whole.gradient, 1e-12)


# Trainings ------------------------------------------------------------------------------------


@case_by_case("optimizer", OPTIMIZERS)
@case_by_case("options", [{}, {"decay": 0.02}, {"scale": True}], ids=str)
@case_by_case("family", ["softmax", "poisson"])
def test_training_is_that_of_numpy(family, options, optimizer):
    plain, fast = (make_net(family, engine=engine, **options) for engine in ("numpy", "compiled"))
    # Line searches and trust regions make more of rounding, step by step.
    iterations = 6 if optimizer in ("lbfgs", "newton") else 25
    for net in (plain, fast):
        net.train(iterations, optimizer=optimizer, **QUIET)
    np.testing.assert_allclose(fast.theta, plain.theta, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(fast.history["loss"], plain.history["loss"], rtol=1e-9)
    assert fast.message == plain.message


@case_by_case("optimizer", OPTIMIZER_CODES)
@case_by_case("options", [{}, {"decay": [0.02, 0.3]}], ids=str)
def test_parts_of_a_training_add_up_to_the_same_bits(options, optimizer):
    record = optimizer(0.002)
    nets = [make_net(engine="compiled", **options) for _ in range(4)]
    nets[0].train(60, optimizer=record, **QUIET)
    nets[1].train(1, optimizer=record, **QUIET).train(59, optimizer=record, **QUIET)
    nets[2].train(60, optimizer=record, callback=lambda net, iteration: None, **QUIET)
    nets[3].train(17, optimizer=record, **QUIET)
    nets[3].clone().train(43, optimizer=record, **QUIET)
    nets[3].train(43, optimizer=record, **QUIET)
    for net in nets[1:]:
        assert net.theta.tobytes() == nets[0].theta.tobytes()
        assert net.history.equals(nets[0].history)


def test_options_of_optimizers_are_used():
    options = Adam(0.01, beta1=0.7, beta2=0.9, epsilon=1e-3, decay=0.1)
    plain, fast = (make_net(engine=engine) for engine in ("numpy", "compiled"))
    for net in (plain, fast):
        net.train(30, optimizer=options, **QUIET)
    np.testing.assert_allclose(fast.theta, plain.theta, rtol=1e-10)


def test_step_by_hand_is_one_iteration():
    net, twin = (make_net(engine="compiled") for _ in range(2))
    net.feedforward().backpropagate(0.01).backpropagate(0.01)
    twin.train(2, 0.01, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()


def test_tolerance_and_trace_end_at_the_same_iteration(capsys):
    plain, fast = (make_net(engine=engine) for engine in ("numpy", "compiled"))
    for net in (plain, fast):
        net.train(500, 0.01, tolerance=21.0, trace=50)
    reported = capsys.readouterr().out.splitlines()
    assert reported[: len(reported) // 2] == reported[len(reported) // 2 :] and reported
    assert len(fast.history) == len(plain.history) < 500
    assert fast.message == plain.message and fast.converged


def test_loss_that_fails_gives_back_the_best_weights():
    nets = [make_net("gaussian", engine=engine) for engine in ("numpy", "compiled")]
    for net in nets:
        with pytest.warns(UserWarning, match="loss became infinite"):
            net.train(5_000, 5.0, **QUIET)
        assert np.isfinite(net.compute_loss())
    assert len(nets[0].history) == len(nets[1].history)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that signals")
def test_interrupt_is_handled_between_fused_steps():
    net, twin = (
        NeuralNetwork("Species ~ .", load_iris(), 5, seed=1, engine="compiled") for _ in "ab"
    )
    net.train(1, 1e-4, **QUIET)
    # Processor time: on a busy machine a clock may ring before the second update.
    signal.signal(signal.SIGVTALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            net.train(50_000_000, 1e-4, **QUIET)
    finally:
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    made = len(net.history)
    assert 1 < made < 50_000_000 and "nterrupted" in net.message
    twin.train(made, 1e-4, **QUIET)
    assert net.theta.tobytes() == twin.theta.tobytes()


def test_engine_is_kept_in_a_file(tmp_path):
    path = tmp_path / "net.nn"
    net = make_net(engine="compiled").train(4, optimizer="adam", **QUIET).save(path)
    found, without = NeuralNetwork.load(path, make_table()), NeuralNetwork.load(path)
    for each in (found, without, without.clone()):
        assert (each.engine, each.dtype) == (net.engine, net.dtype) == ("compiled", "float64")
    thetas = [each.train(4, optimizer="adam", **QUIET).theta for each in (net, found)]
    assert thetas[0].tobytes() == thetas[1].tobytes()


# Choosing -------------------------------------------------------------------------------------


def test_engine_left_out_is_numpy_however_large_the_table():
    for sizes in ((20, 64, 5), (20, 10**8, 5)):
        perceptron = Perceptron(sizes, (Sigmoid(),), Softmax())
        assert make_engine(None, "float64", perceptron).name == "numpy"
    # By the rows too: more than 100 million times the weights.
    a = np.linspace(-1.0, 1.0, 60_000)
    data = pd.DataFrame({"y": np.exp(a), "a": a})
    net = NeuralNetwork("y ~ a", data, hidden=600, seed=1)
    assert net.nobs * net.theta.size > 1e8 and net.engine == "numpy"


class Mine(Sigmoid):
    """An activation that is not the package's own."""


@case_by_case(
    ("options", "kind", "words"),
    [
        ({"engine": "fortran"}, ValueError, "engine must be one of 'numpy', 'compiled'"),
        ({"dtype": "float16"}, ValueError, "dtype must be one of 'float64', 'float32'"),
        ({"dtype": "half"}, ValueError, "dtype must be one of 'float64', 'float32'"),
        ({"dtype": "exact"}, ValueError, "dtype must be .*, not 'exact'"),
        ({"engine": "compiled", "dtype": "float32"}, ValueError, "in float64 alone"),
        ({"engine": "compiled", "activation": Mine()}, ValueError, "activation Mine is none"),
    ],
)
def test_invalid_engines_are_refused_with_an_explanation(options, kind, words):
    with pytest.raises(kind, match=words):
        make_net(**options)


def test_dtype_may_be_a_numpy_dtype():
    assert make_net(dtype=np.float32).dtype == make_net(dtype="single").dtype == "float32"
    assert make_net(dtype=float).dtype == "float64"


def test_missing_numba_names_the_extra():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from neuralnet import NeuralNetwork, load_iris\n"
        "NeuralNetwork('Species ~ .', load_iris(), engine='compiled')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode
    assert "pip install 'formula-neuralnet[fast]'" in done.stderr.splitlines()[-1]


def test_objective_in_memory_has_the_same_value_with_either_engine():
    name, objective = next(iter(OBJECTIVES.items()))
    fast = replace(objective, engine=CompiledEngine(objective.perceptron))
    phi = np.linspace(-0.4, 0.5, objective.perceptron.n_parameters)
    assert objective.in_memory, name
    assert fast(phi)[0] == pytest.approx(objective(phi)[0], rel=1e-12)
    assert_close(fast(phi)[1], objective(phi)[1], 1e-12)


# The cache ------------------------------------------------------------------------------------


def list_machine_code(function, found):
    """A compiled function with all that it calls."""
    plain = function.py_func
    if function in found:
        return
    found.append(function)
    cells = [cell.cell_contents for cell in plain.__closure__ or ()]
    named = [plain.__globals__.get(name) for name in plain.__code__.co_names]
    for each in (*cells, *named):
        if hasattr(each, "py_func"):
            list_machine_code(each, found)


def test_names_of_compiled_functions_are_unique():
    """By its name one finds the other in the cache, where those of several programs meet."""
    found: list = []
    for entry in (module._run_steps, module._hessian):
        list_machine_code(entry, found)
    codes: dict = {}
    for function in found:
        name = (function.py_func.__module__, function.py_func.__qualname__)
        codes.setdefault(name, set()).add(function.py_func.__code__)
    assert len(codes) > 60
    assert [name for name, several in codes.items() if len(several) > 1] == []


def test_other_sources_give_another_name():
    """The cache reads what it finds under a name, also what an earlier release has left there."""
    for entry in (module._run_steps, module._hessian):
        assert entry.py_func.__qualname__.endswith(f"_{module._DIGEST}")
    names = {path.name for path in module._SOURCES}
    assert {"silu.py", "family.py", "gradient_descent.py", "kernel.py", "steps.py"} <= names


def run_without_a_folder(code):
    """In a process in which numba finds no folder to write to, as in a read-only installation."""
    first = (
        "from numba.core import caching\n"
        "def refuse(self): raise PermissionError(13, 'Permission denied')\n"
        "caching._CacheLocator.ensure_cache_path = refuse\n"
    )
    return subprocess.run([sys.executable, "-c", first + code], capture_output=True, text=True)


def test_engine_works_without_a_writable_cache_folder():
    done = run_without_a_folder(
        "from neuralnet import NeuralNetwork, load_iris\n"
        "net = NeuralNetwork('Species ~ .', load_iris(), engine='compiled')\n"
        "from neuralnet.perceptron.compiled import engine\n"
        "print(net.engine, engine._run_steps.stats.cache_path, engine._hessian.stats.cache_path)"
    )
    assert done.stdout.split() == ["compiled", "None", "None"], done.stderr


def cube(x):
    return x**3


def test_function_is_compiled_in_memory_without_a_writable_cache_folder(monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("numba.core.caching._CacheLocator.ensure_cache_path", refuse)
        function = elementary.compile_cached("cube_in_memory", cube)
    assert function.stats.cache_path is None
    assert function(3.0) == 27.0


@pytest.fixture
def cache_here(tmp_path, monkeypatch):
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    return tmp_path


def list_cache(folder):
    return [path for path in folder.rglob("*.nb?")]


def test_cache_is_used_where_there_is_one(cache_here):
    assert elementary.compile_cached("cube_on_disk", cube)(3.0) == 27.0
    assert len(list_cache(cache_here)) == 2
    again = elementary.compile_cached("cube_on_disk", cube)
    assert again(3.0) == 27.0 and sum(again.stats.cache_hits.values()) == 1


@pytest.mark.parametrize("what", ["_save_index", "_save_data"])
def test_disk_that_fills_up_while_machine_code_is_saved_does_no_harm(cache_here, monkeypatch, what):
    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"numba.core.caching.IndexDataCacheFile.{what}", fail)
    function = elementary.compile_cached(f"cube{what}", cube)
    assert function(3.0) == 27.0 and function(2.0) == 8.0


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_file_of_the_cache_that_was_cut_off_is_replaced(cache_here, kind):
    assert elementary.compile_cached(f"cube_cut_{kind}", cube)(3.0) == 27.0
    (path,) = cache_here.rglob(f"*.{kind}")
    path.write_bytes(path.read_bytes()[:40])
    again = elementary.compile_cached(f"cube_cut_{kind}", cube)
    assert again(3.0) == 27.0 and not again.stats.cache_hits
    whole = elementary.compile_cached(f"cube_cut_{kind}", cube)
    assert whole(3.0) == 27.0 and sum(whole.stats.cache_hits.values()) == 1
