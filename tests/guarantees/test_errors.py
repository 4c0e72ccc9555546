"""Errors: their messages, and a network that is unchanged after a failed call."""

import sys
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_net, make_table, take_snapshot

from neuralnet import NeuralNetwork
from neuralnet.activations import Sigmoid
from neuralnet.families import Poisson
from neuralnet.optimizers import Adam
from neuralnet.optimizers.schedules import CosineDecay, StepDecay

TABLE = make_table()
MINE = np.linspace(0.0, 1.0, len(TABLE))  # a variable of the caller
ONE_CLASS = TABLE.assign(species="small")
NEGATIVE = TABLE.assign(count=np.arange(36) - 1)
COUNTS = TABLE.assign(s=np.arange(36), f=1, share=np.linspace(-0.25, 1.5, 36))
WIN = {"family": "binomial", "data": COUNTS}
INFINITE = TABLE.assign(x1=np.where(np.arange(36) == 4, np.inf, 1.0))


@dataclass(frozen=True)
class Hinge:
    """Activation without a second derivative."""

    name: str = "hinge"

    def value(self, z):
        return np.maximum(z, 0.0)

    def slope(self, z, h):
        return (h > 0.0).astype(float)


def build(formula="species ~ x1 + x2", data=TABLE, hidden=3, **options):
    return lambda: NeuralNetwork(formula, data, hidden, **options)


