"""Fuzz files: damage saved files at random, and load them.

``python tests/scripts/fuzz_files.py [flips] [truncations]``: bits are flipped, ends cut off, and
ranges of bytes overwritten, moved or doubled. The same is repeated with a corrected digest, as an
attacker would, and parts of the document and arrays are exchanged: the loaded object may contain
other numbers, but must be a network or the documented error. Prints counts; the exit code is
nonzero if any file gave a wrong network or another exception, or took too long.
"""

import json
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from hashlib import sha256
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import numpy as np  # noqa: E402
from networks import make_net, make_table  # noqa: E402

from neuralnet import CorruptFileError, NeuralNetwork  # noqa: E402
from neuralnet.storage.archive import pack, unpack  # noqa: E402

DIGITS = 64
SLOW = 10.0


def make_files(folder):
    """Return the bytes of a few kinds of files."""
    nets = {
        "softmax": make_net(scale=True, decay=0.1).train(5, optimizer="adam", trace=0),
        "gaussian": make_net("gaussian", [3, 2]).train(5, optimizer="lbfgs", trace=0),
        "with rows": make_net("poisson", 0).train(3, optimizer="newton", trace=0),
    }
    files = {}
    for name, net in nets.items():
        path = folder / "good.nn"
        net.save(path, data=name == "with rows")
        files[name] = path.read_bytes()
    return files


def flip(content, chance):
    broken = bytearray(content)
    place = chance.randrange(8 * len(content))
    broken[place // 8] ^= 1 << place % 8
    return bytes(broken)


def truncate(content, chance):
    return content[: chance.randrange(len(content))]


def overwrite(content, chance):
    start, length = chance.randrange(len(content)), chance.randrange(1, 200)
    return content[:start] + chance.randbytes(length) + content[start + length :]


def move(content, chance):
    a, b = sorted(chance.sample(range(len(content)), 2))
    return content[b:] + content[a:b] + content[:a]


def double(content, chance):
    a, b = sorted(chance.sample(range(len(content)), 2))
    return content[:b] + content[a:]


DAMAGES = {
    "flips": flip,
    "truncations": truncate,
    "overwrites": overwrite,
    "moves": move,
    "doublings": double,
}


JUNK = (
    *(None, True, -1, 0, 3, 10**12, 2**70, 0.5, "", "x", [], {}, [1], {"float": "nan"}),
    *({"tuple": []}, {"tuple": [1, 2]}, {"array": "theta"}, {"dict": []}, {"external": 0}),
    *({"record": ["Raw", {}]}, {"dtype": ["numpy", "int64"]}, {"scalar": ["i8", 5]}),
    *({"mask": ["split", 5]}, {"mask": ["split", 2**40]}, {"mask": ["theta", 0]}),
)


def list_places(node):
    """Yield the container and the key of each part of a document."""
    parts = node.items() if isinstance(node, dict) else enumerate(node)
    for key, part in parts:
        yield node, key
        if isinstance(part, dict | list):
            yield from list_places(part)


def exchange(content, chance):
    """Exchange a part of the document or an array, in an otherwise valid file."""
    document, arrays = unpack(content, "")
    places = [*list_places(document)]
    node, key = chance.choice(places)
    way = chance.random()
    if way < 0.6:
        node[key] = chance.choice(JUNK)
    elif way < 0.8:
        other, where = chance.choice(places)
        node[key] = json.loads(json.dumps(other[where]))
    else:
        name = chance.choice([*arrays])
        array = arrays[name]
        changed = (
            array[None],
            array.ravel()[:-1],
            np.zeros(array.shape, "i4"),
            array * 0 - 1.0,
            array * 1e9,
        )
        arrays[name] = chance.choice(changed)
    return pack(document, arrays)


def seal(content):
    return content + sha256(content).hexdigest().encode()


def meet(path, content, original, counts, kind, forged):
    """Load one file, and count the outcome."""
    path.write_bytes(content)
    start = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net = NeuralNetwork.load(path)
            if forged:
                counts[f"{kind}: other numbers, as a valid file may have"] += 1
                net.clone()
            elif content == original:
                counts[f"{kind}: nothing was changed"] += 1
            else:
                counts[f"{kind}: WRONG NETWORK"] += 1
    except CorruptFileError:
        counts[f"{kind}: refused"] += 1
    except ValueError as fault:
        named = "trusted=True" in str(fault) or "reads formats up to" in str(fault)
        named = named or "the user-defined" in str(fault)
        counts[f"{kind}: {'refused by name' if named and forged else 'ANOTHER ERROR'}"] += 1
    except Exception as fault:
        counts[f"{kind}: ANOTHER ERROR {type(fault).__name__}"] += 1
    if time.monotonic() - start > SLOW:
        counts[f"{kind}: WRONG, as it took long"] += 1


def main(flips=3_000, truncations=300):
    chance, counts = random.Random(5), Counter()
    wanted = dict.fromkeys(DAMAGES, truncations) | {"flips": flips}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "broken.nn"
        files = [*make_files(Path(name)).values()]
        for kind, damage in DAMAGES.items():
            for turn in range(wanted[kind]):
                good = files[turn % len(files)]
                broken = damage(good, chance)
                meet(path, broken, good, counts, kind, forged=False)
                forged = seal(damage(good[:-DIGITS], chance))
                meet(path, forged, good, counts, f"sealed {kind}", forged=True)
        for turn in range(flips // 3):
            good = files[turn % len(files)]
            meet(path, exchange(good, chance), good, counts, "exchanges", forged=True)
        for good in files:
            path.write_bytes(good)
            assert NeuralNetwork.load(path).predict(make_table()).size
    for what, count in sorted(counts.items()):
        print(f"{count:7d}  {what}")
    wrong = sum(count for what, count in counts.items() if "WRONG" in what or "ANOTHER" in what)
    print(f"{sum(counts.values()):7d}  files tried, {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
