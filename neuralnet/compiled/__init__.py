"""The kernel and whole trainings as machine code, by numba: the extra ``fast``.

Imported only where a network asks for ``engine="compiled"``.
"""

from .runner import CompiledRunner

__all__ = ["CompiledRunner"]