# Invalid networks: the call, the error, and words of its message.
BUILDING = {
    "unknown column": (build("species ~ x1 + xx2"), ValueError, "'xx2' 'x2' 'species ~ x1 + xx2'"),
    "unknown response": (build("spices ~ x1"), ValueError, "'spices' 'species'"),
    "column in backticks": (build("species ~ `x 1`"), ValueError, "'x 1'"),
    "caller's variable": (build("species ~ x1 + MINE"), ValueError, "'MINE' env= variables"),
    "caller's function": (build("species ~ squash(x1)"), ValueError, "'squash' env={'squash':"),
    "no formula": (build("species ~ x1 +* x2"), ValueError, "'species ~ x1 +* x2'"),
    "no response": (build("~ x1"), ValueError, "no response"),
    "no predictors": (build("species ~ 0"), ValueError, "no predictors"),
    "response twice": (build("x1 ~ x1 + x2"), ValueError, "x1 also predictor"),
    "formula of another type": (build(5), TypeError, "formula string 5"),
    "no data frame": (build(data=[1, 2]), TypeError, "DataFrame dict list"),
    "no rows": (build(data=TABLE[:0]), ValueError, "data no rows"),
    "all rows missing": (build(data=TABLE.assign(x1=np.nan)), ValueError, "x1 36"),
    "infinite number": (build(data=INFINITE), ValueError, "'x1' infinite row 4"),
    "undefined term": (build("species ~ log(x1)"), ValueError, "log(x1) finite"),
    "one class": (build(data=ONE_CLASS), ValueError, "species one class, 'small'"),
    "misspelt family": (build(family="sofmax"), ValueError, "'sofmax' 'binomial' 'softmax'?"),
    "family of another type": (build(family=3), TypeError, "family 'softmax' 3"),
    "family not yet made": (build("count ~ x1", family=Poisson), TypeError, "family Poisson()"),
    "three classes for two": (build(family="binomial"), ValueError, "binomial species 3 softmax"),
    "classes for numbers": (build(family="gaussian"), TypeError, "species numbers 'small' softmax"),
    "negative counts": (
        build("count ~ x1", NEGATIVE, family="poisson"),
        ValueError,
        "poisson 0 or more row -1",
    ),
    "misspelt activation": (build(activation="sigmod"), ValueError, "'sigmod' 'tanh' 'sigmoid'?"),
    "activation of another type": (
        build(activation=np.tanh),
        TypeError,
        "activation 'tanh' value, slope",
    ),
    "activation not yet made": (
        build(activation=Sigmoid),
        TypeError,
        "activation Sigmoid() object class",
    ),
    "too many activations": (build(activation=["tanh"] * 2), ValueError, "activation 2 1"),
    "hidden=-1": (build(hidden=-1), ValueError, "hidden -1 0 5"),
    "hidden=2.5": (build(hidden=2.5), TypeError, "hidden 2.5"),
    "hidden='5'": (build(hidden="5"), TypeError, "hidden '5'"),
    "hidden=None": (build(hidden=None), TypeError, "hidden None"),
    "hidden=True": (build(hidden=True), TypeError, "hidden True"),
    "hidden=[3, 0]": (build(hidden=[3, 0]), ValueError, "hidden 0"),
    "hidden=[3, 'a']": (build(hidden=[3, "a"]), TypeError, "hidden 'a'"),
    "decay=-1": (build(decay=-1), ValueError, "decay -1 0"),
    "decay=nan": (build(decay=np.nan), ValueError, "decay nan"),
    "decay='a'": (build(decay="a"), ValueError, "decay W1 'cv' 'a'"),
    "scale=2": (build(scale=2), TypeError, "scale True False 2"),
    "penalize_bias=0": (build(penalize_bias=0), TypeError, "penalize_bias True False 0"),
    "init=[]": (build(init=[]), TypeError, "init 'glorot' 'uniform' function []"),
    "init=-1": (build(init=-1), ValueError, "init -1"),
    "misspelt init": (build(init="glort"), ValueError, "'glort' 'he' 'glorot'?"),
    "init of a wrong shape": (build(init=lambda rng, shape: [1.0]), ValueError, "(3, 3) (1,)"),
    "init not finite": (
        build(init=lambda rng, shape: np.full(shape, np.nan)),
        ValueError,
        "init finite",
    ),
    "seed='a'": (build(seed="a"), TypeError, "seed int Generator 'a'"),
    "seed=1.5": (build(seed=1.5), TypeError, "seed int Generator 1.5"),
    "seed=-1": (build(seed=-1), ValueError, "seed -1"),
    "env=5": (build(env=5), TypeError, "env dict 5"),
    "too few weights": (build(weights=[1, 2]), ValueError, "weights 36 2"),
    "negative weight": (build(weights=MINE - 0.5), ValueError, "weights 100 -0.5"),
    "only zeros for weights": (build(weights=np.zeros(36)), ValueError, "weights 0"),
    "text for weights": (build(weights="kind"), TypeError, "weights numbers 'a'"),
    "unknown column of weights": (build(weights="kin"), ValueError, "'kin' 'kind'"),
    # Several responses, successes and failures.
    "classes in cbind": (build("cbind(cost, kind) ~ x1"), TypeError, "kind numbers 'a' softmax"),
    "classes alone": (build("cbind(species, kind) ~ x1"), TypeError, "species cbind 'small'"),
    "cbind for softmax": (
        build("cbind(cost, count) ~ x1", family="softmax"),
        ValueError,
        "softmax one response 2 'cost', 'count' gaussian cbind(successes,",
    ),
    "response twice in cbind": (build("cbind(cost, cost) ~ x1"), ValueError, "cost twice"),
    "joined response as predictor": (
        build("cbind(cost, x1) ~ x1"),
        ValueError,
        "x1 also predictor",
    ),
    "cbind of predictors": (build("cost ~ cbind(x1, x2)"), ValueError, "'cbind' left '+'"),
    "dot in cbind": (build("cbind(cost, .) ~ x1"), ValueError, "'.' left name"),
    "three columns for two": (
        build("cbind(s, f, count) ~ x1", **WIN),
        ValueError,
        "binomial cbind(successes, failures) 3 'count'",
    ),
    "negative failures": (
        build("cbind(s, f - s) ~ x1", **WIN),
        ValueError,
        "whole 0 or more row 102 2, -1",
    ),
    "parts of successes": (
        build("cbind(s / 2, f) ~ x1", **WIN),
        ValueError,
        "whole row 101 0.5, 1",
    ),
    "no trials at all": (build("cbind(s * 0, f * 0) ~ x1", **WIN), ValueError, "0 every row"),
    "proportion below 0": (build("share ~ x1", **WIN), ValueError, "[0, 1] row 100 -0.25"),
    "proportion above 1": (build("I(share + 0.25) ~ x1", **WIN), ValueError, "[0, 1] row 121 1.05"),
    "counts for two classes": (
        build("s ~ x1", **WIN),
        ValueError,
        "two classes 36 cbind(successes, failures) proportions weights=",
    ),
    "C for numbers": (
        build("C(count) ~ x1", family="gaussian"),
        TypeError,
        "C(count) numbers classes softmax",
    ),
    # Offsets.
    "offset in a product": (build("cost ~ x1*offset(x2)"), ValueError, "offset sum product"),
    "offset in a power": (build("cost ~ (x1 + offset(x2))^2"), ValueError, "offset sum power"),
    "offset taken away": (build("cost ~ x1 - offset(x2)"), ValueError, "offset sum '-'"),
    "offset on the left": (build("offset(cost) ~ x1"), ValueError, "'offset' right side"),
    "offset in a call": (build("cost ~ log(offset(x1))"), ValueError, "'offset' part of a sum"),
    "offset of two": (build("cost ~ offset(x1, x2)"), ValueError, "one column offset(cbind(a, b))"),
    "offset of a category": (
        build("cost ~ x1 + offset(kind)"),
        TypeError,
        "offset(kind) numbers kind holds 'a'",
    ),
    "offset not finite": (
        build("cost ~ x1 + offset(log(count))"),
        ValueError,
        "offset(log(count)) finite first row leave",
    ),
    "one offset for softmax": (
        build("species ~ x1 + offset(x2)"),
        ValueError,
        "cancels out 3 classes offset(cbind(a, b,",
    ),
    "one column for softmax": (build(offset="x2"), ValueError, "cancels out 3 offset=['a',"),
    "two offsets for softmax": (build(offset=["x1", "x2"]), ValueError, "2 columns 3 outputs"),
    "offsets for one output": (
        build("cost ~ x1", offset=["x1", "x2"]),
        ValueError,
        "2 columns 1 output:",
    ),
    "offsets that do not add up": (
        build("cost ~ x1 + offset(cbind(x1, x2))", offset=np.ones((36, 3))),
        ValueError,
        "formula 2 columns offset= 3 columns",
    ),
    "too few offsets": (build("cost ~ x1", offset=[1, 2]), ValueError, "offset 36 2"),
    "too many offsets": (build("cost ~ x1", offset=np.ones(40)), ValueError, "offset 36 40"),
    "unknown column of offsets": (build("cost ~ x1", offset="kin"), ValueError, "'kin' 'kind'"),
    "text for offsets": (build("cost ~ x1", offset="kind"), TypeError, "offset(kind) numbers 'a'"),
    "list of text for offsets": (
        build("cost ~ x1", offset=np.array(["a"] * 36)),
        TypeError,
        "offset numbers 'a'",
    ),
    "infinite offset": (
        build("cost ~ x1", offset=np.where(MINE == 0, np.inf, MINE)),
        ValueError,
        "'offset' infinite row 100",
    ),
    "missing offsets": (build("cost ~ x1", offset=[np.nan] * 36), ValueError, "none of 36 offset"),
    "offset=3": (build("cost ~ x1", offset=3), TypeError, "offset column names numbers int"),
}


