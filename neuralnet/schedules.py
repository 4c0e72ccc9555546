"""Learning rate schedules under their public name; they are in ``optimizers/schedules/``."""

from .optimizers.schedules import *  # noqa: F403
from .optimizers.schedules import __all__ as __all__


def __dir__() -> list[str]:
    return __all__
