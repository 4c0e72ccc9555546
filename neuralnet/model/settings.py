"""Settings that training may choose if the user does not: penalty, initial weights and scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..errors import check_decay, check_flag, quote

# The values of ``decay`` that leave it to cross-validation and to MacKay's evidence.
DecayChoice = Literal["cv", "evidence"]
CHOSEN: DecayChoice = "cv"
EVIDENCE: DecayChoice = "evidence"


@dataclass(frozen=True)
class Settings:
    """Arguments of a network that training may choose; None for one left open.

    Attributes
    ----------
    decay : float, tuple with one for each matrix, "cv", "evidence" or None
    init : number, str, callable or None
        How initial weights are drawn.
    scale : bool or None
        Whether optimizer, penalty and initial weights use standardized columns.
    penalize_bias : bool or None
        Whether the intercept and the biases are penalized too.
    """

    decay: float | tuple[float, ...] | str | None = None
    init: Any = None
    scale: bool | None = None
    penalize_bias: bool | None = None

    @property
    def decays(self) -> float | tuple[float, ...]:
        """One decay for all weights or one for each matrix; 0 if none was given or chosen."""
        return 0.0 if self.decay is None or isinstance(self.decay, str) else self.decay

    def resolve(self) -> Settings:
        """Return the settings with the defaults of manual training for those left open.

        Examples
        --------
        >>> Settings(decay="cv", scale=True).resolve()
        Settings(decay=0.0, init=0.01, scale=True, penalize_bias=True)
        """
        return Settings(
            self.decays,
            0.01 if self.init is None else self.init,
            bool(self.scale),
            self.penalize_bias is not False,
        )


def check_settings(
    decay: Any, init: Any, scale: Any, penalize_bias: Any, *, layers: int
) -> Settings:
    """Check settings as a user gives them; ``layers`` is the number of weight matrices.

    Raises
    ------
    TypeError, ValueError
        For an invalid setting. ``init`` is checked when weights are drawn.
    """
    if isinstance(decay, str):
        if decay not in (CHOSEN, EVIDENCE):
            raise ValueError(
                "decay must be a number of at least 0, a list with one for each of W1, W2, ..., "
                "'cv', which leaves it to cross-validation, or 'evidence', which finds it by the "
                f"fit itself; not {quote(decay)}"
            )
    elif decay is not None:
        decay = check_decay(decay, layers)
    flags = {"scale": scale, "penalize_bias": penalize_bias}
    for name, flag in flags.items():
        if flag is not None:
            check_flag(name, flag)
    return Settings(decay, init, **flags)