@case_by_case("case", BUILDING)
def test_network_cannot_be_built(case):
    call, kind, fragments = BUILDING[case]
    with pytest.raises(kind) as caught:
        call()
    missing = [each for each in fragments.split() if each not in str(caught.value)]
    assert missing == [], str(caught.value)
    # The error is the package's own: no exception of another package is shown as its cause.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_weights_of_incomplete_rows_alone_are_refused():
    holes = TABLE.assign(x1=np.where(MINE > 0.5, np.nan, MINE))
    with (
        pytest.warns(UserWarning, match="18 of 36 rows dropped"),
        pytest.raises(
            ValueError, match="weights must not all be 0 in the rows without missing values"
        ),
    ):
        NeuralNetwork("cost ~ x1 + x2", holes, weights=1.0 * (MINE > 0.5))


def put(name, value):
    return lambda net: setattr(net, name, value)


def train(*values, **options):
    return lambda net: net.train(*values, **options)


NEW = TABLE.drop(columns="species")
CURVE = CosineDecay(0.1, iterations=10)

# Calls that a classification network with W1 (5, 3), W2 (4, 3) rejects.
USING = {
    "W1 of a wrong shape": (put("W1", np.zeros((3, 5))), ValueError, "W1 (5, 3) (3, 5)"),
    "W1 as one number": (put("W1", 0.0), ValueError, "W1 (5, 3) ()"),
    "W2 with nan": (put("W2", np.full((4, 3), np.nan)), ValueError, "W2 finite nan"),
    "W2 infinite": (put("W2", np.full((4, 3), np.inf)), ValueError, "W2 finite infinite"),
    "W2 of text": (put("W2", [["0.1"] * 3] * 4), TypeError, "W2 numbers (4, 3)"),
    "W2 complex": (put("W2", np.ones((4, 3)) * 1j), TypeError, "W2 numbers"),
    "W2 ragged": (put("W2", [[1.0], [1.0, 2.0]]), TypeError, "W2 numbers"),
    "theta of a wrong shape": (put("theta", np.zeros(3)), ValueError, "theta (27,) (3,)"),
    "theta as a matrix": (put("theta", np.zeros((1, 27))), ValueError, "theta (27,) (1, 27)"),
    "W3": (put("W3", np.zeros((4, 3))), AttributeError, "'W3' theta, W1, W2"),
    "output": (put("output", 0), AttributeError, "'output' read-only"),
    "learn_rate=0": (train(learn_rate=0), ValueError, "learn_rate above 0"),
    "learn_rate=-1": (train(learn_rate=-1), ValueError, "learn_rate above 0, -1"),
    "learn_rate=nan": (train(learn_rate=np.nan), ValueError, "learn_rate above 0, nan"),
    "learn_rate=inf": (train(learn_rate=np.inf), ValueError, "learn_rate inf"),
    "learn_rate='a'": (train(learn_rate="a"), TypeError, "learn_rate 'a'"),
    "step of rate 0": (lambda net: net.backpropagate(0), ValueError, "learn_rate above 0"),
    "step of rate nan": (lambda net: net.backpropagate(np.nan), ValueError, "learn_rate nan"),
    "rate for lbfgs": (train(1, 0.1, optimizer="lbfgs"), ValueError, "LBFGS learn_rate"),
    "rate for newton": (train(1, 0.1, optimizer="newton"), ValueError, "Newton learn_rate"),
    "rate for rprop": (train(1, 0.1, optimizer="rprop"), ValueError, "Rprop learn_rate"),
    "iterations=-1": (train(-1), ValueError, "iterations whole -1"),
    "iterations=1.5": (train(1.5), ValueError, "iterations whole 1.5"),
    "iterations=inf": (train(np.inf), ValueError, "iterations whole inf"),
    "iterations='10'": (train("10"), TypeError, "iterations whole '10'"),
    "trace=-1": (train(trace=-1), ValueError, "trace -1"),
    "trace=True": (train(trace=True), TypeError, "trace True"),
    "tolerance='a'": (train(tolerance="a"), TypeError, "tolerance 'a'"),
    "tolerance=nan": (train(tolerance=np.nan), (TypeError, ValueError), "tolerance nan"),
    "misspelt optimizer": (train(optimizer="adm"), ValueError, "'adm' 'lbfgs' 'adam'?"),
    "optimizer of another type": (train(optimizer=max), TypeError, "optimizer 'adam' step"),
    "optimizer not yet made": (train(optimizer=Adam), TypeError, "optimizer Adam() object class"),
    "misspelt schedule": (train(1, "cosine"), TypeError, "learn_rate 'cosine' schedule function"),
    "schedule not yet made": (train(1, StepDecay), TypeError, "learn_rate schedule StepDecay"),
    "schedule for rprop": (train(1, CURVE, optimizer="rprop"), ValueError, "Rprop learn_rate"),
    "schedule for lbfgs": (train(1, CURVE, optimizer="lbfgs"), ValueError, "LBFGS learn_rate"),
    "function for newton": (
        train(1, lambda t: 0.1, optimizer="newton"),
        ValueError,
        "Newton takes no learn_rate Leave",
    ),
    "rates that are none": (train(1, lambda t: -t), ValueError, "learn_rate iteration 1 above -1"),
    "rates of text": (train(1, lambda t: "a"), TypeError, "learn_rate iteration 1 number 'a'"),
    "rates of nothing at all": (train(1, lambda: 0.1), TypeError, "argument"),
    "batch_size=0": (train(batch_size=0), ValueError, "batch_size whole 1 0"),
    "batch_size=2.5": (train(batch_size=2.5), ValueError, "batch_size whole 2.5"),
    "batch_size='a'": (train(batch_size="a"), TypeError, "batch_size whole 'a'"),
    "batch_size=True": (train(batch_size=True), TypeError, "batch_size whole True"),
    **{
        f"mini-batches for {name}": (
            train(1, batch_size=9, optimizer=name),
            ValueError,
            f"{record} mini-batches batch_size 'adam' 'gradient_descent'",
        )
        for name, record in [("rprop", "Rprop"), ("lbfgs", "LBFGS"), ("newton", "Newton")]
    },
    "mini-batches and gradient": (
        train(batch_size=9, gradient_tolerance=0.1),
        ValueError,
        "gradient_tolerance batch_size= relative_tolerance",
    ),
    "relative_tolerance=-1": (
        train(relative_tolerance=-1),
        ValueError,
        "relative_tolerance 0 -1",
    ),
    "relative_tolerance='a'": (
        train(relative_tolerance="a"),
        TypeError,
        "relative_tolerance number 'a'",
    ),
    "gradient_tolerance=-1": (
        train(gradient_tolerance=-1),
        ValueError,
        "gradient_tolerance 0 -1",
    ),
    "gradient_tolerance of newton": (
        train(gradient_tolerance=np.nan, optimizer="newton"),
        ValueError,
        "gradient_tolerance nan",
    ),
    "gradient_tolerance='a'": (
        train(gradient_tolerance="a"),
        TypeError,
        "gradient_tolerance number 'a'",
    ),
    "patience alone": (train(patience=5), ValueError, "patience held out validation="),
    "patience=0": (train(patience=0, validation=0.2), ValueError, "patience whole 1 0"),
    "patience=1.5": (train(patience=1.5, validation=0.2), ValueError, "patience whole 1.5"),
    "patience='a'": (train(patience="a", validation=0.2), TypeError, "patience 'a'"),
    **{
        f"validation={share}": (
            train(validation=share),
            ValueError,
            f"validation={share:g} share above 0 below 1 positions",
        )
        for share in (0, 1, 1.0, -0.5, 20, np.nan, np.inf)
    },
    "share of no row": (train(validation=0.01), ValueError, "validation=0.01 no row out 36"),
    "validation=True": (train(validation=True), TypeError, "validation share positions True"),
    "validation='a'": (train(validation="a"), TypeError, "validation share positions 'a'"),
    "validation of text": (train(validation=["a", "b"]), TypeError, "validation positions ['a'"),
    "validation of parts": (train(validation=[0.5, 1.5]), TypeError, "validation positions 1.5"),
    "validation of nothing": (train(validation=[]), TypeError, "validation positions []"),
    "validation ragged": (train(validation=[[1], [2, 3]]), TypeError, "validation positions [[1]"),
    "validation matrix": (
        train(validation=np.zeros((2, 2), int)),
        TypeError,
        "validation positions array",
    ),
    "row beyond the data": (train(validation=[3, 36]), ValueError, "validation 36 0 to 35"),
    "row before the data": (train(validation=[3, -1]), ValueError, "validation -1 0 to 35"),
    "mask too short": (train(validation=[True, False]), ValueError, "validation 36 2"),
    "mask of no row": (train(validation=np.zeros(36, bool)), ValueError, "validation no row out"),
    "mask of all rows": (
        train(validation=np.ones(36, bool)),
        ValueError,
        "validation no row back train",
    ),
    "unknown labels": (
        train(validation=pd.Index([100, 7])),
        ValueError,
        "validation rows 7",
    ),
    "no labels": (train(validation=TABLE.index[:0]), ValueError, "validation no row out"),
    "all labels": (train(validation=TABLE.index), ValueError, "validation no row back train"),
    "other data without response": (train(validation=NEW), ValueError, "'species'"),
    "other data with a new level": (
        train(validation=TABLE.assign(kind="z")),
        ValueError,
        "'kind' 'z' 'a', 'b', 'c'",
    ),
    "other data that is all missing": (
        train(validation=TABLE.assign(x1=np.nan)),
        ValueError,
        "none of 36 rows is complete",
    ),
    "other data without rows": (train(validation=TABLE[:0]), ValueError, "the data has no rows"),
    "restarts=0": (train(restarts=0), ValueError, "restarts whole 1 0"),
    "restarts=2.5": (train(restarts=2.5), ValueError, "restarts whole 2.5"),
    "restarts='a'": (train(restarts="a"), TypeError, "restarts whole 'a'"),
    "restarts=True": (train(restarts=True), TypeError, "restarts whole True"),
    "search with rates that are none": (
        train(2, lambda t: -t, restarts=3, batch_size=9),
        ValueError,
        "learn_rate iteration 1 above -1",
    ),
    "callback=3": (train(callback=3), TypeError, "callback function callback(net, iteration) 3"),
    "progress=1": (train(progress=1), TypeError, "progress True False 1"),
    "progress='bar'": (train(progress="bar"), TypeError, "progress True False 'bar'"),
    "misspelt type": (lambda net: net.predict(type="prob"), ValueError, "'prob' 'link' 'probs'?"),
    "new data without a predictor": (
        lambda net: net.predict(TABLE.drop(columns="x2")),
        ValueError,
        "'x2' 'x1'",
    ),
    "new level": (
        lambda net: net.predict(TABLE.assign(kind="z")),
        ValueError,
        "'kind' 'z' 'a', 'b', 'c'",
    ),
    "text for numbers": (
        lambda net: net.predict(TABLE.assign(x1="many")),
        TypeError,
        "'x1' float64 'many' numbers",
    ),
    "numbers for text": (lambda net: net.predict(TABLE.assign(kind=1.0)), TypeError, "'kind' 1.0"),
    "list of numbers": (lambda net: net.predict([1.0, 2.0]), TypeError, "DataFrame list"),
    "matrix for predict": (lambda net: net.predict(net.X), TypeError, "DataFrame ndarray"),
    "matrix of a wrong width": (lambda net: net.fit(np.ones((2, 4))), ValueError, "5 (2, 4)"),
    "vector for a matrix": (lambda net: net.fit(np.ones(5)), ValueError, "5 (5,)"),
    "loss without response": (lambda net: net.compute_loss(NEW), ValueError, "'species'"),
    "accuracy without response": (lambda net: net.accuracy(NEW), ValueError, "'species'"),
    "confusion without response": (lambda net: net.confusion_matrix(NEW), ValueError, "'species'"),
    "new class": (
        lambda net: net.accuracy(TABLE.assign(species="huge")),
        ValueError,
        "species 'huge' 'small'",
    ),
    "no complete row": (
        lambda net: net.compute_loss(TABLE.assign(x1=np.nan)),
        ValueError,
        "none of 36 rows is complete",
    ),
    "unknown positive": (lambda net: net.metrics(positive="z"), ValueError, "'z' 'small'"),
    "objective of a wrong shape": (lambda net: net.objective([1.0]), ValueError, "(27,) (1,)"),
    "hessian at nan": (lambda net: net.hessian(np.full(27, np.nan)), ValueError, "theta finite"),
    "no such attribute": (lambda net: net.sofmax, AttributeError, "'sofmax' 'softmax'?"),
}


