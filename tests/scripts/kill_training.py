"""Kill trainings with kill -9 at random times, and resume them from their checkpoints.

``python tests/scripts/kill_training.py [kills]``: after each kill the training resumes from its
file, to be killed again, until it ends; its weights and history must then equal those of
undisturbed training bit for bit. Prints counts; the exit code is nonzero if they ever differ.
"""

import os
import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from functools import cache
from itertools import cycle
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from networks import make_net, make_table  # noqa: E402

from neuralnet import NeuralNetwork, schedules  # noqa: E402

ITERATIONS = 600
COURSES = {
    "gradient descent": {"learn_rate": 0.001},
    "adam, batches, rows held out": {"optimizer": "adam", "batch_size": 9, "validation": 0.25},
    "momentum, cosine": {
        "optimizer": "momentum",
        "learn_rate": schedules.CosineDecay(0.001, iterations=ITERATIONS, warmup=50),
    },
    "rprop": {"optimizer": "rprop"},
    "lbfgs, rows held out": {"optimizer": "lbfgs", "validation": 0.25},
}


def make():
    return make_net(scale=True, decay=0.01, hidden=[4, 3])


def train(net, options, path=None):
    """Run the remaining iterations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        left = ITERATIONS - len(net.history)
        return net.train(
            left,
            tolerance=None,
            trace=0,
            checkpoint=path,
            every=1 + len(net.history) % 7,
            **options,
        )


def go_on(path, options):
    """Resume in a new process, from the file if there is one."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        net = NeuralNetwork.load(path, make_table()) if path.exists() else make()
        train(net, options, path)
        code = 0
    finally:
        os._exit(code)


def main(wanted):
    chance, counts = random.Random(7), Counter()
    alone = cache(lambda name: train(make(), COURSES[name]))
    for name, options in cycle(COURSES.items()):
        if counts["kills"] >= wanted:
            break
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run.nn"
            while True:
                child = go_on(path, options)
                if counts["kills"] < wanted:
                    time.sleep(chance.uniform(0.0, 0.4))
                    os.kill(child, signal.SIGKILL)
                _, status = os.waitpid(child, 0)
                if not os.WIFSIGNALED(status):
                    break
                counts["kills"] += 1
            found = NeuralNetwork.load(path, make_table())
            same = found.theta.tobytes() == alone(name).theta.tobytes()
            same = same and status == 0 and found.history.equals(alone(name).history)
            counts["trainings"] += 1
            counts["wrong"] += not (same and found.message == alone(name).message)
    print(", ".join(f"{counts[what]} {what}" for what in ("kills", "trainings", "wrong")))
    return int(counts["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
