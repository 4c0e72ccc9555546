"""Test functions for all optimizers, with known facts about their minima."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Problem:
    """Function with derivatives; it records the points where it is evaluated.

    ``argmin`` is None where only another library can compute it. Decreases are relative to
    ``reference``.
    """

    name: str
    value_and_gradient: Callable
    second: Callable
    start: list
    argmin: list | None = None
    least: float | None = None
    reference: float = 1.0
    seen: list = field(default_factory=list)

    def __call__(self, theta):
        self.seen.append(theta.copy())
        value, gradient = self.value_and_gradient(theta)
        gradient.flags.writeable = False
        return value, gradient

    def hessian(self, theta):
        return self.second(theta)

    def hessian_vector(self, theta, v):
        return self.second(theta) @ v


def quadratic(name: str, curvatures: list, argmin: list, least: float = 0.0) -> Problem:
    """Make a quadratic with these curvatures along randomly rotated axes."""
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(len(argmin), len(argmin))))
    H = turn @ np.diag(curvatures) @ turn.T
    H = (H + H.T) / 2

    def value_and_gradient(theta):
        away = theta - argmin
        slope = H @ away
        return least + float(away @ slope) / 2, slope

    return Problem(name, value_and_gradient, lambda theta: H, [0.0] * len(argmin), argmin, least)


def rosenbrock(theta):
    x, y = theta[:-1], theta[1:]
    bend = y - x**2
    gradient = np.zeros_like(theta)
    gradient[:-1] = -2 * (1 - x) - 400 * x * bend
    gradient[1:] += 200 * bend
    return float(((1 - x) ** 2 + 100 * bend**2).sum()), gradient


def rosenbrock_hessian(theta):
    x, y = theta[:-1], theta[1:]
    H = np.diag(-400 * x, 1) + np.diag(-400 * x, -1)
    H[np.diag_indices_from(H)] += np.append(2 - 400 * (y - 3 * x**2), 0.0)
    H[np.diag_indices_from(H)] += np.append(0.0, np.full(len(x), 200.0))
    return H


def beale(theta):
    x, y = theta
    powers = np.arange(1, 4)
    away = np.array([1.5, 2.25, 2.625]) - x * (1 - y**powers)
    J = np.array([-(1 - y**powers), x * powers * y ** (powers - 1)])
    return float(away @ away), 2 * J @ away


def beale_hessian(theta):
    x, y = theta
    powers = np.arange(1, 4)
    away = np.array([1.5, 2.25, 2.625]) - x * (1 - y**powers)
    J = np.array([-(1 - y**powers), x * powers * y ** (powers - 1)])
    cross = 2 * away @ (powers * y ** (powers - 1))
    corner = 2 * x * away @ (powers * (powers - 1) * y ** np.maximum(powers - 2, 0))
    return 2 * J @ J.T + np.array([[0.0, cross], [cross, corner]])


def logistic(P: int = 4, n: int = 60) -> Problem:
    """Make the negative log-likelihood of a logistic regression with overlapping classes."""
    rng = np.random.default_rng(7)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, P - 1))])
    y = (X @ rng.normal(size=P) / np.sqrt(P) + rng.logistic(size=n) > 0).astype(float)

    def value_and_gradient(theta):
        eta = X @ theta
        return float(np.logaddexp(0, eta).sum() - y @ eta), X.T @ (1 / (1 + np.exp(-eta)) - y)

    def second(theta):
        mean = 1 / (1 + np.exp(-X @ theta))
        return (X.T * (mean * (1 - mean))) @ X

    return Problem("logistic", value_and_gradient, second, [0.0] * P)


def barrier() -> Problem:
    """Make ``theta - log(theta)``: nan for theta < 0, where NumPy would warn."""
    return Problem(
        "barrier",
        lambda theta: (float((theta - np.log(theta)).sum()), 1 - 1 / theta),
        lambda theta: np.diag(1 / theta**2),
        [3.0, 0.01],
        [1.0, 1.0],
        2.0,
    )


def explosion() -> Problem:
    """Make ``exp(theta**2)``, which is inf from 27 on."""
    return Problem(
        "explosion",
        lambda theta: (float(np.exp(theta**2).sum()), 2 * theta * np.exp(theta**2)),
        lambda theta: np.diag((2 + 4 * theta**2) * np.exp(theta**2)),
        [-5.0, 2.0, 0.5],
        [0.0, 0.0, 0.0],
        3.0,
    )


def bank() -> list[Problem]:
    """Make new copies of all problems."""
    return [
        quadratic("one parameter", [4.0], [3.0]),
        quadratic("round bowl", [1.0, 1.0, 1.0], [1.0, -2.0, 0.5], least=5.0),
        quadratic("long valley", [1e-2, 1.0, 1e2, 1e4], [1.0, -2.0, 3.0, -4.0]),
        Problem("rosenbrock", rosenbrock, rosenbrock_hessian, [-1.2, 1.0], [1.0, 1.0], 0.0),
        Problem("beale", beale, beale_hessian, [1.0, 1.0], [3.0, 0.5], 0.0),
        logistic(),
        barrier(),
        explosion(),
    ]


def minimize(optimizer, problem, limit=1_000):
    """Step until the optimizer stops; returns theta, state and its Stop."""
    theta = np.array(problem.start)
    state, stop = optimizer.init(theta), None
    for _ in range(limit):
        theta, state, value = optimizer.step(problem, theta, state)
        stop = optimizer.check_convergence(state, value)
        if stop:
            break
    return theta, state, stop


def scripted(*gradients):
    """Return an objective that returns these gradients one after the other, at any theta."""
    left = iter(gradients)
    return lambda theta: (0.0, np.atleast_1d(np.array(next(left), dtype=float)))


def walk(optimizer, objective, theta, steps):
    """Return theta after each of n steps."""
    theta, state, path = np.atleast_1d(np.array(theta, dtype=float)), None, []
    state = optimizer.init(theta)
    for _ in range(steps):
        theta, state, _ = optimizer.step(objective, theta, state)
        path.append(theta)
    return np.array(path)


class Kinked:
    """Another objective with an L1 penalty, ``l1_weight``."""

    def __init__(self, objective, l1_weight):
        self.objective, self.l1_weight = objective, l1_weight

    def __call__(self, theta):
        return self.objective(theta)


def write_powers(response, name, degree):
    """Write a polynomial as a formula of powers."""
    return f"{response} ~ " + " + ".join(f"I({name}**{power})" for power in range(1, degree + 1))
