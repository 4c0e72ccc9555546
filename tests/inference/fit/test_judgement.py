"""What may be inferred: fits at rest, smooth and curved; and the words for all others."""

import json
from pathlib import Path

import numpy as np
import pytest
from networks import make_net, make_table
from r_models import assert_agrees

from neuralnet import NeuralNetwork
from neuralnet.inference.fit.judgement import AT_REST

REFERENCE = Path(__file__).parents[2] / "reference"
pytestmark = pytest.mark.filterwarnings(
    "ignore::neuralnet.ConvergenceWarning", "ignore::neuralnet.DataWarning"
)


def judge(net):
    return net.inference().judgement


def read_refusal(net):
    """The words of a refusal: the same by all methods, and nothing is lost of the likelihood."""
    found = net.inference()
    assert not found.judgement.allows
    assert np.isfinite(found.deviance)
    assert np.isfinite(found.edf)
    said = []
    for ask in (lambda: found.bse, found.vcov, found.confint, lambda: found.vcov("HC0")):
        with pytest.raises(ValueError, match=r"^standard errors cannot be given\. ") as caught:
            ask()
        said.append(str(caught.value).removeprefix("standard errors cannot be given. "))
    assert set(said) == {" ".join(found.judgement.reasons)}
    assert said[0][0].isupper()
    assert said[0].endswith(".")
    return said[0]


def train(formula, table, hidden=0, **options):
    net = NeuralNetwork(formula, table, hidden, init=0.5, seed=1, **options)
    return net.train(optimizer="newton", trace=0)


@pytest.mark.parametrize("options", [{"hidden": 2}, {"hidden": 3}, {"hidden": [3, 2]}])
def test_softmax_without_decay_has_a_shift_for_each_row_of_the_last_matrix(options, iris):
    """As many as the Hessian has eigenvalues of 0, at weights that are no optimum too."""
    net = make_net("softmax", activation="tanh", **options)
    H = net.hessian()
    last = net.W[-1].shape[0]
    found = judge(make_net("softmax", activation="tanh", **options).train(1, 1e-9, trace=0))
    assert found.undetermined == last
    values = np.abs(np.linalg.eigvalsh(H))
    assert (values < 1e-12 * values.max()).sum() == last


def test_spared_biases_of_a_softmax_may_be_shifted():
    net = make_net("softmax", hidden=2, decay=0.1, penalize_bias=False)
    net.train(optimizer="newton", trace=0)
    assert judge(net).undetermined == 1
    assert judge(net).allows
    assert net.inference().bse.notna().all()


def test_a_collinear_column_changes_the_errors_of_no_other():
    table = make_table()
    table["x3"] = 3.0 * table["x1"]
    net, known = train("cost ~ x1 + x2 + x3", table), train("cost ~ x2 + x1", table)
    found = net.inference()
    assert judge(net).allows
    assert judge(net).undetermined == 1
    assert [*found.bse.index[found.bse.isna()]] == ["x1", "x3"]
    both = ["Intercept", "x2"]
    assert_agrees(found.bse[both], known.inference().bse[both])
    assert_agrees(found.vcov().loc[both, both], known.inference().vcov().loc[both, both])
    assert found.confint().loc[["x1", "x3"]].isna().all(axis=None)
    for name in ["llf", "aic", "bic", "edf", "df_resid", "dispersion"]:
        expected = getattr(known.inference(), name)
        assert getattr(found, name) == pytest.approx(expected, rel=1e-9)


def test_a_collinear_column_of_hidden_units_is_undetermined_in_each():
    table = make_table(200)
    table["x3"] = 3.0 * table["x1"]
    table["cost"] = np.tanh(2 * table["x1"]) + 0.1 * table["x2"] + 0.01 * table["cost"]
    net = train("cost ~ x1 + x2 + x3", table, 1, activation="tanh")
    known = train("cost ~ x1 + x2", table, 1, activation="tanh")
    assert judge(net).undetermined == 1
    assert judge(net).allows
    assert judge(known).undetermined == 0
    found = net.inference()
    unknown = found.bse[found.bse.isna()].index
    assert [*unknown.get_level_values("from")] == ["x1", "x3"]
    assert found.edf == pytest.approx(known.inference().edf)
    assert found.llf == pytest.approx(known.inference().llf, rel=1e-9)


