"""Synonyms of arguments: the names that other packages use for ours.

They are looked up only after a wrong name was used, for the hint of the error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .messages import find_near, quote

# An argument, or a sentence where there is none; then its names in other packages: nnet, neuralnet,
# caret, glmnet and cito of R, scikit-learn, Keras, PyTorch.
_ARGUMENTS = {
    "activation": "act_fct act_fun activation_function hidden_activation transfer",
    "batch_size": "batch batchsize minibatch minibatch_size mini_batch_size",
    "callback": "callbacks",
    "class_weight": "class_weights classwt",
    "data": "df frame table dataframe dataset newdata new_data newx x X_test X_new input",
    "decay": "alpha weight_decay l2 lambda lambda_ lam wd l2_reg regularization kernel_regularizer",
    "engine": "backend device",
    "family": "loss loss_fn loss_function err_fct criterion objective error",
    "formula": "form fml",
    "gradient_tolerance": "threshold gtol grad_tol",
    "hidden": "size units n_hidden hidden_layer_sizes hidden_units hidden_layers hidden_size "
    "n_units num_hidden neurons n_neurons nodes layers layer_sizes",
    "init": "rang wts startweights weight_init kernel_initializer initializer initialization",
    "iterations": "epochs epoch n_epochs num_epochs nb_epoch max_epochs max_iter maxit maxiter "
    "n_iter iters iter num_iterations n_iterations stepmax steps n_steps",
    "k": "cv folds n_folds nfolds n_splits kfold",
    "learn_rate": "lr eta eta0 learning_rate learningrate learning_rate_init rate step_size gamma",
    "mask": "trainable frozen freeze fixed fixed_weights constant_weights exclude",
    "mixture": "l1_ratio",
    "n": "nsim n_sim n_samples",
    "n_jobs": "workers n_workers num_workers threads n_threads cores ncores",
    "na_action": "na_rm dropna missing impute imputer imputation fillna",
    "optimizer": "solver algorithm optimiser method optim",
    "patience": "n_iter_no_change early_stopping_rounds",
    "penalize_bias": "penalize_intercept",
    "relative_tolerance": "reltol rtol ftol",
    "repeats": "n_repeats times",
    "restarts": "rep reps n_init nstart nstarts n_restarts starts",
    "rule": "selection_rule",
    "scale": "standardize normalize normalise scaling",
    "seed": "random_state rng random_seed set_seed",
    "skip": "skip_layer skip_connections",
    "threshold": "cutoff cut_off cutpoint prob_threshold decision_threshold",
    "tolerance": "tol abstol atol",
    "trace": "verbose lifesign lifesign_step print_every log_every",
    "type": "kind return_type output_type",
    "validation": "validation_split validation_fraction validation_data early_stopping eval_set "
    "holdout val_data",
    "weights": "sample_weight sample_weights case_weights w",
    # There is no such argument:
    "rows are shuffled in each iteration wherever batch_size= is given": "shuffle",
    "momentum is that of optimizer=neuralnet.optimizers.Momentum(momentum=0.9), or Nesterov": (
        "momentum nesterov nesterovs_momentum"
    ),
    "it belongs to a record, as in optimizer=neuralnet.optimizers.Adam(beta1=0.9)": (
        "beta_1 beta_2 beta1 beta2 betas epsilon"
    ),
    "correlations of the weights follow from net.inference().vcov()": "correlation",
    "it belongs to a record, as in optimizer=neuralnet.optimizers.Rprop(grow=1.2, shrink=0.5)": (
        "learningrate_limit learningrate_factor"
    ),
    "the outputs follow from the family, which is 'gaussian' for a numeric response": (
        "linout linear_output entropy softmax censored output_activation out_activation"
    ),
    "the formula names the response, as in 'y ~ .'; estimators with fit(X, y) are "
    "NeuralNetClassifier and NeuralNetRegressor of neuralnet.sklearn": (
        "y target targets labels y_test y_train"
    ),
    "'- 1' in the formula leaves the intercept out": "fit_intercept intercept use_bias bias",
    "train() continues from the current weights": "warm_start",
    "there is no such limit": "maxnwts",
    "second derivatives are net.hessian()": "hess hessian",
    "measures are net.metrics(), net.accuracy() and net.compute_loss()": "metrics scoring",
    "units are not dropped at random; decay= keeps weights small": "dropout dropout_rate",
    "a schedule of neuralnet.schedules is given as learn_rate=": "lr_schedule scheduler",
}


def index_words(table: Mapping[str, str]) -> dict[str, str]:
    """Return what of ours each word of a table means."""
    return {word.casefold(): ours for ours, words in table.items() for word in words.split()}


ARGUMENTS = index_words(_ARGUMENTS)
"""The argument of ours for each name, or a sentence where there is none."""

# Methods that take the response as a second argument in other packages.
_WITHOUT_RESPONSE = {
    "fit": "it makes a forward pass, stores nothing and needs no response; train() trains, and "
    "estimators with fit(X, y) are NeuralNetClassifier and NeuralNetRegressor of "
    "neuralnet.sklearn",
    "accuracy": "data holds the response too",
    "compute_loss": "data holds the response too",
    "confusion_matrix": "data holds the response too",
    "metrics": "data holds the response too",
}
# The least similarity of a name to a word of all the tables, which hold many similar ones.
_CUTOFF = 0.8


def explain_argument(
    call: str,
    name: str,
    calls: Mapping[str, Iterable[str]],
    words: Mapping[str, str] = ARGUMENTS,
) -> str:
    """Explain an unknown argument of a call in a sentence, with the argument probably intended.

    Parameters
    ----------
    call : str
        The name of the method, a key of ``calls``.
    name : str
        The unknown argument.
    calls : mapping
        The arguments of each method, the most likely method first.
    words : mapping
        The argument, or a sentence, that each name of another package stands for.

    Examples
    --------
    >>> explain_argument("train", "size", {"Net": ["hidden"], "train": ["iterations"]})
    "train() has no argument 'size'; did you mean hidden= of Net()?"
    """
    own = list(calls[call])
    complaint = f"{call}() has no argument {quote(name)}"
    ours = words.get(normalize(name), name)
    if " " in ours:
        return f"{complaint}: {ours}."
    everything = [*words, *(each for names in calls.values() for each in names)]
    near = find_near(name, own, 1) or find_near(name, everything, 1, _CUTOFF)
    guesses = [each if each in own else words.get(each, each) for each in near]
    for meant in (ours, *guesses):
        if " " in meant:
            return f"{complaint}: {meant}."
        home = call if meant in own else _find_home(meant, calls)
        if home == call:
            return f"{complaint}; did you mean {meant}=?"
        if home and meant == name:
            return f"{complaint}: it is an argument of {home}()."
        if home:
            return f"{complaint}; did you mean {meant}= of {home}()?"
    return f"{complaint}; it takes {', '.join(own)}." if own else f"{complaint}, nor any other."


def explain_positions(call: str, own: Sequence[str], most: int, count: int) -> str:
    """Explain in a sentence that a call has more positional arguments than ``most``.

    Examples
    --------
    >>> explain_positions("train", ["iterations", "learn_rate", "trace"], 2, 3)
    'train() takes 2 arguments by position (iterations, learn_rate), not 3; name others, trace=...'
    """
    first, free = own[:most], own[most:]
    taken = f"{most} argument{'s' * (most != 1)} by position ({', '.join(first)})"
    complaint = f"{call}() takes {taken if first else 'no argument by position'}, not {count}"
    if call in _WITHOUT_RESPONSE:
        return f"{complaint}: {_WITHOUT_RESPONSE[call]}"
    return f"{complaint}; name others, {free[0]}=..." if free else complaint


def find_argument(name: str, calls: Mapping[str, Iterable[str]]) -> str:
    """Return a clause on the method with an argument of that name or meaning; '' for none."""
    ours = ARGUMENTS.get(normalize(name), name)
    home = _find_home(ours, calls)
    return f"{ours}= is an argument of {home}()" if home else ""


def _find_home(name: str, calls: Mapping[str, Iterable[str]]) -> str:
    """Return the first method that has an argument of that name; '' for none."""
    return next((call for call, names in calls.items() if name in names), "")


def normalize(name: str) -> str:
    """Return a name in the form of the tables: lower case, with R's dots as underscores."""
    return name.replace(".", "_").casefold()
