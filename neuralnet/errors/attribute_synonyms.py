"""Synonyms of attributes: the names that other packages use for those of a network.

They are looked up only after a wrong name was used, for the hint of the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .messages import find_near
from .synonyms import ARGUMENTS, find_argument, index_words, normalize

_HIDDEN = "the values of the hidden units are net.layers()[0].h"
# An attribute, or a sentence where there is none; then its names in other packages.
_ATTRIBUTES = {
    _HIDDEN: "h hidden_values activations a",
    "the sums before the activation are net.layers()[0].z": "z preactivations",
    "the derivatives of the loss by the sums of a layer are net.layers()[0].delta": "delta deltas",
    "the gradient by W1, W2, ... is net.gradient; without the penalty it is net.layers()[0].dW": (
        "dw grad grads gradients jac"
    ),
    "biases are the first row of W1, W2, ..., and net.coef() labels them": (
        "b bias biases intercept intercepts intercept_ intercepts_"
    ),
    "the weights are net.W1, net.W2, ..., all of them net.theta, and with labels net.coef(); "
    "case weights are an argument of NeuralNetwork()": "weights weight",
    "the weights are net.theta, as matrices net.W, and with labels net.coef()": (
        "wts w_ params parameters params_ get_weights state_dict"
    ),
    "the weights are net.theta: assign to it, or to net.W1, net.W2, ...": (
        "set_weights load_state_dict"
    ),
    "the weights with their labels are net.coef()": (
        "coef_ coefs_ coefs coefficients generalized_weights result_matrix"
    ),
    "the loss is net.compute_loss(), and that of each iteration net.history['loss']": (
        "loss loss_ cost get_loss best_loss_"
    ),
    "the loss of each iteration is net.history['loss'], drawn by net.plot_loss()": (
        "losses loss_curve loss_curve_ cost_history loss_history history_ validation_scores_"
    ),
    "the penalized loss is net.objective()[0]": "value",
    "the deviance is twice the loss, 2 * net.compute_loss()": "deviance",
    "probabilities are net.predict(data, type='probs')": (
        "predict_proba predict_probs predict_probabilities predict_log_proba proba probabilities "
        "probs"
    ),
    "classes are net.predict(data)": "predict_class predict_classes classify",
    "scores are net.predict(data, type='link')": "decision_function logits eta link scores",
    "net.accuracy(data) is the share of rows predicted right, net.compute_loss(data) the loss": (
        "score evaluate error"
    ),
    "measures such as F1, ROC AUC and R squared are in net.metrics()": (
        "precision recall f1 f1_score report classification_report auc roc_auc roc_auc_score brier "
        "brier_score log_loss balanced_accuracy average_precision r2 r2_score r_squared rsq rmse "
        "mae"
    ),
    "net.train() trains": "learn optimize compile fit_generator neuralnet run",
    "estimators of scikit-learn are NeuralNetClassifier and NeuralNetRegressor of "
    "neuralnet.sklearn": "partial_fit get_params set_params fit_predict fit_transform set_output",
    "net.plot_loss(), net.plot_network() and net.plot_regions() draw": "plot show draw",
    "print(net) describes the network, net.summary() its fit": "info describe",
    "standard errors, intervals, effects and tests are in net.inference()": (
        "vcov cov_params bse std_errors pvalues p_values tvalues confint conf_int slopes "
        "comparisons marginal_effects avg_slopes drop1 anova test_terms nonlinearity llf loglik "
        "log_likelihood aic bic edf"
    ),
    "importance and shapes of the predictions are in net.explain()": (
        "importance feature_importance feature_importances feature_importances_ varimp vip vi "
        "permutation_importance garson olden lek_profile lekprofile partial_dependence pdp ice ale "
        "accumulated_local_effects"
    ),
    "net.message says how training ended, net.converged whether at an optimum": (
        "convergence success status"
    ),
    "net.history has one row an iteration": "n_iter_ n_iter iteration epoch log",
    "the training rows are net.X and net.Y": "data model_frame frame",
    "its size is net.theta.size": "n_weights n_params num_params count_params n_parameters",
    "classes": "classes_ lev levels labels",
    "feedforward": "forward forwardpropagate forward_propagation compute call",
    "backpropagate": "backward backprop backpropagation step back_propagate",
    "formula": "terms call_ form",
    "fitted": "fitted_values yhat y_hat y_pred net_result",
    "residuals": "resid resids residual",
    "hessian": "hess",
    "nobs": "n n_obs n_samples nrow",
    "x_names": "feature_names_in_ feature_names coefnames xnames columns x_columns",
    "confusion_matrix": "confusion cm table",
    "clone": "copy deepcopy",
    "Y": "y_ response target targets y_true",
    "W": "matrices",
}
_KNOWN = index_words(_ATTRIBUTES)
_ARRAY = re.compile(r"(dw|z|h|a|delta|b|w)([1-9][0-9]{0,3})")
_FIELDS = {"dw": "dW", "z": "z", "h": "h", "a": "h", "delta": "delta"}


def explain_attribute(name: str, names: Iterable[str], calls: Mapping[str, Iterable[str]]) -> str:
    """Return a hint for an unknown attribute, to be appended to the error; '' for none.

    Parameters
    ----------
    name : str
        The unknown attribute.
    names : iterable of str
        The existing attributes.
    calls : mapping
        The arguments of each method.

    Examples
    --------
    >>> explain_attribute("dW1", ["W1", "W2"], {})
    ': it is net.layers()[0].dW'
    >>> explain_attribute("lr", ["W1", "W2"], {"train": ["learn_rate"]})
    ': learn_rate= is an argument of train()'
    """
    normalized, existing = normalize(name), {each.casefold(): each for each in names}
    if normalized in existing:
        return f". Did you mean {existing[normalized]!r}?"
    if match := _ARRAY.fullmatch(normalized):
        return _explain_array(match[1], int(match[2]), existing)
    ours = _KNOWN.get(normalized) or ARGUMENTS.get(normalized, name)
    if ours == _HIDDEN and "w1" in existing and "w2" not in existing:
        return ": there is no hidden layer"
    if " " in ours:
        return f": {ours}"
    if ours in existing.values():
        return f". Did you mean {ours!r}?"
    if clause := find_argument(name, calls):
        return f": {clause}"
    near = find_near(name, existing, 1)
    return f". Did you mean {existing[near[0]]!r}?" if near else ""


def _explain_array(kind: str, layer: int, existing: Mapping[str, str]) -> str:
    """Return a hint for an array of a layer, of a kind such as dw, z or b."""
    layers = sum(f"w{each}" in existing for each in range(1, 1 + len(existing)))
    if layer > layers:
        return f": the last layer is that of W{layers}"
    if kind == "b":
        return f": biases are the first row of the weights, net.W{layer}[0]"
    return f": it is net.layers()[{layer - 1}].{_FIELDS[kind]}"