def test_units_to_spare_are_named():
    table = make_table(200)
    table["cost"] = np.tanh(2 * table["x1"]) + 0.02 * table["cost"]
    net = train("cost ~ x1", table, 2, activation="tanh")
    W1, W2 = net.W
    twins = NeuralNetwork("cost ~ x1", table, 4, activation="tanh")
    # h1 and h4 are the same unit, h3 is 1 for all rows.
    constant = np.array([[30.0], [0.0]])
    twins.W1 = np.hstack([W1, constant, W1[:, :1]])
    twins.W2 = np.vstack([W2[:1], W2[1:2] / 2, W2[2:], [[0.1]], W2[1:2] / 2])
    said = read_refusal(twins)
    assert "(h3 is constant, h1 and h4 are alike), which the data do not determine." in said
    assert said.startswith("The loss ")
    assert said.endswith(
        "decay='evidence' finds a decay that determines them; fewer hidden units, or "
        "train(optimizer='newton', restarts=10), may help too."
    )


def test_the_iris_network_of_the_article_is_refused(iris):
    """At its weights in R, after 9,999 iterations."""
    article = json.loads((REFERENCE / "iris_r6.json").read_text("utf-8"))
    net = NeuralNetwork("Species ~ .", iris, hidden=5)
    end = article["checkpoints"][-1]
    net.W1, net.W2 = end["W1"], end["W2"]
    said = read_refusal(net)
    assert judge(net).negative == 9
    assert np.isnan(judge(net).distance)
    assert judge(net).condition == np.inf
    assert said.startswith(
        "The loss falls or is flat along 9 directions of the weights, mostly of h1, h2, h3, h4 and "
        "h5"
    )


def test_units_without_an_activation_are_a_linear_model():
    net = train("cost ~ x1 + x2", make_table(), 2, activation="identity")
    said = read_refusal(net)
    assert said.endswith(
        "Identity units alone make a linear model, whatever their number: use hidden=0, or another "
        "activation."
    )
    assert "mostly of h1 and h2, which" in said


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_kinks_are_refused(activation, decay):
    net = make_net("gaussian", hidden=2, activation=activation, decay=decay)
    assert read_refusal(net.train(200, optimizer="adam", trace=0)) == (
        f"Activation '{activation}' has a kink, where the loss has no second derivatives, and "
        "weights come to rest at kinks. Only refits give intervals: inference().bootstrap(), and "
        "predict(interval='prediction'). "
        "Or take another activation, such as 'tanh' or 'softplus'."
    )


def test_two_kinds_of_kinks_are_both_named():
    net = make_net("gaussian", hidden=[2, 2], activation=["relu", "leaky_relu"]).train(1, trace=0)
    assert read_refusal(net).startswith("Activations 'relu' and 'leaky_relu' have kinks, where")


@pytest.mark.parametrize("family", ["gaussian", "softmax"])
def test_a_fit_must_be_at_rest(family):
    net = make_net(family, hidden=2, decay=0.1, activation="tanh")
    net.train(optimizer="newton", trace=0)
    assert judge(net).distance < 1e-4
    theta, V = net.theta, net.inference().covary()
    # A known distance away from the optimum, in standard errors.
    v = np.linalg.cholesky(V) @ np.full(len(theta), len(theta) ** -0.5)
    for away, allowed in [(0.02, True), (0.1, False)]:
        net.theta = theta + away * v
        assert judge(net).distance == pytest.approx(away, rel=0.05)
        assert judge(net).allows == allowed
    said = read_refusal(net)
    assert said == (
        f"The weights are {judge(net).distance:.2g} standard errors from the optimum, and at most "
        "0.05 are allowed: train on with train(optimizer='newton')."
    )
    assert judge(net.train(optimizer="newton", trace=0)).allows


def test_rest_is_a_distance_and_not_convergence():
    """Gradient descent never says that it has converged."""
    net = NeuralNetwork("cost ~ x1 + x2", make_table(), 0)
    net.train(3_000, 1e-2, trace=0)
    assert not net.converged
    assert judge(net).distance < 1e-9
    assert judge(net).allows
    early = NeuralNetwork("cost ~ x1 + x2", make_table(), 0).train(5, 1e-2, trace=0)
    assert judge(early).distance > AT_REST


SEPARATED = {
    "all classes": ("Species ~ .", "setosa|virginica", "softmax"),
    "two classes": ("Species ~ Petal.Length", "setosa|virginica", "binomial"),
}


