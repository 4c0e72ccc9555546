"""Command line: demos, and networks that are fitted, shown and used for predictions at a shell.

``neuralnet COMMAND ...`` or ``python -m neuralnet COMMAND ...``; the latter alone runs the demos.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from . import NeuralNetwork, __version__, load_hotdogs, load_iris, load_planar
from .activations import ACTIVATIONS
from .datasets import check_output, check_target, read_table_file, write_table_file
from .errors import as_usage, is_unread, make_option, parse, read_hidden, read_number
from .families import FAMILIES

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


def _run_demo(name: str, folder: Path) -> None:
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


# Commands ---------------------------------------------------------------------------------------


def run_demos(options: argparse.Namespace) -> None:
    """Train demo networks, print their results and draw their pictures, in half a minute."""
    for name in options.demo or DEMOS:
        _run_demo(name, options.pictures)


def run_fit(options: argparse.Namespace) -> None:
    """Train a network on a table, and save it; what is not given is chosen automatically."""
    check_target(str(options.save), options.table)
    net = NeuralNetwork(options.formula, read_table_file(options.table), **_pick(options, FIT))
    net.train().save(options.save)
    print(f"Saved to {options.save}")


def run_predict(options: argparse.Namespace) -> None:
    """Predict the rows of a table, in their order, as csv or into a file."""
    given = _pick(options, [*PREDICT, "level"])
    if options.interval and options.data is None:
        raise ValueError("intervals need the training rows: give them by --data TABLE")
    check_target(options.output, options.table, options.network, options.data)
    found = _load(options).predict(read_table_file(options.table), **given)
    write_table_file(found, options.output)


def run_show(options: argparse.Namespace) -> None:
    """Print settings and weights of a network, and with its training rows the summary."""
    net = _load(options)
    print(net)
    if options.data is not None:
        print(f"\n{net.summary()}")


def _pick(options: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _load(options: argparse.Namespace) -> NeuralNetwork:
    rows = None if options.data is None else read_table_file(options.data)
    return NeuralNetwork.load(options.network, rows)


# Arguments --------------------------------------------------------------------------------------

EXAMPLES = """examples:
  neuralnet fit data.csv "y ~ ." --save net.nn
  neuralnet predict net.nn new.parquet --output predictions.csv
  neuralnet predict net.nn new.csv --type probs | head
  neuralnet predict net.nn new.csv --data data.csv --interval prediction
  neuralnet show net.nn
  neuralnet demo iris

Tables are .csv, .tsv, .parquet and .jsonl files; - is csv from standard input."""

# Options of `fit`, by the names of the network's arguments.
FIT: dict[str, dict[str, Any]] = {
    "hidden": {"type": as_usage(read_hidden), "metavar": "N", "help": "units, as 5 or 16,8 or 0"},
    "family": make_option("family", *FAMILIES),
    "activation": make_option("activation", *ACTIVATIONS),
    "decay": {"type": read_number, "metavar": "NUMBER", "help": "the penalty, or cv or evidence"},
    "weights": {"metavar": "COLUMN", "help": "case weights"},
    "na_action": make_option("na_action", "drop", "impute", "raise"),
    "seed": {"type": int, "metavar": "N", "help": "for the same network in each run"},
}
# Choices of `predict`, by the names of its arguments.
PREDICT: dict[str, tuple[str, ...]] = {
    "type": ("class", "probs", "response", "link", "original"),
    "interval": ("confidence", "prediction"),
    "unseen": ("error", "missing"),
}


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``demo``."""
    folder = Path("neuralnet-pictures")
    parser.add_argument("demo", nargs="*", **make_option("demo", *DEMOS))
    parser.add_argument("--pictures", metavar="FOLDER", type=Path, default=folder, help=str(folder))


def add_fit(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``fit``."""
    parser.add_argument("table", metavar="TABLE", help="the training rows, or -")
    parser.add_argument("formula", metavar="FORMULA", help='as "y ~ ." or "y ~ log(a) + b"')
    parser.add_argument("--save", metavar="FILE", type=Path, required=True, help="such as net.nn")
    for name, settings in FIT.items():
        parser.add_argument(f"--{name.replace('_', '-')}", **settings)


def add_show(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``show``, which ``predict`` has too."""
    parser.add_argument("network", metavar="NETWORK", help="a file of fit --save, or of save()")
    rows = "the training rows, which summary and intervals need"
    parser.add_argument("--data", metavar="TABLE", help=rows)


def add_predict(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``predict``."""
    add_show(parser)
    parser.add_argument("table", metavar="TABLE", help="the new rows, or -")
    for name, choices in PREDICT.items():
        parser.add_argument(f"--{name}", **make_option(name, *choices))
    parser.add_argument("--level", metavar="SHARE", type=float, help="of intervals (0.95)")
    check, where = as_usage(check_output), ".csv, .tsv or .parquet; else csv is printed"
    parser.add_argument("--output", metavar="FILE", type=check, default="-", help=where)


COMMANDS = {
    "fit": (run_fit, add_fit),
    "predict": (run_predict, add_predict),
    "show": (run_show, add_show),
    "demo": (run_demos, add_demo),
}


def read_arguments(given: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; exit with code 2 and a hint where it is wrong."""
    style: dict[str, Any] = {
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "epilog": EXAMPLES,
        "allow_abbrev": False,
    }
    parser = argparse.ArgumentParser("neuralnet", **style)
    parser.add_argument("--version", action="version", version=__version__)
    commands, parsers = parser.add_subparsers(metavar="COMMAND", required=True), {}
    for name, (run, add) in COMMANDS.items():
        style["help"] = style["description"] = run.__doc__
        parsers[name] = commands.add_parser(name, **style)
        parsers[name].set_defaults(run=run, command=name)
        add(parsers[name])
    return parse(parser, parsers, given)


# What a caller can correct is reported in one line; any other error is a fault of the package.
FAULTS = (ImportError, MemoryError, OSError, RuntimeError, TypeError, ValueError, Warning)
# Exit codes of programs that ended by an interrupt, and by a closed pipe.
INTERRUPTED, UNREAD = 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0, or 1 where it failed; 2 is wrong usage."""
    options = read_arguments(sys.argv[1:] if arguments is None else arguments)
    if hasattr(sys.stdout, "reconfigure"):
        # Characters that the console cannot show are escaped.
        sys.stdout.reconfigure(errors="backslashreplace")

    def say(kind: str, text: object) -> None:
        print(f"neuralnet {options.command}: {kind}: {text}", file=sys.stderr)

    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: say("warning", message)
            options.run(options)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except FAULTS as fault:
        if is_unread(fault):
            # Python flushes standard output once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return UNREAD
        say("error", getattr(fault, "strerror", None) or str(fault) or type(fault).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["demo"]))
