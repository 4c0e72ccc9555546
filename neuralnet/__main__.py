"""Command line of the demos: ``python -m neuralnet``.

Trains the iris, hot dog and planar networks, prints their results, and draws their pictures.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import NeuralNetwork, __version__, load_hotdogs, load_iris, load_planar

# The pictures look as after the 100,000 and 60,000 iterations of the two articles, in a fraction of
# the time.
HOTDOG_ITERATIONS = 20_000
PLANAR_ITERATIONS = 20_000

# Each picture: the name of its file, and the function that draws it.
Pictures = Iterator[tuple[str, Callable[[], Any]]]


def demo_iris() -> Pictures:
    """Three species of iris from four measurements: a softmax network with five hidden units."""
    automatic = _fit_automatic("Species ~ .", load_iris())
    print('net = NeuralNetwork("Species ~ .", data=load_iris(), hidden=5, seed=1)')
    print("net.train(9999, trace=1000, learn_rate=0.0001)\n")
    net = NeuralNetwork("Species ~ .", data=load_iris(), hidden=5, seed=1)
    net.train(9999, trace=1000, learn_rate=0.0001)
    print(f"\n{net.confusion_matrix()}\n\n{net.coef()['W1'].round(3)}")
    yield "iris-tuning", automatic.plot_tuning
    yield "iris-loss", net.plot_loss
    yield "iris-network", net.plot_network
    yield "iris-regions", lambda: net.plot_regions("Petal.Length", "Petal.Width")
    yield "iris-confusion", net.plot_confusion_matrix


def demo_hotdogs() -> Pictures:
    """Two spirals that no straight line separates: 0, 1, 5 and 30 hidden units."""
    hotdogs = load_hotdogs()
    formula = "class ~ x1 + x2"
    _fit_automatic(formula, hotdogs)
    line = NeuralNetwork(formula, hotdogs, hidden=0, family="binomial", seed=1)
    line.train(1000, learn_rate=0.001, trace=0)
    _report("logistic regression (hidden=0)", line)
    yield "hotdogs-logistic-regression", line.plot_regions
    for hidden in (1, 5, 30):
        net = NeuralNetwork(formula, hotdogs, hidden, family="binomial", init=1.0, seed=5)
        net.train(HOTDOG_ITERATIONS, learn_rate=0.01, trace=0)
        _report(f"hidden={hidden}, {HOTDOG_ITERATIONS:,} iterations", net)
        yield f"hotdogs-{hidden}", net.plot_regions


def demo_planar() -> Pictures:
    """A flower with petals of two classes: a tanh network, evaluated on rows held out."""
    train, test = load_planar("train"), load_planar("test")
    _fit_automatic("y ~ x1 + x2", train, test)
    formula = "y ~ standardize(x1, ddof=1) + standardize(x2, ddof=1)"
    line = NeuralNetwork(formula, train, hidden=0, family="binomial", seed=1)
    line.train(1000, learn_rate=0.001, trace=0)
    net = NeuralNetwork(
        formula,
        train,
        hidden=40,
        family="binomial",
        activation="tanh",
        init=lambda rng, shape: rng.uniform(0.0, 0.01, shape),
        seed=1,
    )
    print(f"hidden=40, tanh, learn_rate=0.9 / {len(train)}, {PLANAR_ITERATIONS:,} iterations\n")
    # The article minimizes the mean loss, this package the sum: its rate 0.9 is 0.9 / n here.
    net.train(PLANAR_ITERATIONS, learn_rate=0.9 / len(train), trace=PLANAR_ITERATIONS // 4)
    for name, network in (("logistic regression", line), ("tanh network", net)):
        print(f"\n{name} on {len(test)} test rows\n{network.confusion_matrix(test)}")
        print(f"\n{network.metrics(test)}")
    yield "planar-loss", net.plot_loss
    yield "planar-regions", lambda: net.plot_regions(data=test)
    yield "planar-logistic-regression", lambda: line.plot_regions(data=test)
    yield "planar-confusion", lambda: net.plot_confusion_matrix(test)


DEMOS = {"iris": demo_iris, "hotdogs": demo_hotdogs, "planar": demo_planar}


def main(arguments: list[str] | None = None) -> int:
    """Run the requested demos and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m neuralnet",
        description="Train demo networks, print their results and draw their pictures. "
        "About half a minute for all three.",
        epilog="demos:\n"
        + "\n".join(f"  {name:8}  {demo.__doc__}" for name, demo in DEMOS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("demo", nargs="*", help="which demos to run (default: all)")
    parser.add_argument(
        "--pictures",
        type=Path,
        default=Path("neuralnet-pictures"),
        metavar="FOLDER",
        help="folder of the pictures (default: neuralnet-pictures, in the current directory)",
    )
    parser.add_argument("--version", action="version", version=__version__)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.demo if name not in DEMOS]
    if unknown:
        parser.error(f"no demo {unknown[0]!r}: the demos are {', '.join(DEMOS)}")
    for name in options.demo or DEMOS:
        _run(name, options.pictures)
    return 0


def _run(name: str, folder: Path) -> None:
    """Run one demo and save its pictures; without matplotlib, run it without pictures."""
    start = time.perf_counter()
    print(f"==== {name}: {DEMOS[name].__doc__}\n")
    drawn = []
    missing: ImportError | None = None
    for file, draw in DEMOS[name]():
        if missing:
            continue
        try:
            axes = draw()
        except ImportError as fault:
            missing = fault
            continue
        folder.mkdir(parents=True, exist_ok=True)
        axes.figure.savefig(folder / f"{file}.png", dpi=150)
        drawn.append(f"{file}.png")
    if missing:
        print(f"\nno pictures: {missing}", file=sys.stderr)
    else:
        print(f"\n{len(drawn)} pictures in {folder}: {', '.join(drawn)}")
    print(f"({time.perf_counter() - start:.0f} seconds)\n", flush=True)


def _fit_automatic(formula: str, data: Any, test: Any = None) -> NeuralNetwork:
    """Train without arguments and print the decay and the accuracy."""
    net = NeuralNetwork(formula, data, seed=1).train(trace=0)
    share = f"{net.accuracy(test):.1%}" + ("" if test is None else f" of {len(test)} test rows")
    print(f"train() without arguments: decay {net.decay:g}, {share} right\n", flush=True)
    return net


def _report(name: str, net: NeuralNetwork) -> None:
    """Print the number of rows classified correctly and the loss."""
    right = round(net.accuracy() * net.nobs)
    print(f"{name:35} {right} of {net.nobs} right, loss {net.compute_loss():.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