@pytest.mark.parametrize("case", SEPARATED)
@pytest.mark.parametrize("hidden", [0, 2])
@pytest.mark.parametrize("optimizer", ["newton", "lbfgs", "rprop"])
def test_separated_classes_are_refused(case, hidden, optimizer, iris):
    formula, classes, family = SEPARATED[case]
    table = iris[iris["Species"].astype(str).str.fullmatch(classes)]
    net = NeuralNetwork(formula, table, hidden, family=family, activation="tanh", init=0.1, seed=1)
    net.train(100, optimizer=optimizer, trace=0)
    assert net.accuracy() == 1.0
    assert read_refusal(net) == (
        "Every training row is classified right without a penalty, so that the likelihood has no "
        "maximum but increases with the size of the weights. decay='evidence' finds a decay that "
        "determines them."
    )
    decayed = NeuralNetwork(formula, table, hidden, family=family, decay=0.1, init=0.5, seed=1)
    assert judge(decayed.train(optimizer="newton", trace=0)).allows


def test_an_offset_alone_separates_nothing():
    table = make_table()
    table["shift"] = np.where(table["win"], 2.0, -2.0)
    net = NeuralNetwork("win ~ x1 + offset(shift)", table, 0, family="binomial")
    net.theta = [0.0, 0.0]
    assert net.accuracy() == 1.0
    assert "classified right" not in read_refusal(net)


def test_iris_without_a_hidden_layer_is_partly_separated(iris):
    net = train("Species ~ .", iris)
    assert read_refusal(net) == (
        "Quasi-separation: Sepal.Length, Sepal.Width, Petal.Length and Petal.Width separate "
        "'setosa' without error, so that their weights grow without end: some decay, such as "
        "decay=1e-3, keeps them finite."
    )


def test_a_level_with_one_class_alone_is_refused():
    table = make_table()
    table["win"] &= table["kind"] != "a"
    net = train("win ~ x1 + kind", table, family="binomial")
    assert read_refusal(net).startswith("Quasi-separation: with kind = 'a' all 12 rows ")
    counts = make_table()
    counts["count"] *= counts["kind"] != "a"
    net = train("count ~ x1 + kind", counts, family="poisson")
    assert "kind = 'a'" in read_refusal(net)


def test_columns_that_almost_depend_on_each_other_are_named():
    table = make_table()
    table["x3"] = table["x1"] + 1e-7 * table["x2"]
    net = train("win ~ x1 + x3 + kind", table, family="binomial")
    assert read_refusal(net) == (
        "The loss is flat along 1 direction of the weights, mostly of x1 and x3, which the data do "
        "not determine. decay='evidence' finds a decay that determines them; or leave out columns "
        "that nearly depend on others."
    )


@pytest.mark.parametrize("rows", [3, 4, 5])
def test_a_variance_needs_a_degree_of_freedom(rows):
    net = train("cost ~ x1 + x2", make_table().iloc[:rows])
    assert judge(net).allows == (rows > 3)
    if rows == 3:
        assert read_refusal(net) == (
            "The residual variance needs at least 1 degree of freedom, and 3 rows leave 0.00 to "
            "3.0 effective parameters. Take fewer columns or hidden units, or more decay."
        )


def test_more_weights_than_rows_need_decay():
    few = make_table().iloc[:8]
    options = {"hidden": 4, "activation": "tanh"}
    assert "and 8 rows leave 0." in read_refusal(
        train("cost ~ x1 + x2", few, decay=1e-3, **options)
    )
    assert judge(train("cost ~ x1 + x2", few, decay=0.5, **options)).allows


@pytest.mark.parametrize("constant", [False, True])
def test_an_exact_fit_has_no_variance(constant):
    table = make_table()
    table["cost"] = 5.0 if constant else 3.0 * table["x1"] - 7.0
    net = NeuralNetwork("cost ~ x1 + x2", table, 0).train(optimizer="newton", trace=0)
    assert read_refusal(net) == (
        "The fit is the response in every row but for rounding error, so that there is no residual "
        "variance to estimate. Leave out the columns that the response is computed from."
    )


def test_a_condition_is_that_of_standardized_columns():
    net = train("cost ~ x1 + x2", make_table())
    X = np.column_stack([(x - x.mean()) / x.std() for x in net.X[:, 1:].T])
    values = np.linalg.eigvalsh(np.corrcoef(X.T))
    assert judge(net).condition == pytest.approx(values[-1] / values[0], rel=1e-6)
    assert (judge(net).negative, judge(net).flat, judge(net).undetermined) == (0, 0, 0)


def test_weights_moved_off_an_optimum_are_sent_on_training():
    net = make_net("gaussian", hidden=2, decay=0.1, scale=True)
    net.train(optimizer="newton", trace=0)
    assert net.inference().judgement.allows
    net.theta = 3.0 * net.theta
    judgement = net.inference().judgement
    assert not judgement.allows
    assert judgement.reasons[-1].endswith("train on with train(optimizer='newton').")
