"""One-hidden-layer networks in other libraries, all trained by the same gradient descent.

Each is built from a Problem, trains n more iterations and returns its loss; each iteration computes
the loss before its update, as the seeds do.
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from measure import find_package, find_rscript, run_r, seconds

Matrix = np.ndarray


@dataclass(frozen=True)
class Problem:
    """Rows, starting weights and learning rate that all peers share.

    Attributes
    ----------
    X : (n, D) array
        The intercept is the first column.
    codes : (n,) array of int
        Classes.
    W1, W2 : (D, H) and (H + 1, K) arrays
        With K = 1 there is one logistic output, for the second class; else softmax.
    rate : float
        Learning rate for a loss that is a sum over rows.
    """

    X: Matrix
    codes: Matrix
    W1: Matrix
    W2: Matrix
    rate: float

    @property
    def Y(self) -> Matrix:
        """One-hot response as 0s and 1s, (n, K)."""
        K = self.W2.shape[1]
        return (self.codes[:, None] == (np.arange(K) if K > 1 else 1)).astype(float)


class Peer(Protocol):
    """Implementation by another library."""

    def __init__(self, problem: Problem) -> None: ...

    def train(self, iterations: int) -> float:
        """Train for n more iterations; returns the seconds."""
        ...

    def loss(self) -> float:
        """Loss at the current weights, a sum over rows."""
        ...


class PlainNumPy:
    """Direct NumPy port of the seeds' loop: whole arrays, newly allocated at each step."""

    def __init__(self, problem: Problem) -> None:
        self.X, self.Y, self.rate = problem.X, problem.Y, problem.rate
        self.W1, self.W2 = problem.W1.copy(), problem.W2.copy()
        self.binomial = self.Y.shape[1] == 1

    def feedforward(self) -> tuple[Matrix, Matrix, float]:
        """Hidden units with their intercept, means and loss."""
        h = 1.0 / (1.0 + np.exp(-(self.X @ self.W1)))
        H = np.hstack([np.ones((len(h), 1)), h])
        eta = H @ self.W2
        if self.binomial:
            small = np.exp(-np.abs(eta))
            losses = np.maximum(eta, 0.0) - self.Y * eta + np.log1p(small)
            return H, np.where(eta >= 0.0, 1.0, small) / (1.0 + small), losses.sum()
        shifted = eta - eta.max(axis=1, keepdims=True)
        scores = np.exp(shifted)
        total = scores.sum(axis=1, keepdims=True)
        return H, scores / total, (np.log(total)[:, 0] - (self.Y * shifted).sum(axis=1)).sum()

    def backpropagate(self, H: Matrix, output: Matrix) -> None:
        """One step of gradient descent."""
        h, delta = H[:, 1:], output - self.Y
        dW2 = H.T @ delta
        dW1 = self.X.T @ (h * (1.0 - h) * (delta @ self.W2[1:].T))
        self.W1 = self.W1 - self.rate * dW1
        self.W2 = self.W2 - self.rate * dW2

    def train(self, iterations: int) -> float:
        return seconds(lambda: self._run(iterations))

    def _run(self, iterations: int, tolerance: float = 0.01) -> None:
        for _ in range(iterations):
            H, output, loss = self.feedforward()
            self.backpropagate(H, output)
            if loss < tolerance:
                break

    def loss(self) -> float:
        return self.feedforward()[2]


class Jax:
    """JAX in float64: value and gradient in one loop, compiled before timing."""

    def __init__(self, problem: Problem) -> None:
        jax = find_package("jax")
        jax.config.update("jax_enable_x64", True)
        jnp, X, Y = jax.numpy, jax.numpy.asarray(problem.X), jax.numpy.asarray(problem.Y)

        def measure_loss(W: Any) -> Any:
            eta = jax.nn.sigmoid(X @ W[0]) @ W[1][1:] + W[1][0]
            if Y.shape[1] == 1:
                return (jax.nn.softplus(eta) - Y * eta).sum()
            return -(Y * jax.nn.log_softmax(eta)).sum()

        def step(_: Any, carried: Any) -> Any:
            W, _ = carried
            loss, dW = jax.value_and_grad(measure_loss)(W)
            return tuple(w - problem.rate * d for w, d in zip(W, dW, strict=True)), loss

        self._block, self._loss = jax.block_until_ready, measure_loss
        self._run = jax.jit(lambda n, carried: jax.lax.fori_loop(0, n, step, carried))
        self._carried = ((jnp.asarray(problem.W1), jnp.asarray(problem.W2)), jnp.zeros(()))
        self._block(self._run(0, self._carried))

    def train(self, iterations: int) -> float:
        return seconds(lambda: self._advance(iterations))

    def _advance(self, iterations: int) -> None:
        self._carried = self._block(self._run(iterations, self._carried))

    def loss(self) -> float:
        return float(self._loss(self._carried[0]))


