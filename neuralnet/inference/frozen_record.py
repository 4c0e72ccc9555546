"""Base of records that refer to a model: a copy is the same object, and there are no pickles."""

from __future__ import annotations

from typing import Any, ClassVar, Self


class FrozenRecord:
    """A record that never changes, and that its network makes again."""

    # The method that makes it, and tables to keep instead.
    _made_by: ClassVar[str]
    _kept_as: ClassVar[str]

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def __reduce__(self) -> Any:
        raise TypeError(
            f"{type(self).__name__} is not stored: pickle or save the network, which gives it "
            f"again by {self._made_by}; or keep a table of it, as {self._kept_as}"
        )