ROLLING = {"optimizer": "momentum", "learn_rate": 0.001}


@cache
def use_once():
    """Return a network that is trained, and its snapshot: every invalid call leaves it so."""
    net = make_net().train(3, trace=2, **ROLLING).feedforward()
    return net, take_snapshot(net, **ROLLING)


@case_by_case("case", USING)
def test_invalid_call_leaves_the_network_unchanged(case):
    call, kind, fragments = USING[case]
    net, before = use_once()
    with pytest.raises(kind) as caught:
        call(net)
    missing = [each for each in fragments.split() if each not in str(caught.value)]
    assert missing == [], str(caught.value)
    assert take_snapshot(net, **ROLLING) == before


@pytest.mark.parametrize(
    ("call", "fragments"),
    [
        (train(1, optimizer="lbfgs"), "LBFGS L1 mixture 'rprop' mixture=0"),
        (train(1, optimizer="newton"), "Newton L1 mixture 'rprop' mixture=0"),
        (lambda net: net.hessian(), "hessian() L1 mixture"),
    ],
)
def test_l1_penalty_is_refused_where_a_smooth_objective_is_needed(call, fragments):
    net = make_net(decay=0.1, mixture=0.5).train(3, trace=0)
    before = take_snapshot(net)
    with pytest.raises(ValueError) as caught:
        call(net)
    missing = [each for each in fragments.split() if each not in str(caught.value)]
    assert missing == [], str(caught.value)
    assert take_snapshot(net) == before
    # An L1 share requires a penalty.
    assert make_net(mixture=0.5, decay=0.0).hessian().shape == (27, 27)