class Torch:
    """PyTorch as in its tutorials: eager, with autograd, float64."""

    def __init__(self, problem: Problem) -> None:
        self.torch = torch = find_package("torch")
        torch.set_num_threads(1)
        self.X, self.rate = torch.tensor(problem.X), problem.rate
        self.W = [torch.tensor(W, requires_grad=True) for W in (problem.W1, problem.W2)]
        if problem.W2.shape[1] == 1:
            self.Y = torch.tensor(problem.Y)
            self.entropy = torch.nn.functional.binary_cross_entropy_with_logits
        else:
            self.Y = torch.tensor(problem.codes, dtype=torch.int64)
            self.entropy = torch.nn.functional.cross_entropy

    def _forward(self) -> Any:
        W1, W2 = self.W
        eta = self.torch.sigmoid(self.X @ W1) @ W2[1:] + W2[0]
        return self.entropy(eta, self.Y, reduction="sum")

    def train(self, iterations: int) -> float:
        return seconds(lambda: [self._step() for _ in range(iterations)])

    def _step(self) -> float:
        for w in self.W:
            w.grad = None
        loss = self._forward()
        loss.backward()
        with self.torch.no_grad():
            for w in self.W:
                w -= self.rate * w.grad
        return loss.item()

    def loss(self) -> float:
        return self._forward().item()


class ScikitLearn:
    """MLPClassifier with full-batch gradient descent, without momentum and penalty."""

    def __init__(self, problem: Problem) -> None:
        found = find_package("sklearn.neural_network")
        n = len(problem.X)
        # Its intercepts are separate parameters, and its loss is a mean.
        self.X, self.codes = problem.X[:, 1:], problem.codes
        self.net = found.MLPClassifier(
            problem.W1.shape[1], activation="logistic", solver="sgd", alpha=0.0, batch_size=n,
            learning_rate_init=problem.rate * n, momentum=0.0, nesterovs_momentum=False,
            shuffle=False, tol=0.0, n_iter_no_change=10**9, max_iter=1, warm_start=True,
        )  # fmt: skip
        self.train(1)
        for k, W in enumerate((problem.W1, problem.W2)):
            self.net.intercepts_[k][...], self.net.coefs_[k][...] = W[0], W[1:]

    def train(self, iterations: int) -> float:
        self.net.max_iter = iterations
        with warnings.catch_warnings():
            # It warns of non-convergence.
            warnings.simplefilter("ignore")
            return seconds(lambda: self.net.fit(self.X, self.codes))

    def loss(self) -> float:
        log_loss = find_package("sklearn.metrics").log_loss
        return float(log_loss(self.codes, self.net.predict_proba(self.X), normalize=False))


class SeedInR:
    """R6 class in R with the methods of the seeds; timed inside R."""

    def __init__(self, problem: Problem) -> None:
        find_rscript("R6")
        self._folder = tempfile.TemporaryDirectory()
        self._path, self._rate = Path(self._folder.name), problem.rate
        for name in ("X", "Y", "W1", "W2"):
            self._save(name, getattr(problem, name))
        self._loss = float("nan")

    def _save(self, name: str, values: Matrix) -> None:
        np.savetxt(self._path / name, values, fmt="%.17g")

    def train(self, iterations: int) -> float:
        elapsed, self._loss = run_r("seed.R", self._path, iterations, self._rate)
        return elapsed

    def loss(self) -> float:
        return self._loss
