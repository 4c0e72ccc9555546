"""Write a network file of the present format, and the predictions of its network.

``python tests/formats/make.py`` writes ``format-N.nn`` and ``format-N.json`` beside itself. It is
run again when the format changes.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2]))

from neuralnet import NeuralNetwork, load_iris
from neuralnet.optimizers import schedules
from neuralnet.storage.archive import FORMAT

FORMULA = (
    "Species ~ standardize(Sepal.Length) + poly(`Sepal.Width`, 2) + log(Petal.Length) + "
    "C(garden, Sum) + bs(Petal.Width, df=4) + center(Sepal.Length):wet + size"
)
# Of its first part; the test makes the second from the file.
ITERATIONS = 30


def make_table():
    """Iris, with columns of the other kinds."""
    table = load_iris()
    number = np.arange(150)
    levels = ["low", "middle", "high"]
    return table.assign(
        garden=np.array(["north", "south", "east"])[number * 7 % 3],
        wet=number % 4 > 1,
        size=pd.Categorical(np.array(levels)[number // 3 % 3], levels, ordered=True),
        w=1.0 + number % 2,
    )


def train(net):
    return net.train(
        ITERATIONS,
        schedules.CosineDecay(0.02, iterations=2 * ITERATIONS, warmup=5),
        optimizer="adam",
        batch_size=25,
        validation=0.2,
        tolerance=None,
        trace=0,
    )


def describe(net, table):
    """What must come out again, as plain numbers."""
    return {
        "probs": net.predict(table, type="probs").to_numpy().tolist(),
        "class": [str(label) for label in net.predict(table)],
        "theta": net.theta.tolist(),
        "loss": net.history["loss"].tolist(),
        "validation_loss": net.history["validation_loss"].tolist(),
        "x_names": net.x_names,
        "message": net.message,
    }


def main():
    table = make_table()
    net = NeuralNetwork(
        FORMULA,
        table,
        [5, 3],
        activation=["tanh", "elu"],
        skip=True,
        decay=[0.01, 0.0, 0.02],
        mixture=0.1,
        penalize_bias=False,
        penalty_factor={"size": 2, "wet:center(Sepal.Length)": 0},
        class_weight="balanced",
        weights="w",
        subset="Sepal.Length < 7.5",
        scale=True,
        init="glorot",
        seed=1,
    )
    path = Path(__file__).with_name(f"format-{FORMAT}.nn")
    first = describe(train(net), table)
    net.save(path)
    second = describe(train(net), table)
    text = json.dumps({"saved": first, "trained further": second})
    path.with_suffix(".json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
