"""What stands where in a network diagram: its columns of nodes, checked against the matrices.

It draws nothing and needs no matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .canvas import FloatArray

MOST_NODES = 15  # of a longer column the first six nodes and the last six are shown


@dataclass(frozen=True)
class Column:
    """One layer of nodes.

    Attributes
    ----------
    x : float
        Where it stands.
    heading : str
        What is written above it.
    names : tuple of str
        All its nodes, the bias first where there is one.
    bias : bool
        Whether the first node is a bias.
    heights : dict
        The nodes that are drawn: position in `names` -> height.
    gap : float or None
        The height at which those left out are counted.
    """

    x: float
    heading: str
    names: tuple[str, ...]
    bias: bool
    heights: dict[int, float]
    gap: float | None


def split_skip(
    weights: Sequence[npt.ArrayLike], input_names: Sequence[str], skip: bool
) -> tuple[list[FloatArray], FloatArray]:
    """Part the plain chain of matrices from (D, K) the weights from inputs to outputs.

    Raises
    ------
    ValueError
        If there is no matrix, one is no matrix of finite weights, or `skip` does not fit.
    """
    matrices = [np.asarray(matrix, dtype=np.float64) for matrix in weights]
    for k, matrix in enumerate(matrices, start=1):
        if matrix.ndim != 2 or not np.isfinite(matrix).all():
            missing = np.count_nonzero(~np.isfinite(matrix))
            raise ValueError(
                f"W{k} must be a matrix of finite weights; it has shape {matrix.shape}, "
                f"and {missing} weights are missing or infinite"
            )
    if not matrices:
        raise ValueError("weights is empty; a network has at least one matrix")
    if not skip:
        return matrices, np.empty((0, 0))
    if len(matrices) == 1:
        raise ValueError("skip=True needs a hidden layer to skip, and weights has one matrix")
    bias = _has_intercept(input_names)
    chain = 1 + matrices[-2].shape[1]
    if len(matrices[-1]) != chain + len(input_names) - bias:
        raise ValueError(
            f"with skip=True, W{len(matrices)} must have {chain} + {len(input_names) - bias} rows, "
            f"not {len(matrices[-1])}"
        )
    direct = matrices[-1][chain:]
    no_bias = np.zeros((int(bias), direct.shape[1]))  # the intercept is not among them
    return [*matrices[:-1], matrices[-1][:chain]], np.vstack([no_bias, direct])


def _check_chain(
    matrices: Sequence[FloatArray], input_names: Sequence[str], output_names: Sequence[str]
) -> None:
    if len(input_names) == 0 or len(output_names) == 0:
        raise ValueError(
            f"a network has inputs and outputs, not {len(input_names)} input names "
            f"and {len(output_names)} output names"
        )
    rows = [len(input_names)] + [matrix.shape[1] + 1 for matrix in matrices[:-1]]
    columns = [matrix.shape[1] for matrix in matrices[:-1]] + [len(output_names)]
    for k, matrix in enumerate(matrices):
        wanted = (rows[k], columns[k])
        if matrix.shape != wanted:
            raise ValueError(
                f"W{k + 1} has shape {matrix.shape}, but {len(input_names)} input names, "
                f"{len(output_names)} output names and the other matrices want {wanted}"
            )


def _has_intercept(input_names: Sequence[str]) -> bool:
    return len(input_names) > 0 and input_names[0] == "Intercept"


def place_columns(
    matrices: Sequence[FloatArray],
    input_names: Sequence[str],
    output_names: Sequence[str],
    most: int = MOST_NODES,
) -> list[Column]:
    """Center the columns on height 0, one unit between nodes in the tallest of them.

    Of a layer of more than `most` nodes, only so many at both ends are drawn that these, the
    place where the others are counted, and two more would be `most`.

    Raises
    ------
    ValueError
        If the matrices do not fit each other or the names.
    """
    _check_chain(matrices, input_names, output_names)
    # With several hidden layers units are named as in coef(): h2.1 is the first of the second.
    several = len(matrices) > 2
    hidden = [
        [f"h{layer}.{j}" if several else f"h{j}" for j in range(1, matrix.shape[1] + 1)]
        for layer, matrix in enumerate(matrices[:-1], start=1)
    ]
    names = [tuple(input_names), *(("Intercept", *unit) for unit in hidden), tuple(output_names)]
    last = len(names) - 1
    biases = [k < last and _has_intercept(name) for k, name in enumerate(names)]
    slots = [_choose_slots(len(name), bias, most) for name, bias in zip(names, biases, strict=True)]
    tallest = max(map(len, slots)) - 1
    columns = []
    for k, slot in enumerate(slots):
        # The square root spreads a short column out a little beside a tall one.
        reach = 0.5 * float(np.sqrt(tallest * (len(slot) - 1)))
        heights = np.linspace(reach, -reach, len(slot)).tolist() if reach else [0.0] * len(slot)
        drawn = {n: height for n, height in zip(slot, heights, strict=True) if n is not None}
        gap = heights[slot.index(None)] if None in slot else None
        number = f" {k}" if last > 2 else ""
        heading = "inputs" if k == 0 else "outputs" if k == last else f"hidden layer{number}"
        columns.append(Column(float(k), heading, names[k], biases[k], drawn, gap))
    return columns


def _choose_slots(count: int, bias: bool, most: int) -> list[int | None]:
    """List the nodes to draw from the top, None standing for those left out."""
    if count - bias <= most:
        return list(range(count))
    end = max((most - 3) // 2, 1)
    return [*range(end + bias), None, *range(count - end, count)]
