"""Layout of the network diagram: a column of nodes for each layer, checked against the weights.

Draws nothing and needs no matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import pluralize
from ..model import name_hidden_units
from .canvas import FloatArray

MAX_NODES = 15  # of a longer column the first and last six nodes are drawn


@dataclass(frozen=True)
class NodeColumn:
    """Nodes of one layer.

    Attributes
    ----------
    x : float
        Horizontal position.
    heading : str
        Text above it.
    names : tuple of str
        Names of all nodes, the bias first if there is one.
    bias : bool
        True: the first node is a bias.
    heights : dict
        Vertical positions of the nodes that are drawn, by index in `names`.
    gap : float or None
        Vertical position of the count of the nodes left out; None: all are drawn.
    """

    x: float
    heading: str
    names: tuple[str, ...]
    bias: bool
    heights: dict[int, float]
    gap: float | None


def split_skip_weights(
    weights: Sequence[npt.ArrayLike], input_names: Sequence[str], skip: bool
) -> tuple[list[FloatArray], FloatArray]:
    """Split off the weights (D, K) that skip the hidden layers from the last matrix.

    Raises
    ------
    ValueError
        If there is no matrix, one is not a matrix of finite weights, or `skip` does not fit.
    """
    matrices = [np.asarray(matrix, dtype=np.float64) for matrix in weights]
    for k, matrix in enumerate(matrices, start=1):
        if matrix.ndim != 2 or not np.isfinite(matrix).all():
            missing = np.count_nonzero(~np.isfinite(matrix))
            raise ValueError(
                f"W{k} must be a matrix of finite weights; it has shape {matrix.shape}, "
                f"with {pluralize(missing, 'missing or infinite weight')}"
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
    no_bias = np.zeros((int(bias), direct.shape[1]))  # the intercept does not skip
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
                f"{len(output_names)} output names and the other matrices require {wanted}"
            )


def _has_intercept(input_names: Sequence[str]) -> bool:
    return len(input_names) > 0 and input_names[0] == "Intercept"


def lay_out_columns(
    matrices: Sequence[FloatArray],
    input_names: Sequence[str],
    output_names: Sequence[str],
    most: int = MAX_NODES,
) -> list[NodeColumn]:
    """Lay out the columns, centered on height 0, with one unit between nodes of the tallest.

    Of a layer of more than `most` nodes, the first and last ``(most - 3) // 2`` are drawn, and a
    count of the others between them.

    Raises
    ------
    ValueError
        If the matrices do not fit each other or the names.
    """
    _check_chain(matrices, input_names, output_names)
    hidden = name_hidden_units([matrix.shape[1] for matrix in matrices[:-1]])
    names = [tuple(input_names), *(("Intercept", *units) for units in hidden), tuple(output_names)]
    last = len(names) - 1
    biases = [k < last and _has_intercept(name) for k, name in enumerate(names)]
    slots = [_choose_slots(len(name), bias, most) for name, bias in zip(names, biases, strict=True)]
    tallest = max(map(len, slots)) - 1
    columns = []
    for k, slot in enumerate(slots):
        # The square root stretches a short column a little beside a tall one.
        reach = 0.5 * float(np.sqrt(tallest * (len(slot) - 1)))
        heights = np.linspace(reach, -reach, len(slot)).tolist() if reach else [0.0] * len(slot)
        drawn = {n: height for n, height in zip(slot, heights, strict=True) if n is not None}
        gap = heights[slot.index(None)] if None in slot else None
        heading = _choose_heading(k, last)
        columns.append(NodeColumn(float(k), heading, names[k], biases[k], drawn, gap))
    return columns


def _choose_heading(k: int, last: int) -> str:
    if k in (0, last):
        return "inputs" if k == 0 else "outputs"
    return f"hidden layer {k}" if last > 2 else "hidden layer"


def _choose_slots(count: int, bias: bool, most: int) -> list[int | None]:
    """List the nodes to draw from the top; None is the place of those left out."""
    if count - bias <= most:
        return list(range(count))
    end = max((most - 3) // 2, 1)
    return [*range(end + bias), None, *range(count - end, count)]