@pytest.mark.parametrize("call", [NeuralNetwork.accuracy, NeuralNetwork.confusion_matrix])
@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_numbers_have_no_accuracy(call, family):
    with pytest.raises(ValueError, match=r"\(\) needs a response of classes"):
        call(make_net(family))


def test_activation_without_curvature_is_refused_where_it_is_needed():
    net = make_net(activation=Hinge())
    before = take_snapshot(net)
    for call in (net.hessian, lambda: net.train(1, optimizer="newton")):
        with pytest.raises(ValueError, match="curvature; 'hinge' has none"):
            call()
    assert take_snapshot(net) == before
    loss = net.compute_loss()
    assert net.train(20, optimizer="lbfgs", trace=0).compute_loss() < loss


def test_splines_without_scipy_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.interpolate", None)
    with pytest.raises(ImportError, match=r"formula-neuralnet\[splines\]"):
        NeuralNetwork("cost ~ bs(x1, df=4)", TABLE)


def test_numbers_that_may_be_classes_are_reported_at_the_users_line():
    table = TABLE.assign(size=np.arange(36) % 3)
    with pytest.warns(UserWarning, match=r"size has 3 distinct whole numbers.*C\(size\)") as caught:
        net = NeuralNetwork("size ~ x1", table)
    assert (net.family, caught[0].filename) == ("gaussian", __file__)
    assert NeuralNetwork("size ~ x1", table, family="poisson").family == "poisson"
    assert NeuralNetwork("C(size) ~ x1", table).family == "softmax"


def test_a_failed_constructor_leaves_no_network():
    with pytest.raises(ValueError, match="column 'x1' is not in the data"):
        NeuralNetwork("species ~ x1", TABLE, seed=1).predict(pd.DataFrame({"x2": [1.0]}))
    net = object.__new__(NeuralNetwork)
    with pytest.raises(AttributeError):
        net.train()
