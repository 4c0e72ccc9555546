"""R's ``seq``, which makes a list for an argument, as a part of the table of functions."""

from __future__ import annotations

from math import floor

from .signatures import MOST_KNOTS, NUMBER, Function


def make_sequence(from_: float, to: float, by: float = 1) -> list[float]:
    """Return the numbers from one to another in equal steps, as R's ``seq(from, to, by)`` does.

    Examples
    --------
    >>> make_sequence(0, 10, 2.5)
    [0.0, 2.5, 5.0, 7.5, 10.0]
    """
    # As in R, a last number that rounding puts beyond the end counts.
    steps = (to - from_) / by if by else -1.0
    if not 0 <= steps < MOST_KNOTS:
        raise ValueError(
            f"seq makes 1 to {MOST_KNOTS:,} numbers, and by= leads from the first to the last; "
            f"seq({from_}, {to}, {by}) does not"
        )
    return [float(from_ + step * by) for step in range(floor(steps + 1e-10) + 1)]


LIST_FUNCTIONS: dict[str, Function] = {
    "seq": Function(
        make_sequence,
        {"from": NUMBER, "to": NUMBER, "by": NUMBER},
        lambda arguments: make_sequence(arguments["from"], arguments["to"], arguments.get("by", 1)),
        required=2,
    ),
}
